"""The page of one template: write, try with a real record, send a test, go back to a version."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_security import current_user

from erp_core.access import can, requires
from erp_core.admin.answers import from_htmx, go
from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.registry import mailable_events
from plugins.email_templates.models import Template
from plugins.email_templates.services import catalogue, outbox, templates
from plugins.email_templates.services.renderer import Draft, check
from plugins.email_templates.services.smtp import sender_of
from plugins.email_templates.views import drawing
from plugins.email_templates.views.mixin import Mixin

EDIT = "email_templates.template.edit"
PREVIEW_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
"""A mail brings styles of its own; scripts and other servers stay out."""


class Editor(Mixin):
    """What happens on the page of one template."""

    @expose("/<int:pk>/")
    @requires("email_templates.view")
    def editor_view(self, pk: int) -> ResponseReturnValue:
        """Show the newest version, the variables of its event and all versions."""
        return self._page(templates.get(pk))

    def _page(self, template: Template, problem: str = "", **facts: Any) -> str:
        versions = templates.versions(template.id)
        newest = versions[0] if versions else None
        cls = mailable_events().get(template.event_key)
        typed = facts.pop("typed", None) or _stored(newest)
        return str(
            self.render(
                "email_templates/editor.html",
                title=template.name,
                row=template,
                event=cls,
                names=catalogue.names_of(cls) if cls else template.event_key,
                variables=catalogue.variables_of(cls) if cls else [],
                records=catalogue.records_of(cls) if cls else [],
                versions=versions,
                newest=newest,
                typed=typed,
                problem=problem,
                may_edit=can(EDIT),
                me=current_user.email,
                when=drawing.when,
                **facts,
            )
        )

    @expose("/<int:pk>/save", methods=("POST",))
    @requires(EDIT)
    def save_view(self, pk: int) -> ResponseReturnValue:
        """Keep a version; one that cannot be used is kept, too, and is not sent."""
        template, typed = templates.get(pk), request.form.to_dict()
        try:
            with db.session.begin_nested():
                templates.rename(template, typed.get("name", ""))
                version = templates.save(template, _draft(typed), seen=_seen(typed))
        except ErpError as error:
            return self._page(template, str(error), typed=typed), error.status
        if version.problem:
            stays = f"Version {template.current_number} stays in use."
            words = f"Kept as a draft: {version.problem} "
            flash(words + (stays if template.current_number else "Nothing is sent yet."), "error")
        else:
            flash(f"Version {version.number} of “{template.name}” is in use.", "success")
        return go(self.get_url(".editor_view", pk=pk))

    @expose("/<int:pk>/preview", methods=("POST",))
    @requires("email_templates.view")
    def preview_view(self, pk: int) -> ResponseReturnValue:
        """Show what is typed, filled in with a real record, in the frame beside it."""
        template = templates.get(pk)
        facts: dict[str, Any] = {"problem": "", "done": None, "about": "the example"}
        try:
            facts |= _filled(template, request.form.to_dict())
        except ErpError as error:
            facts["problem"] = str(error)
        page = self.render("email_templates/preview.html", title="Preview", **facts)
        return Response(page, headers={"Content-Security-Policy": PREVIEW_POLICY})

    @expose("/<int:pk>/test", methods=("POST",))
    @requires(EDIT)
    def test_view(self, pk: int) -> ResponseReturnValue:
        """Send what is typed to one address; nothing typed is lost."""
        template, typed = templates.get(pk), request.form.to_dict()
        said, problem = "", ""
        try:
            found = _filled(template, typed)
            to = typed.get("test_address", "")
            with db.session.begin_nested():
                outbox.queue_test(to, template.company_id, found["done"], template.name)
            said = f"A test about {found['about']} is on its way to {to}."
            said += "" if sender_of(template.company_id).address else " It waits for a mail server."
        except ErpError as error:
            problem = str(error)
        if not from_htmx():
            return self._page(template, problem, said=said, typed=typed)
        return self.render("email_templates/said.html", said=said, problem=problem)

    @expose("/<int:pk>/restore/<int:number>", methods=("POST",))
    @requires(EDIT)
    def restore_view(self, pk: int, number: int) -> ResponseReturnValue:
        """Send an earlier version again."""
        version = templates.restore(templates.get(pk), number)
        said = f"Version {number} is in use again, as version {version.number}."
        flash(version.problem or said, "error" if version.problem else "success")
        return go(self.get_url(".editor_view", pk=pk))

    @expose("/<int:pk>/archive", methods=("POST",))
    @requires(EDIT)
    def archive_view(self, pk: int) -> ResponseReturnValue:
        """Put a template away that nothing sends."""
        template = templates.get(pk)
        templates.archive(template)
        flash(f"“{template.name}” is put away.", "success")
        return go(self.get_url(".index_view"))


def _draft(typed: dict[str, str]) -> Draft:
    found = {name: typed.get(name, "").replace("\r\n", "\n") for name in ("subject", "text")}
    return Draft(**found, html=typed.get("html", "").replace("\r\n", "\n").strip())


def _seen(typed: dict[str, str]) -> int | None:
    text = typed.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _stored(newest: Any) -> dict[str, str]:
    if newest is None:
        return {"subject": "", "text": "", "html": ""}
    return {"subject": newest.subject, "text": newest.text, "html": newest.html}


def _filled(template: Template, typed: dict[str, str]) -> dict[str, Any]:
    """Render what is typed with the chosen record; raises ErpError with the reason."""
    message = catalogue.message_about(
        catalogue.event_of(template.event_key), typed.get("record", "")
    )
    return {
        "done": check(_draft(typed), message.variables),
        "about": message.record,
        "to": message.address,
        "sender": sender_of(template.company_id),
    }
