"""Periodic jobs, one thread each. The apps register theirs; this app imports none of them."""
