from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from erp_core.db import Model


class Gadget(Model):
    """A thing with a name and a weight in grams."""

    __tablename__ = "toy_gadget_gadget"
    __audited__ = True
    __table_args__ = (
        sa.CheckConstraint(
            "weight >= 0", name="weight", info={"sentence": "A gadget weighs nothing or more."}
        ),
        sa.UniqueConstraint("name"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(40))
    weight: Mapped[int] = mapped_column(default=0)


class Use(Model):
    """An append-only line: a gadget was used."""

    __tablename__ = "toy_gadget_use"
    id: Mapped[int] = mapped_column(primary_key=True)
    gadget_id: Mapped[int] = mapped_column(sa.ForeignKey("toy_gadget_gadget.id"))
    times: Mapped[int]
    gadget: Mapped[Gadget] = relationship()


class Tick(Model):
    """One run of the periodic job, by which process."""

    __tablename__ = "toy_gadget_tick"
    id: Mapped[int] = mapped_column(primary_key=True)
    process: Mapped[int]
