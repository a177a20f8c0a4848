"""Django settings: `local`, `test` and `production` share `base`; a demo adds `demo`."""
