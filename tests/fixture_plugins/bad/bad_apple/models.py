import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from erp_core.db import Model


class Apple(Model):
    """An apple; the migration forgot its colour."""

    __tablename__ = "bad_apple_apple"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(20), unique=True)
    colour: Mapped[str] = mapped_column(sa.String(20), default="red")


class Pip(Model):
    """A table without the plugin's name."""

    __tablename__ = "apple_pip"
    id: Mapped[int] = mapped_column(primary_key=True)
