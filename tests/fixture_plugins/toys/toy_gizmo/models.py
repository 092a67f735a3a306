from __future__ import annotations

import sqlalchemy as sa
from plugins.toy_gadget.models import Gadget
from sqlalchemy.orm import Mapped, backref, mapped_column, relationship

from erp_core.db import Model


class Gizmo(Model):
    """What a gadget carries; a side table of gadgets."""

    __tablename__ = "toy_gizmo_gizmo"
    gadget_id: Mapped[int] = mapped_column(
        sa.ForeignKey("toy_gadget_gadget.id", ondelete="CASCADE"), primary_key=True
    )
    colour: Mapped[str] = mapped_column(sa.String(20))
    gadget: Mapped[Gadget] = relationship(
        backref=backref("gizmo", uselist=False, passive_deletes=True)
    )
