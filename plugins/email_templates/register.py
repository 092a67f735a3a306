"""The one list of everything that e-mail adds."""

from __future__ import annotations

from datetime import timedelta

from erp_core.plugin import Event
from erp_core.registration import Registration
from plugins.email_templates import commands, jobs, models
from plugins.email_templates.services import outbox
from plugins.email_templates.settings import MailSettings

__all__ = ["models", "register"]


def register(erp: Registration) -> None:
    """Register settings, the listener, jobs, commands and screens."""
    erp.settings(MailSettings)
    erp.subscribe(Event, outbox.on_event)
    erp.job("dispatch", jobs.dispatch, every=jobs.EVERY, title="Send e-mails")
    erp.job("clean", jobs.clean, every=timedelta(days=1), title="Remove old e-mail contents")
    erp.command(commands.mail_group)
