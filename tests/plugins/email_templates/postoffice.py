"""A mail server of our own that fails on purpose, and helpers to fill and empty the outbox."""

from __future__ import annotations

import re
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from erp_core.db import db, now, transaction
from erp_core.jobs import run_now
from erp_core.registry import forget_state
from erp_core.settings import save
from plugins.email_templates.domain.states import State
from plugins.email_templates.models import OutgoingMail, Template, Version
from plugins.email_templates.services import templates
from plugins.email_templates.services.dispatch import Run
from plugins.email_templates.services.outbox import JOB
from plugins.email_templates.services.renderer import Draft

EVENT = "backorder.created"
STALLS = {
    "stall EHLO": b"EHLO",
    "stall MAIL": b"MAIL",
    "stall RCPT": b"RCPT",
    "stall DATA": b"DATA",
}
MODES = (
    *("refuse", "4xx", "5xx", *STALLS, "stall after contents"),
    *("drop after DATA", "drop after 250", "accept without answer"),
)
SILENT = {"drop after DATA", "accept without answer", "stall after contents"}
"""Here the contents were on their way and no answer came: nobody can know."""


class PostOffice(socketserver.ThreadingTCPServer):
    """Takes mail by SMTP; misbehaves once for each recipient, in the way of its mode."""

    allow_reuse_address = daemon_threads = True
    request_queue_size = 64

    def __init__(self, mode: str = "", pause: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), Desk)
        self.mode = mode
        self.pause = pause  # seconds between taking a mail and saying so
        self.accepted: Counter[str] = Counter()
        self.contents: list[bytes] = []
        self.victims: set[bytes] = set()
        self.refusals = 0
        self.lock = threading.Lock()
        self.released = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def fault(self, who: bytes, mode: str) -> bool:
        """Say whether this recipient meets the fault now; only the first try does."""
        with self.lock:
            if self.mode != mode or who in self.victims:
                return False
            self.victims.add(who)
            return True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay calm when a client is killed in the middle of a sentence."""

    def take(self, contents: bytes) -> None:
        found = re.search(rb"^Message-ID: (\S+)", contents, re.MULTILINE | re.IGNORECASE)
        assert found, contents[:300]
        with self.lock:
            self.accepted[found[1].decode()] += 1
            self.contents.append(contents)


class Desk(socketserver.StreamRequestHandler):
    """One connection."""

    server: PostOffice

    def handle(self) -> None:
        if self.server.mode == "refuse" and self.server.refusals < 2:
            self.server.refusals += 1
            return
        self.say(b"220 post office")
        self.who = b""
        while line := self.rfile.readline().strip():
            if not self.answer(line):
                return

    def say(self, line: bytes) -> bool:
        self.wfile.write(line + b"\r\n")
        return True

    def answer(self, line: bytes) -> bool:
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.who = line
        for mode, word in STALLS.items():
            if verb == word and self.server.fault(self.who or b"nobody", mode):
                self.server.released.wait(30)
                return False
        if verb == b"RCPT" and self.server.fault(self.who, "4xx"):
            return self.say(b"451 try again later")
        if verb == b"RCPT" and self.server.fault(self.who, "5xx"):
            return self.say(b"550 no such person")
        if verb == b"DATA":
            return self.contents()
        return verb != b"QUIT" and self.say(b"250 fine")

    def contents(self) -> bool:
        self.say(b"354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        if self.server.fault(self.who, "drop after DATA"):
            return False
        if self.server.fault(self.who, "stall after contents"):
            self.server.released.wait(30)
            return False
        self.server.take(b"".join(lines))
        time.sleep(self.server.pause)
        if self.server.fault(self.who, "accept without answer"):
            return False
        self.say(b"250 taken")
        return not self.server.fault(self.who, "drop after 250")


@contextmanager
def post_office(mode: str = "", pause: float = 0.0) -> Iterator[PostOffice]:
    """Run a post office for the length of a block."""
    with PostOffice(mode, pause) as office:
        thread = threading.Thread(target=office.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield office
        office.released.set()
        office.shutdown()


def use(port: int, **more: Any) -> None:
    """Let mail leave through a server on this machine."""
    values = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_tls": "none"}
    values |= {"from_address": "shop@example.com", "from_name": "Nordic Outdoor"} | more
    for key, value in values.items():
        save("email_templates", key, value)


def template(event: str = EVENT, **parts: str) -> Template:
    """Make a template that can be used."""
    made = templates.create(parts.pop("name", "Notice"), event)
    found = {"subject": "About {{ order.number }}", "text": "Dear {{ customer.name }}", **parts}
    version = templates.save(made, Draft(**found))
    assert not version.problem, version.problem
    return made


def fill(count: int, **more: Any) -> None:
    """Put mails into the outbox, each to somebody of their own."""
    made = template()
    version = db.session.scalars(sa.select(Version.id).filter_by(template_id=made.id)).one()
    rows = [
        {
            "occasion": f"{number}",
            "event_key": EVENT,
            "audience": "customer",
            "address": f"person{number}@example.com",
            "message_id": f"<{number}@example.com>",
            "version_id": version,
            "variables": {"order": {"number": f"SO-{number}"}, "customer": {"name": "Petra"}},
        }
        | more
        for number in range(1, count + 1)
    ]
    db.session.execute(sa.insert(OutgoingMail), rows)


def hurry() -> None:
    """Let every waiting time pass."""
    db.session.execute(sa.update(OutgoingMail).values(due_at=now()))


def states() -> Counter[str]:
    """Count the mails by state."""
    return Counter(db.session.scalars(sa.select(OutgoingMail.state)))


def send() -> dict[str, Any]:
    """Send what is due, as the worker does."""
    run = run_now(JOB, by="test")
    assert run.state == "done", run.error
    return run.result


def settle(app: Any, act: Any, rounds: int = 6) -> Counter[str]:
    """Send until nothing moves by itself any more; returns the mails by state."""
    for _ in range(rounds):
        act(hurry)
        with app.app_context():
            send()
            found = states()
        if not found[State.QUEUED] and not found[State.SENDING]:
            break
    return found


def drive(run: Run) -> dict[str, int]:
    """Run the dispatcher's steps, each in a transaction of its own, as a job does."""
    steps = run.steps()
    while True:
        with transaction():
            try:
                next(steps)
            except StopIteration as end:
                return dict(end.value)
        forget_state()
