"""What a demo shop sells: texts, pictures and the people who work in it."""
