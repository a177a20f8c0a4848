"""Responses that several views give."""

from django.http import HttpResponseRedirect


class SeeOther(HttpResponseRedirect):
    """303: after a POST, the browser fetches the next page with GET (RFC 9110, 15.4.4)."""

    status_code = 303
