from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from plugins.toy_gadget.events import GadgetMade
from plugins.toy_gadget.models import Gadget
from plugins.toy_gizmo.models import Gizmo

from erp_core.db import db
from erp_core.errors import ErpError


class Adviser:
    """Answers gadgets' question."""

    def advise(self, name: str) -> str:
        """Return one sentence."""
        return f"Paint {name}."


def paint(event: GadgetMade) -> None:
    """Give a new gadget a colour; cursed ones cannot have one."""
    if event.name == "cursed":
        raise ErpError("A cursed gadget cannot be painted.")
    db.session.add(Gizmo(gadget_id=event.gadget_id, colour="red"))


def colours(rows: Sequence[Gadget]) -> Mapping[int, str]:
    """Return the colours of these gadgets."""
    found = sa.select(Gizmo).where(Gizmo.gadget_id.in_([row.id for row in rows]))
    return {gizmo.gadget_id: gizmo.colour for gizmo in db.session.scalars(found)}


def repaint(ids: Sequence[int]) -> str:
    """Paint gadgets blue."""
    chosen = sa.update(Gizmo).where(Gizmo.gadget_id.in_(ids))
    db.session.execute(chosen.values(colour="blue"))
    return f"{len(ids)} painted blue."


def has_colour(value: str) -> sa.ColumnElement[bool]:
    """Say which gadgets have a colour."""
    return Gadget.id.in_(sa.select(Gizmo.gadget_id).where(Gizmo.colour == value))


def fade() -> int:
    """Do nothing to nobody."""
    return 0
