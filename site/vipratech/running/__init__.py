"""`make run`: the whole shop on a developer's machine, until Ctrl-C."""
