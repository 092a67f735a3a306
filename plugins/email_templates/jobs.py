"""Periodic work of e-mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from erp_core.db import now
from erp_core.jobs import Progress
from erp_core.settings import settings
from plugins.email_templates.services import outbox
from plugins.email_templates.services.dispatch import Run
from plugins.email_templates.settings import MailSettings

EVERY = timedelta(minutes=1)
"""The worker looks by itself this often; what is queued asks for a run at once."""


def dispatch() -> Iterator[Progress]:
    """Send the e-mails that are due."""
    return Run().steps()


def clean() -> int:
    """Remove the contents of old e-mails; returns how many lost theirs."""
    keep = timedelta(days=settings(MailSettings).keep_days)
    return outbox.forget_contents(now() - keep)
