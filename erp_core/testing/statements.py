"""Watch and change the SQL that an application sends, for tests of costs and of guards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from erp_core.db import db


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Collect the SQL statements that run meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    with listening(app, "before_cursor_execute", note):
        yield seen


@contextmanager
def listening(app: Flask, name: str, hook: Callable[..., Any], **options: Any) -> Iterator[None]:
    """Let `hook` hear an event of the application's engine meanwhile."""
    with app.app_context():
        engine = db.engine
    event.listen(engine, name, hook, **options)
    try:
        yield
    finally:
        event.remove(engine, name, hook)
