"""Outgoing e-mails: what waits, what left, what failed and why; resend and suppress."""

from __future__ import annotations

from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import can, requires
from erp_core.admin.answers import from_htmx, go
from erp_core.admin.views import BulkAction, Button, Chip, ErpModelView
from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.plugin import Filter
from plugins.email_templates.domain.states import ATTENTION, RESENDABLE, SUPPRESSIBLE, State
from plugins.email_templates.models import OutgoingMail
from plugins.email_templates.services import catalogue, outbox
from plugins.email_templates.services.smtp import sender_of, server_of
from plugins.email_templates.views import drawing

EDIT = "email_templates.outbox.edit"
OTHERS = {outbox.TEST: "Test", "digest": "Digest"}
NO_SERVER = "No mail server or no sender is set: e-mails wait. Set them in Settings, E-mail."


class MailView(ErpModelView):
    """E-mails on their way and what became of them."""

    key = "email_templates.mail"
    see = "email_templates.outbox.view"
    change = EDIT
    can_create = can_edit = can_delete = False
    form_columns = ("address",)
    title = "Outgoing e-mails"
    singular = "E-mail"
    column_list = ("record", "event", "address", "state", "created_at", "due_at", "reason")
    column_labels = {
        "record": "About",
        "event": "Event",
        "address": "To",
        "created_at": "Queued",
        "due_at": "Left / next try",
        "reason": "Answer or reason",
    }
    column_searchable_list = ("address", "record", "subject")
    column_sortable_list = ("created_at", "address")
    column_default_sort = ("id", True)
    can_view_details = False
    expand_template = "email_templates/mail_expand.html"
    own_filters = (
        Filter(
            "state",
            "State",
            lambda: [("", "Every state"), *((str(state), state.words) for state in State)],
            lambda value: OutgoingMail.state == value,
        ),
        Filter(
            "event",
            "Event",
            lambda: [("", "Every event"), *((k, c.title) for k, c in catalogue.events().items())],
            lambda value: OutgoingMail.event_key == value,
        ),
    )

    @property
    def column_formatters(self) -> dict[str, Any]:  # type: ignore[override]
        """Draw each column that is more than a plain value."""
        return {
            "record": lambda v, c, row, n: row.record or row.subject or f"E-mail {row.id}",
            "event": lambda v, c, row, n: title_of(row),
            "address": lambda v, c, row, n: row.address or "No address",
            "state": lambda v, c, row, n: drawing.state(row.state),
            "created_at": lambda v, c, row, n: drawing.when(row.created_at),
            "due_at": lambda v, c, row, n: _due(row),
        }

    def render(self, template: str, **context: Any) -> str:
        """Say when nothing can leave, above the list."""
        ready = server_of(None).host and sender_of(None).address
        context.setdefault("subtitle", "" if ready else NO_SERVER)
        return super().render(template, **context)

    def _grid_context(self, rows: Any) -> dict[str, Any]:
        found = super()._grid_context(rows)
        ready = server_of(None).host and sender_of(None).address
        return found | {"subtitle": "" if ready else NO_SERVER}

    def chips(self) -> list[Chip]:
        """Offer what is open, with counts; the sent ones are not counted."""
        known = (State.QUEUED, State.HELD, State.FAILED, State.UNCERTAIN)
        found, now = outbox.counts(known), request.args.get("state", "")
        every = Chip("All", None, self.get_url(".index_view"), active=not now)
        chips = [
            Chip(s.words, n, self.get_url(".index_view", state=s), now == s, drawing.ROLES[s])
            for s, n in found.items()
        ]
        sent = self.get_url(".index_view", state=State.SENT)
        return [every, *chips, Chip("Sent", None, sent, now == State.SENT, "ok")]

    def can_expand(self, row: Any) -> bool:
        """Every mail can be read."""
        return True

    def expand_context(self, row: OutgoingMail) -> dict[str, Any]:
        """Return what the detail shows besides the mail."""
        return {"when": drawing.when, "state": drawing.state}

    def row_next(self, row: OutgoingMail) -> Button | None:
        """Offer to send again what needs a person."""
        if row.state in ATTENTION and can(EDIT):
            return Button("Resend…", self.get_url(".resend_view", pk=row.id), method="dialog")
        return None

    def row_menu(self, row: OutgoingMail) -> list[Button]:
        """Return what else can be done with a mail."""
        if not can(EDIT):
            return []
        menu = []
        if row.state == State.SENT or row.state in RESENDABLE:
            again = "Send a copy…" if row.state == State.SENT else "Resend…"
            url = self.get_url(".resend_view", pk=row.id)
            menu.append(Button(again, url, method="dialog", icon="mail-forward"))
        if row.state in SUPPRESSIBLE:
            url = self.get_url(".suppress_view", pk=row.id)
            sure = f"Do not send this e-mail to {row.address or 'anybody'}?"
            menu.append(Button("Suppress", url, method="post", icon="mail-x", confirm=sure))
        return menu

    def bulk_actions(self) -> list[BulkAction]:
        """Return what can be done with several mails at once."""
        if not can(EDIT):
            return []
        resend = BulkAction("resend", "Resend", "mail-forward", "Send the selected e-mails again?")
        keep = BulkAction("suppress", "Suppress", "mail-x", "Send none of the selected e-mails?")
        return [resend, keep]

    def run_bulk(self, name: str, ids: list[int]) -> str:
        """Resend or suppress; those whose state does not allow it are named and left alone."""
        work = {"resend": outbox.resend, "suppress": outbox.suppress}.get(name)
        if work is None:
            return super().run_bulk(name, ids)
        refused = [pk for pk in ids if not _done(work, pk)]
        words = {"resend": "queued again", "suppress": "suppressed"}[name]
        left = f" {len(refused):,} stay as they are." if refused else ""
        return f"{len(ids) - len(refused):,} {words}.{left}"

    @expose("/<int:pk>/resend", methods=("GET", "POST"))
    @requires(EDIT)
    def resend_view(self, pk: int) -> ResponseReturnValue:
        """Ask for the address, and send the mail again."""
        mail, problem = outbox.get(pk), ""
        typed = request.form.get("address", mail.address)
        if request.method == "POST":
            try:
                with db.session.begin_nested():
                    outbox.resend(pk, typed)
                flash(f"The e-mail to {typed} is queued again.", "success")
                return go(self.get_url(".index_view"))
            except ErpError as error:
                problem = str(error)
        kind = "dialog" if from_htmx() else "page"
        facts = {"mail": mail, "typed": typed, "problem": problem, "when": drawing.when}
        page = self.render(f"email_templates/resend_{kind}.html", **facts, title="Resend")
        return page, 422 if problem else 200

    @expose("/<int:pk>/suppress", methods=("POST",))
    @requires(EDIT)
    def suppress_view(self, pk: int) -> ResponseReturnValue:
        """Decide that a mail is not sent."""
        mail = outbox.suppress(pk)
        flash(f"The e-mail to {mail.address or 'nobody'} is not sent.", "success")
        return go(self.get_url(".index_view"))


def _done(work: Any, pk: int) -> bool:
    try:
        with db.session.begin_nested():
            work(pk)
    except ErpError:
        return False
    return True


def title_of(mail: OutgoingMail) -> str:
    """Return what a mail is for."""
    return OTHERS.get(mail.event_key) or catalogue.title_of(mail.event_key)


def _due(row: OutgoingMail) -> str:
    if row.state == State.SENT:
        return drawing.when(row.sent_at)
    return drawing.when(row.due_at) if row.state in (State.QUEUED, State.HELD) else ""
