"""Delivery: claim what is due, send it step by step, write down what became of each mail.

Every `yield` is a commit point of whoever runs it. Between two of them either the database is
used or the network, never both at once: nobody waits for a lock while a mail server thinks.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass, field

import sqlalchemy as sa

from erp_core.db import db
from erp_core.jobs import Progress
from erp_core.models import Company
from plugins.email_templates.addresses import clean_address
from plugins.email_templates.domain.states import State
from plugins.email_templates.services import claims, digests
from plugins.email_templates.services.claims import Claimed
from plugins.email_templates.services.renderer import Draft, TemplateError, render
from plugins.email_templates.services.smtp import (
    Connection,
    Envelope,
    RefusedError,
    Result,
    Sender,
    Server,
    sender_of,
    server_of,
)

Steps = Generator[Progress, None, dict[str, int]]
BATCH = 20
SECONDS = 40.0
"""How long one run claims further mails; the next run goes on."""


@dataclass(slots=True)
class Route:
    """How the mails of one company leave; `down` says why they cannot at the moment."""

    sender: Sender
    connection: Connection
    down: str = ""

    @property
    def ready(self) -> bool:
        """Say whether a mail server and a sender are set."""
        return bool(self.connection.server.host and self.sender.address)


@dataclass(slots=True)
class Outcome:
    """A result that is not written down yet."""

    mail: Claimed
    result: Result
    draft: Draft | None = None


@dataclass(slots=True)
class Run:
    """One run over the outbox."""

    batch: int = BATCH
    seconds: float = SECONDS
    lease: float = 0.0
    routes: dict[int | None, Route] = field(default_factory=dict)
    servers: dict[Server, Connection] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    attempt: str = ""
    waiting: list[Outcome] = field(default_factory=list)

    def steps(self) -> Steps:
        """Send what is due; returns how many mails ended in which state."""
        until = time.monotonic() + self.seconds
        claims.recover()
        digests.collect()
        yield self._progress()
        try:
            while time.monotonic() < until and (mails := self._claim()):
                yield self._progress()
                for mail in mails:
                    yield from self._send(mail)
                self._write()
                yield self._progress()
        finally:
            for connection in self.servers.values():
                connection.quit()
        return self.counts

    def _progress(self) -> Progress:
        done = sum(self.counts.values())
        return Progress(done, done, f"{self.counts.get(State.SENT, 0):,} sent")

    def _claim(self) -> list[Claimed]:
        """Claim mails and read all that is needed to send them, in one transaction."""
        for company in companies():
            self._route(company)
        waiting = [company or 0 for company, route in self.routes.items() if not route.ready]
        patience = max(server.timeout for server in self.servers)
        self.attempt, mails = claims.claim(self.batch, self.lease or 6 * patience, waiting)
        return mails

    def _route(self, company: int | None) -> None:
        if company not in self.routes:
            server, sender = server_of(company), sender_of(company)
            connection = self.servers.setdefault(server, Connection(server))
            self.routes[company] = Route(sender, connection)

    def _send(self, mail: Claimed) -> Generator[Progress]:
        """Prepare a mail, commit that its contents are about to leave, and let them leave."""
        route = self.routes[mail.company_id]
        try:
            draft, contents = _contents(mail, route.sender)
            _announce(mail, route)
        except RefusedError as refused:
            self.waiting.append(Outcome(mail, refused.result))
            return
        self._write()
        if not claims.start(mail, self.attempt, self.lease or 6 * route.connection.server.timeout):
            route.connection.withdraw()
            return
        yield self._progress()
        result = route.connection.transmit(contents)
        self.waiting.append(Outcome(mail, result, draft))

    def _write(self) -> None:
        """Write down the results that were kept while the network was used."""
        for one in self.waiting:
            claims.finish(one.mail, self.attempt, one.result, one.draft)
            self.counts[one.result.state] = self.counts.get(one.result.state, 0) + 1
        self.waiting.clear()


def companies() -> list[int | None]:
    """Return every company's id, and None for mails of no company."""
    return [None, *db.session.scalars(sa.select(Company.id).order_by(Company.id))]


def _announce(mail: Claimed, route: Route) -> None:
    """Tell the server who writes to whom; one that is out of reach is asked once a run."""
    if route.down:
        raise RefusedError(Result(State.QUEUED, route.down))
    try:
        route.connection.announce(route.sender.address, mail.address)
    except RefusedError as refused:
        route.down = refused.result.words if refused.unreachable else ""
        raise


def _contents(mail: Claimed, sender: Sender) -> tuple[Draft, bytes]:
    """Render a mail and write it out; what cannot be rendered has failed for good."""
    try:
        draft = mail.draft if mail.ready else render(mail.draft, mail.variables)
        address = clean_address(mail.address)
        about = (draft.subject, draft.text, draft.html, mail.message_id, mail.language)
        envelope = Envelope(sender, address, mail.name, *about, optional=mail.optional)
        return draft, envelope.as_bytes()
    except (TemplateError, ValueError) as error:
        raise RefusedError(Result(State.FAILED, str(error))) from None
