from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from plugins.toy_gadget.events import GadgetMade
from plugins.toy_gadget.models import Gadget, Tick
from plugins.toy_gadget.ports import Advice

from erp_core.db import db, next_value
from erp_core.errors import ErpError
from erp_core.events import publish
from erp_core.jobs import Progress
from erp_core.models import JobRun
from erp_core.registry import providers


def make_gadget(name: str, weight: int = 0) -> Gadget:
    """Make a gadget and tell everybody."""
    gadget = Gadget(name=name, weight=weight, number=next_value("toy_gadget"))
    db.session.add(gadget)
    db.session.flush()
    publish(GadgetMade(gadget.id, name))
    return gadget


def gadgets() -> list[Gadget]:
    """Return all gadgets by name."""
    return list(db.session.scalars(sa.select(Gadget).order_by(Gadget.name)))


def advice(name: str) -> list[str]:
    """Ask everybody who has advice."""
    return [one.advise(name) for one in providers(Advice)]  # type: ignore[type-abstract]


def weigh_all() -> int:
    """Add a gram to every gadget; returns how many there are."""
    return db.session.execute(sa.update(Gadget).values(weight=Gadget.weight + 1)).rowcount  # type: ignore[attr-defined]


def tick() -> int:
    """Write one row for each run."""
    db.session.add(Tick(process=os.getpid()))
    return 1


def make_many(run: JobRun) -> Iterator[Progress]:
    """Make gadgets one by one; pauses (milliseconds) inside and between steps come with the run."""
    count, pause = run.arguments.get("count", 2), run.arguments.get("pause", 0)
    hold = run.arguments.get("hold", 0)
    done = len(gadgets())
    for number in range(1, count + 1):
        make_gadget(f"made {done + number}")
        time.sleep(hold / 1000)
        yield Progress(number, count, f"made {number} of {count}")
        time.sleep(pause / 1000)


def fail(run: JobRun) -> dict[str, Any]:
    """Fail in the way the run asks for, after writing; without a way, do nothing."""
    way = run.arguments.get("way")
    if way:
        make_gadget("left over")
    if way == "sentence":
        raise ErpError("The gadget is stuck; turn it.")
    if way == "fault":
        raise KeyError("screw")
    return {"rows": 0, "checked": 7}
