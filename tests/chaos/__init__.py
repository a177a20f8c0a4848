"""`make chaos`: the whole shop as real processes, shoppers, an editor and faults, judged by what
the sandbox took.
"""
