"""The one list of everything that e-mail adds."""

from __future__ import annotations

from datetime import timedelta

from erp_core.plugin import Event
from erp_core.registration import Registration
from plugins.email_templates import commands, jobs, models
from plugins.email_templates.services import outbox
from plugins.email_templates.settings import MailSettings
from plugins.email_templates.views import home
from plugins.email_templates.views.assignments import AssignmentView
from plugins.email_templates.views.mails import MailView
from plugins.email_templates.views.templates import TemplateView

__all__ = ["models", "register"]


def register(erp: Registration) -> None:
    """Register settings, the listener, jobs, commands and screens."""
    erp.settings(MailSettings)
    erp.subscribe(Event, outbox.on_event)
    erp.job("dispatch", jobs.dispatch, every=jobs.EVERY, title="Send e-mails")
    erp.job("clean", jobs.clean, every=timedelta(days=1), title="Remove old e-mail contents")
    erp.command(commands.mail_group)
    _screens(erp)


def _screens(erp: Registration) -> None:
    menu, names = "Settings", ("E-mail templates", "E-mail assignment", "Outgoing e-mails")
    erp.view(TemplateView, models.Template, name=names[0], menu=menu, icon="template", order=10)
    erp.view(AssignmentView, name=names[1], menu=menu, icon="link", order=20)
    erp.view(MailView, models.OutgoingMail, name=names[2], menu=menu, icon="mail", order=30)
    erp.panel("core.home", home.COUNTS)
    erp.panel("core.company", home.TOOLBOX)
