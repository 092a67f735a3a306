"""The edge commits what a request did or nothing, and runs it again when the database asks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from erp_core import db as core_db
from erp_core.app import Erp
from erp_core.db import ATTEMPTS, db, is_sqlite, is_transient, reading, retrying, transaction
from erp_core.errors import ConflictError
from erp_core.testing.people import Person
from tests.core.boot import toy

Act = Callable[[Callable[[], Any]], Any]
on_postgres = pytest.mark.parametrize(
    "toy_database", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
on_sqlite = pytest.mark.parametrize("toy_database", ["sqlite"], indirect=True)


def names(app: Erp) -> list[str]:
    with app.app_context():
        return [gadget.name for gadget in toy("toy_gadget.services").gadgets()]


def test_a_request_that_succeeds_is_committed(toy_app: Erp, toy_admin: Person) -> None:
    assert toy_admin.post("/toy/make", {"name": "ball"}).status_code == 201
    assert names(toy_app) == ["ball"]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_an_answer_that_says_no_leaves_nothing_behind(
    toy_app: Erp, toy_admin: Person, status: int
) -> None:
    answer = toy_admin.post("/toy/make", {"name": "ball", "status": status})
    assert answer.status_code == status
    assert names(toy_app) == []


def test_a_sentence_raised_half_way_leaves_nothing_behind(toy_app: Erp, toy_admin: Person) -> None:
    answer = toy_admin.post("/toy/make", {"name": "cursed"})
    assert answer.status_code == 422
    assert "A cursed gadget cannot be painted." in answer.text
    assert names(toy_app) == []


def test_a_fault_leaves_nothing_behind_and_shows_a_reference_only(
    toy_app: Erp, toy_admin: Person
) -> None:
    toy_app.testing = False
    try:
        answer = toy_admin.post("/toy/crash")
    finally:
        toy_app.testing = True
    assert answer.status_code == 500
    assert "RuntimeError" not in answer.text
    assert "a fault of the program" not in answer.text
    assert names(toy_app) == []


def test_a_refused_constraint_is_a_sentence_and_leaves_nothing(
    toy_app: Erp, toy_admin: Person
) -> None:
    answer = toy_admin.post("/toy/make", {"name": "ball", "weight": -1})
    assert answer.status_code == 409
    assert "A gadget weighs nothing or more." in answer.text
    assert names(toy_app) == []


def test_a_get_request_never_commits(toy_app: Erp, toy_admin: Person) -> None:
    assert toy_admin.get("/toy/look").json == {"gadgets": 1}
    assert names(toy_app) == []


def test_a_block_that_raises_is_rolled_back(toy_app: Erp) -> None:
    def interrupted() -> None:
        with transaction():
            toy("toy_gadget.services").make_gadget("ball")
            raise KeyboardInterrupt

    with toy_app.app_context(), pytest.raises(KeyboardInterrupt):
        interrupted()
    assert names(toy_app) == []


# -- the database asks to run it again -----------------------------------------------------


@pytest.fixture
def two_gadgets(toy_act: Act) -> None:
    toy_act(lambda: [toy("toy_gadget.services").make_gadget(name) for name in ("a", "b")])


def weights(app: Erp) -> dict[str, int]:
    with app.app_context():
        return {one.name: one.weight for one in toy("toy_gadget.services").gadgets()}


def in_threads(*works: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


@pytest.fixture
def faults(toy_app: Erp) -> Iterator[list[str]]:
    """Collect what the database refused, by SQLSTATE or message."""
    seen: list[str] = []

    def note(context: Any) -> None:
        error = context.original_exception
        seen.append(getattr(error, "sqlstate", None) or str(error))

    with toy_app.app_context():
        engine = db.engine
    sa.event.listen(engine, "handle_error", note)
    yield seen
    sa.event.remove(engine, "handle_error", note)


def swap_concurrently(app: Erp) -> list[int]:
    """Two people change the same two rows, each in the other order."""
    people = [Person(app, "admin") for _ in range(2)]
    answers: list[int] = []

    def send(person: Person, *order: str) -> None:
        answers.append(person.post("/toy/swap", {"name": list(order)}).status_code)

    in_threads(lambda: send(people[0], "a", "b"), lambda: send(people[1], "b", "a"))
    return answers


@on_postgres
@pytest.mark.usefixtures("two_gadgets")
def test_after_a_real_deadlock_the_request_is_run_again(toy_app: Erp, faults: list[str]) -> None:
    assert swap_concurrently(toy_app) == [200, 200]
    assert "40P01" in faults
    assert weights(toy_app) == {"a": 2, "b": 2}


@on_postgres
@pytest.mark.usefixtures("two_gadgets")
def test_without_running_again_the_deadlock_surfaces(
    toy_app: Erp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erp_core.app.retrying", lambda work: work())
    errors: list[str] = []
    people = [Person(toy_app, "admin") for _ in range(2)]

    def send(person: Person, *order: str) -> None:
        try:
            person.post("/toy/swap", {"name": list(order)})
        except OperationalError as error:
            errors.append(str(getattr(error.orig, "sqlstate", "")))

    in_threads(lambda: send(people[0], "a", "b"), lambda: send(people[1], "b", "a"))
    assert errors == ["40P01"]


@on_postgres
@pytest.mark.usefixtures("two_gadgets")
def test_a_real_serialization_failure_is_run_again(toy_app: Erp, faults: list[str]) -> None:
    tries = []

    def work() -> None:
        db.session.execute(sa.text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))
        toy("toy_gadget.services").gadgets()
        if not tries:
            with db.engine.begin() as other:
                other.execute(sa.text("UPDATE toy_gadget_gadget SET weight = 10"))
        tries.append(1)
        db.session.execute(sa.text("UPDATE toy_gadget_gadget SET weight = weight + 1"))
        db.session.commit()

    with toy_app.app_context():
        retrying(work)
    assert faults == ["40001"]
    assert weights(toy_app) == {"a": 11, "b": 11}


@pytest.fixture
def impatient(toy_app: Erp) -> Iterator[None]:
    """Let the embedded engine wait 100 ms for the write lock, not five seconds."""

    def wait_less(connection: Any, *_: Any) -> None:
        connection.execute("PRAGMA busy_timeout=100")

    with toy_app.app_context():
        engine = db.engine
        engine.dispose()
    sa.event.listen(engine, "connect", wait_less)
    yield
    sa.event.remove(engine, "connect", wait_less)
    with toy_app.app_context():
        db.engine.dispose()


@contextmanager
def write_lock_held(app: Erp, seconds: float) -> Iterator[None]:
    """Let somebody else hold the file's write lock for a while."""
    with app.app_context():
        connection = db.engine.connect()
    connection.execute(sa.text("UPDATE core_company SET name = 'held'"))
    timer = threading.Timer(seconds, connection.close)
    timer.start()
    try:
        yield
    finally:
        timer.join()


