"""How the screens of e-mail draw states, times and fragments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import get_template_attribute, render_template
from flask_babel import format_datetime
from markupsafe import Markup

from plugins.email_templates.domain.states import State

ROLES = {
    State.QUEUED: "wait",
    State.HELD: "wait",
    State.SENDING: "other",
    State.SENT: "ok",
    State.FAILED: "missing",
    State.UNCERTAIN: "missing",
    State.SUPPRESSED: "done",
    State.DIGESTED: "done",
}
"""Which of the five colour roles a state has."""


def state(value: str) -> Markup:
    """Draw the state of a mail."""
    found = State(value)
    draw = get_template_attribute("erp/macros.html", "status")
    return Markup(draw(found.words, ROLES[found]))  # noqa: S704 - a macro escapes


def when(at: datetime | None) -> str:
    """Write an instant as people of this site read it; an empty text for none."""
    return str(format_datetime(at, "d MMM y HH:mm")) if at else ""


def fragment(template: str, **facts: Any) -> Markup:
    """Render a template of this plugin as Markup."""
    page = render_template(f"email_templates/{template}", **facts)
    return Markup(page)  # noqa: S704 - a rendered template escapes
