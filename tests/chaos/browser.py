"""A shopper's browser: one request after the other over real HTTP, no JavaScript, and a note of
what broke.
"""

import time
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import urljoin

import requests
from bs4 import BeautifulSoup, Tag
from bs4.filter import SoupStrainer

PATIENCE = 60.0  # seconds; people wait less, but a shop that hangs must be seen to hang
Fields = list[tuple[str, str]]


class NoForm(Exception):
    """The page does not have the expected form."""


@dataclass(frozen=True)
class Form:
    """Where it goes, and its fields as the page has filled them in."""

    action: str
    fields: Fields

    def value(self, name: str) -> str:
        """The first field of that name, or nothing."""
        return next((value for field_name, value in self.fields if field_name == name), "")

    def filled(self, **values: str) -> "Form":
        """With other values in the fields of those names, and fields added where there are none."""
        kept = [(name, values.get(name, value)) for name, value in self.fields]
        names = {name for name, _ in self.fields}
        return Form(self.action, kept + [pair for pair in values.items() if pair[0] not in names])


@dataclass(frozen=True)
class Page:
    """One answer. `location` is the address of a redirect, or nothing."""

    url: str
    status: int
    location: str
    text: str

    @property
    def is_waiting(self) -> bool:
        """Whether it is the page that waits for a payment."""
        return "data-waiting" in self.text

    def form(self, having: str) -> Form:
        """The first form that has a field of that name. Raises NoForm."""
        for found in BeautifulSoup(
            self.text, "html.parser", parse_only=SoupStrainer("form")
        ).find_all("form"):
            fields = [
                (str(tag["name"]), str(tag.get("value", ""))) for tag in found.select("input[name]")
            ]
            if any(name == having for name, _ in fields):
                return Form(urljoin(self.url, _action(found, self.url)), fields)
        raise NoForm(f"a page with status {self.status} has no form with {having}")

    def link(self, name: str) -> str:
        """Where the first link of that class leads, or nothing."""
        found = BeautifulSoup(
            self.text, "html.parser", parse_only=SoupStrainer("a", class_=name)
        ).find("a")
        return urljoin(self.url, str(found["href"])) if isinstance(found, Tag) else ""


def _action(form: Tag, url: str) -> str:
    return str(form.get("action") or url)


@dataclass(frozen=True)
class Failure:
    """A page with status 500, and when it was asked for and came, in seconds of time.monotonic."""

    began: float
    ended: float
    what: str


@dataclass
class Failures:
    """What all browsers of a run saw break."""

    pages: list[Failure] = field(default_factory=list)
    connections: int = 0
    _lock: Lock = field(default_factory=Lock)

    def note(self, failure: Failure) -> None:
        """A page with status 500."""
        with self._lock:
            self.pages.append(failure)

    def note_broken(self) -> None:
        """A connection that was refused, or broke before the answer was there."""
        with self._lock:
            self.connections += 1


class Browser:
    """One window. `cookies` are those of a shopper who is logged in."""

    def __init__(self, cookies: dict[str, str], failures: Failures) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.update(cookies)
        # A kept connection to a process that was killed would fail at the next request, which real
        # browsers hide.
        self._session.headers["Connection"] = "close"
        self._failures = failures

    def another_window(self) -> "Browser":
        """A second window of the same browser, for another thread."""
        return Browser(dict(self._session.cookies.items()), self._failures)

    def get(self, url: str) -> Page | None:
        """Load a page; None where the connection broke."""
        return self._load("GET", url, None)

    def send(self, form: Form) -> Page | None:
        """Press a form's button; None where the connection broke."""
        return self._load("POST", form.action, form.fields)

    def _load(self, method: str, url: str, fields: Fields | None) -> Page | None:
        began = time.monotonic()
        try:
            answer = self._session.request(
                method,
                url,
                data=fields,
                headers={"Origin": urljoin(url, "/").rstrip("/")} if method == "POST" else {},
                allow_redirects=False,
                timeout=PATIENCE,
            )
        except requests.RequestException:
            self._failures.note_broken()
            return None
        if answer.status_code == 500:
            self._failures.note(
                Failure(began, time.monotonic(), f"{method} {url}: {answer.text[:200]!r}")
            )
        location = urljoin(url, answer.headers["Location"]) if "Location" in answer.headers else ""
        return Page(url, answer.status_code, location, answer.text)
