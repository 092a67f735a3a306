"""Many workers, many kills, many mails: none lost, none twice, each doubt shown."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.app import Erp
from erp_core.db import db
from plugins.email_templates.domain.states import State
from plugins.email_templates.models import OutgoingMail
from plugins.email_templates.services.dispatch import Run
from tests.plugins.email_templates.postoffice import (
    PostOffice,
    drive,
    fill,
    hurry,
    post_office,
    send,
    states,
    use,
)

LEASE = 0.5
READY = {"subject": "Ready", "text": "This one is rendered already."}


def in_process_of_its_own(app: Erp, office: PostOffice, seconds: float) -> None:
    """Let a worker of its own send mails, and kill it soon after its first one."""
    with app.app_context():
        db.engine.dispose()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException), app.app_context():
            drive(Run(batch=5, lease=LEASE))
        os._exit(0)
    before, deadline = len(office.accepted), time.monotonic() + 5
    while len(office.accepted) == before and time.monotonic() < deadline:
        time.sleep(0.002)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def killed_often(app: Erp, act: Any, kills: int, mails: int) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    with post_office(pause=0.01) as office:
        act(lambda: use(office.port))
        act(lambda: fill(mails, **READY))
        for _ in range(kills):
            in_process_of_its_own(app, office, chance.uniform(0, 0.06))
        time.sleep(LEASE)
        for _ in range(3):
            act(hurry)
            with app.app_context():
                drive(Run(seconds=300))
        check(app, office, kills, mails, seed)


def check(app: Erp, office: PostOffice, kills: int, mails: int, seed: int) -> None:
    """Compare what the server took with what the outbox says."""
    with app.app_context():
        rows = db.session.execute(sa.select(OutgoingMail.message_id, OutgoingMail.state)).all()
    taken = office.accepted
    doubt = [key for key, state in rows if state == State.UNCERTAIN]
    sent = [key for key, state in rows if state == State.SENT]
    facts = f"seed {seed}: {kills} kills, {len(sent)} sent, {len(doubt)} uncertain"
    sys.stderr.write(f"\n{facts}\n")
    assert max(taken.values()) == 1, facts  # none sent twice
    assert len(sent) + len(doubt) == mails == len(rows), facts  # none lost
    assert all(taken[key] == 1 for key in sent), facts
    assert len(doubt) <= kills, facts
    assert set(taken) <= set(sent) | set(doubt), facts


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_killed_workers_lose_nothing_and_double_nothing(app: Erp, act: Any) -> None:
    killed_often(app, act, kills=4, mails=40)


@pytest.mark.prove
@pytest.mark.timeout(1200)
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_hundred_killed_workers_lose_nothing_and_double_nothing(app: Erp, act: Any) -> None:
    killed_often(app, act, kills=100, mails=1500)


def together(app: Erp, act: Any, workers: int, mails: int) -> None:
    """Let several workers empty one outbox at the same time."""
    problems: list[BaseException] = []

    def work() -> None:
        try:
            with app.app_context():
                send()
        except BaseException as error:
            problems.append(error)

    with post_office() as office:
        act(lambda: use(office.port))
        act(lambda: fill(mails, **READY))
        threads = [threading.Thread(target=work) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not problems
        assert act(states) == Counter({State.SENT: mails})
        assert set(office.accepted.values()) == {1}
        assert len(office.accepted) == mails


def test_four_workers_send_each_mail_once(app: Erp, act: Any) -> None:
    together(app, act, workers=4, mails=60)


@pytest.mark.prove
@pytest.mark.timeout(600)
def test_four_workers_send_a_thousand_mails_once_each(app: Erp, act: Any) -> None:
    together(app, act, workers=4, mails=1000)


@pytest.mark.prove
@pytest.mark.timeout(600)
def test_a_thousand_mails_leave_at_fifty_a_second(app: Erp, act: Any) -> None:
    with post_office() as office:
        act(lambda: use(office.port))
        act(lambda: fill(1000))
        started = time.monotonic()
        with app.app_context():
            assert send() == {"sent": 1000}
        rate = 1000 / (time.monotonic() - started)
        sys.stderr.write(f"\n{rate:.0f} mails a second on {app.extensions['erp'].config.dialect}\n")
        assert len(office.accepted) == 1000
        assert rate >= 50
