"""Texts of django-allauth that have a translation of our own.

Allauth's German says “du”, and the shop says “Sie”. The shop's catalogue comes first
(LOCALE_PATHS), and the texts are declared here so that makemessages keeps them in it. Those of
templates are not here: the shop has templates of its own.
"""

from django.utils.translation import gettext_noop

TEXTS = (
    gettext_noop("Be patient, you are sending too many requests."),
    gettext_noop("Please select only one."),
    gettext_noop("Please type your current password."),
    gettext_noop("Too many failed login attempts. Try again later."),
    gettext_noop("You cannot add more than %d email addresses."),
    gettext_noop("You cannot remove your primary email address."),
    gettext_noop("You must type the same email each time."),
    gettext_noop("You must type the same password each time."),
    gettext_noop("Your primary email address must be verified."),
)
