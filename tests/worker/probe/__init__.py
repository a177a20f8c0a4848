"""A Django project of one app for worker processes under test: its jobs do nothing but write down that they ran."""
