"""Faults: on request for the next calls, and at random."""
