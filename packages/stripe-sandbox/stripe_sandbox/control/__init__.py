"""The control API below ``/_sandbox/`` and the control page at ``/``, for tests and people."""
