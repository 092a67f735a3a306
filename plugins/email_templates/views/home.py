"""The dashboard's card about e-mails, and the links on a company."""

from __future__ import annotations

from typing import Any

from flask import url_for
from markupsafe import Markup

from erp_core.access import can
from erp_core.models import Company
from erp_core.plugin import Panel
from plugins.email_templates.domain.states import State
from plugins.email_templates.services import outbox
from plugins.email_templates.views.drawing import fragment

SHOWN = (State.QUEUED, State.FAILED, State.UNCERTAIN)


def render_counts(_nothing: Any) -> Markup | str:
    """Draw what waits and what needs somebody; nothing while there is neither."""
    found = outbox.counts(SHOWN)
    if not any(found.values()):
        return ""
    urls = {s: url_for("email_templates_mail.index_view", state=s) for s in SHOWN}
    return fragment("home_counts.html", found=found, urls=urls, State=State)


def render_company(company: Company) -> Markup:
    """Draw the e-mail settings of one company (F158, F159)."""
    return fragment("company.html", company=company)


COUNTS = Panel(
    "email_templates.counts",
    "E-mails",
    render_counts,
    visible=lambda: can("email_templates.outbox.view"),
)
TOOLBOX = Panel(
    "email_templates.settings",
    "E-mail Settings",
    render_company,
    visible=lambda: can("email_templates.view"),
)
