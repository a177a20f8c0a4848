"""`make run`: the whole shop on a developer's machine, under one Ctrl-C."""
