"""A Django project for worker processes under test. Its jobs only note that they ran."""
