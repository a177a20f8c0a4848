"""One email: its recipient, its subject and its state."""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mail.policy import HELD_AFTER
from mail.registry import find


class MessageQuerySet(models.QuerySet["Message"]):
    """Queries for messages."""

    def due(self) -> "MessageQuerySet":
        """Messages to send now: not before an earlier one of their thread, and not while another
        process sends them.
        """
        now = timezone.now()
        earlier = Message.objects.filter(
            thread=OuterRef("thread"), status=Message.Status.PENDING, number__lt=OuterRef("number")
        )
        waiting = self.filter(status=Message.Status.PENDING, retry_at__lte=now)
        free = waiting.filter(Q(leased_until=None) | Q(leased_until__lt=now))
        return free.filter(Q(thread="") | ~Exists(earlier)).order_by("retry_at", "number")

    def overdue(self, by: timedelta) -> "MessageQuerySet":
        """Messages that have been waiting to be sent for longer than `by`."""
        return self.filter(status=Message.Status.PENDING, created_at__lt=timezone.now() - by)


class Message(models.Model):
    """An email. Its text is rendered when it is sent, from rows that do not change, and kept.

    `subject_key` names what it is about, such as `order:17`: nobody gets the same kind of email
    about it twice, unless somebody asks for it (`requested_by`).
    """

    class Status(models.TextChoices):
        """Whether it was sent."""

        PENDING = "pending", _("To be sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        HELD = "held", _("Held")  # too old to be sent automatically; staff can still send it
        DROPPED = "dropped", _("Not needed any more")

    number = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text=_("Part of the Message-ID.")
    )
    kind = models.CharField(max_length=40)
    subject_key = models.CharField(max_length=100)
    thread = models.CharField(
        max_length=100,
        blank=True,
        help_text=_("Messages with the same thread are sent one after the other."),
    )
    recipient = models.CharField(max_length=255)
    language = models.CharField(max_length=16)
    reply_to = models.CharField(max_length=255, blank=True)
    data = models.JSONField(default=dict, help_text=_("What the text is rendered from."))
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
    subject = models.CharField(max_length=255, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    is_secret = models.BooleanField(
        default=False, help_text=_("Its text is deleted when it has been sent, and never shown.")
    )
    tries = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=255, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    was_requested = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    retry_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("email")
        verbose_name_plural = _("emails")
        ordering = ["-number"]
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_key", "recipient"],
                condition=Q(was_requested=False),
                name="mail_message_once_per_subject",
            )
        ]
        indexes = [
            models.Index(
                fields=["retry_at"], condition=Q(status="pending"), name="mail_message_to_send"
            ),
            models.Index(fields=["thread", "number"], name="mail_message_in_thread"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_key}"

    @property
    def title(self) -> Any:
        """The name of its kind; the key of one that no longer exists."""
        try:
            return find(self.kind).title
        except LookupError:
            return self.kind

    @property
    def is_stale(self) -> bool:
        """Whether it is old enough to be held. One that somebody requested never is."""
        return not self.was_requested and self.created_at < timezone.now() - HELD_AFTER