@on_sqlite
@pytest.mark.usefixtures("impatient")
def test_a_busy_file_is_waited_for(toy_app: Erp, toy_admin: Person, faults: list[str]) -> None:
    with write_lock_held(toy_app, 0.25):
        answer = toy_admin.post("/toy/make", {"name": "ball"})
    assert answer.status_code == 201
    assert "database is locked" in faults
    assert names(toy_app) == ["ball"]


@on_sqlite
@pytest.mark.usefixtures("impatient")
def test_a_file_that_stays_busy_is_a_sentence(
    toy_app: Erp, toy_admin: Person, faults: list[str]
) -> None:
    with write_lock_held(toy_app, 3):
        answer = toy_admin.post("/toy/make", {"name": "ball"})
    assert answer.status_code == 409
    assert "The database is busy; nothing was changed." in answer.text
    assert faults.count("database is locked") == ATTEMPTS
    assert names(toy_app) == []


def read_then_write(app: Erp, errors: list[str], ready: threading.Barrier) -> None:
    with app.app_context():
        try:
            with transaction():
                toy("toy_gadget.services").gadgets()
                ready.wait(0.5)
                db.session.execute(sa.text("UPDATE toy_gadget_gadget SET weight = weight + 1"))
        except DBAPIError as error:
            errors.append(str(error.orig))
        except threading.BrokenBarrierError:
            errors.append("alone")


@on_sqlite
@pytest.mark.usefixtures("two_gadgets")
@pytest.mark.parametrize("deferred", [False, True])
def test_only_a_write_lock_from_the_start_survives_two_who_read_then_write(
    toy_app: Erp, deferred: bool
) -> None:
    """With a deferred BEGIN both read, one upgrades, the other fails at once."""
    errors: list[str] = []
    both = threading.Barrier(2)

    def work() -> None:
        if deferred:
            with reading():
                read_then_write(toy_app, errors, both)
        else:
            read_then_write(toy_app, errors, threading.Barrier(1))

    in_threads(work, work)
    assert errors == (["database is locked"] if deferred else [])
    assert weights(toy_app)["a"] == (1 if deferred else 2)


def test_only_errors_that_may_pass_are_tried_again(toy_ctx: Erp) -> None:
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        db.session.execute(sa.text("INSERT INTO core_company (id) VALUES (NULL)"))

    with pytest.raises(IntegrityError):
        retrying(work)
    assert len(tries) == 1


def test_after_five_tries_it_is_a_conflict(toy_ctx: Erp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_db.time, "sleep", lambda _seconds: None)
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        raise OperationalError("", {}, RuntimeError("database is locked"))

    with pytest.raises(ConflictError, match="nothing was changed"):
        retrying(work)
    assert len(tries) == ATTEMPTS


def test_a_syntax_error_is_not_transient(toy_ctx: Erp) -> None:
    with pytest.raises(DBAPIError) as caught:
        db.session.execute(sa.text("SELEC 1"))
    assert not is_transient(caught.value)


def test_the_embedded_engine_keeps_its_promises(toy_ctx: Erp) -> None:
    if not is_sqlite():
        source = "SELECT source FROM pg_settings WHERE name = 'synchronous_commit'"
        assert db.session.scalar(sa.text(source)) not in {"client", "session"}  # ours to keep: on
        return
    values = {
        name: db.session.scalar(sa.text(f"PRAGMA {name}"))
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    }
    assert values == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
    }
