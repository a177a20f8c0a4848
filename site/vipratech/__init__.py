"""The roof: settings, URLs and the WSGI entry point that join the apps into one shop."""
