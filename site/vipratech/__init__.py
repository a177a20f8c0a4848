"""The project: settings, URLs, health, startup checks and the WSGI application."""
