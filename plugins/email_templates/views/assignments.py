"""Company's E-mail Settings > E-mail template assignment: which event sends what to whom (F159)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import can, requires
from erp_core.admin.answers import go
from erp_core.admin.screen import ErpView
from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.plugin import STAFF, Event
from plugins.email_templates.domain.waiting import Digest
from plugins.email_templates.models import Assignment, Template
from plugins.email_templates.services import assignments, catalogue, templates
from plugins.email_templates.services.assignments import Choice
from plugins.email_templates.services.smtp import sender_of, server_of
from plugins.email_templates.views.templates import companies, company_named

EDIT = "email_templates.assignment.edit"
DIGESTS = {
    Digest.EACH: "Each by itself",
    Digest.HOURLY: "Together, every hour",
    Digest.DAILY: "Together, every morning",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One event and audience on the page: what holds, and what may be chosen."""

    event: type[Event]
    audience: str
    row: Assignment | None
    default: Assignment | None
    offered: list[Template]
    typed: dict[str, str]
    problem: str = ""

    @property
    def anchor(self) -> str:
        """Return the id of the line on the page."""
        return f"{self.event.key}-{self.audience}".replace(".", "-")

    @property
    def own(self) -> bool:
        """Say whether this company has a choice of its own."""
        return self.row is not None

    @property
    def staff(self) -> bool:
        """Say whether addresses are written here."""
        return self.audience == STAFF


class AssignmentView(ErpView):
    """Which template is sent when an event happens."""

    key = "email_templates.assignment"
    see = "email_templates.view"
    change = EDIT

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Show every mailable event with its audiences."""
        return self._page(company_named(request.args.get("company", "")))

    def _page(self, company: int | None, wrong: dict[str, Any] | None = None) -> str:
        found = assignments.chosen(company)
        offered = templates.all_usable(company)
        lines = {
            cls: [
                self._line(cls, audience, company, found, offered, wrong) for audience in _to(cls)
            ]
            for cls in catalogue.events().values()
        }
        return str(
            self.render(
                "email_templates/assignment.html",
                title="E-mail template assignment",
                lines=lines,
                company=company,
                companies=companies(),
                names_of=catalogue.names_of,
                digests=DIGESTS,
                may_edit=can(EDIT),
                ready=bool(server_of(company).host and sender_of(company).address),
            )
        )

    def _line(
        self,
        cls: type[Event],
        audience: str,
        company: int | None,
        found: Any,
        offered: dict[str, list[Template]],
        wrong: dict[str, Any] | None,
    ) -> Line:
        key = (cls.key, audience)
        row, default = found.get((*key, company)), found.get((*key, None))
        broken = wrong if wrong and wrong["key"] == key else {}
        typed = broken.get("typed") or _typed(row or default)
        problem = broken.get("problem", "")
        mine = offered.get(cls.key, [])
        return Line(cls, audience, row, default if company else None, mine, typed, problem)

    @expose("/save", methods=("POST",))
    @requires(EDIT)
    def save_view(self) -> ResponseReturnValue:
        """Keep the choice for one event, audience and company, or follow the default again."""
        typed = request.form.to_dict()
        company = company_named(typed.get("company", ""))
        key = (typed.get("event", ""), typed.get("audience", ""))
        cls = catalogue.event_of(key[0])
        try:
            with db.session.begin_nested():
                words = _carry_out(typed, company)
        except ErpError as error:
            wrong = {"key": key, "typed": typed, "problem": str(error)}
            return self._page(company, wrong), 422
        flash(f"{cls.title}, {key[1]}: {words}", "success")
        where = self.get_url(".index", **({"company": company} if company else {}))
        return go(f"{where}#{key[0]}-{key[1]}".replace(".", "-"))


def _to(cls: type[Event]) -> tuple[str, ...]:
    return cls.audiences


def _typed(row: Assignment | None) -> dict[str, str]:
    """Return a stored choice as its form shows it."""
    if row is None:
        return {"enabled": "1"}
    return {
        "template": str(row.template_id or ""),
        "enabled": "1" if row.enabled else "",
        "recipients": row.recipients,
        "digest": row.digest,
        "optional": "1" if row.optional else "",
    }


def _carry_out(typed: dict[str, str], company: int | None) -> str:
    event, audience = typed.get("event", ""), typed.get("audience", "")
    if typed.get("then") == "default" and company is not None:
        assignments.forget(event, audience, company)
        return "follows the default again."
    row = assignments.choose(_choice(typed, company))
    if row.template_id is None or not row.enabled:
        return "nothing is sent."
    db.session.refresh(row, ["template"])
    return f"“{row.template}” is sent from now on."


def _choice(typed: dict[str, str], company: int | None) -> Choice:
    template, digest = typed.get("template", ""), typed.get("digest", "")
    number = template.isascii() and template.isdigit() and len(template) < 19
    if template and not number:
        raise ErpError("Choose one of the templates in the list.")
    return Choice(
        event_key=typed.get("event", ""),
        audience=typed.get("audience", ""),
        company_id=company,
        template_id=int(template) if template else None,
        enabled=bool(typed.get("enabled")),
        recipients=typed.get("recipients", ""),
        digest=Digest(digest) if digest in set(Digest) else Digest.EACH,
        optional=bool(typed.get("optional")),
    )
