"""One module per place the shop runs in: local, test, production; base is what they share, and safe by itself."""
