"""The floor under everything that happens by itself: periodic jobs, one thread each. Knows no app."""
