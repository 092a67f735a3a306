"""Lists that people saved under a name: whose they are, who is offered them, which opens first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa
from flask import Flask, current_app, request
from flask_security import current_user

from erp_core.access import can, demand, preset_roles
from erp_core.admin.reading import NOT_KEPT
from erp_core.db import db
from erp_core.errors import ErpError, NotAllowedError, NotFoundError
from erp_core.models import Role, SavedView

SHARE = "core.views.share"
VIEW = "view"
LONGEST_NAME, LONGEST_STATE, MOST_VIEWS = 60, 2_000, 100


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to save."""

    screen: str
    name: str
    state: str
    shared: bool = False
    role: str = ""


def state_of(query: str) -> str:
    """Return the part of an address's query that a view keeps: all but page, count and view."""
    pairs = parse_qsl(query)
    return urlencode([pair for pair in pairs if pair[0] not in NOT_KEPT and pair[0] != VIEW])


def screen_of(key: str) -> Any:
    """Return the list with this key; raises NotFoundError for one that is not there or not seen."""
    for view in _views(current_app):
        if getattr(view, "key", "") == key and hasattr(view, "grid_columns"):
            demand(view.see)
            return view
    raise NotFoundError(f"There is no list {key[:60]!r}.")


def _views(app: Flask) -> list[Any]:
    return list(app.extensions["admin"][0]._views)


def offered(screen: str) -> list[SavedView]:
    """Return the views of a list for the person signed in: own and shared ones, by name."""
    mine = sa.or_(SavedView.user_id == current_user.id, SavedView.shared)
    query = sa.select(SavedView).where(SavedView.screen == screen, mine)
    return list(db.session.scalars(query.order_by(SavedView.name, SavedView.id).limit(MOST_VIEWS)))


def opened(views: list[SavedView]) -> SavedView | None:
    """Return the view that the address names."""
    number = request.args.get(VIEW, "").partition("-")[0]
    return next((view for view in views if str(view.id) == number), None)


def first_for(views: list[SavedView]) -> SavedView | None:
    """Return the view that opens first for one of the person's roles."""
    roles = {role.name for role in current_user.roles}
    return next((view for view in views if view.shared and view.role in roles), None)


def address(view: SavedView, home: str) -> str:
    """Return the address of a view; its name stands in it, for people."""
    words = "-".join("".join(c if c.isalnum() else " " for c in view.name).lower().split())
    tail = urlencode({VIEW: f"{view.id}-{words}"})
    return f"{home}?{view.state}&{tail}" if view.state else f"{home}?{tail}"


def roles() -> list[str]:
    """Return the names of all roles."""
    return sorted({*preset_roles(), *db.session.scalars(sa.select(Role.name))})


def save(wish: Wish) -> tuple[SavedView, bool]:
    """Save a view, or give an own one of the same name a new state; says whether it is new.

    Raises ErpError for a name that is empty or too long, NotAllowedError for sharing without leave.
    """
    _check(wish)
    query = sa.select(SavedView).filter_by(
        screen=wish.screen, user_id=current_user.id, name=wish.name
    )
    old = db.session.scalar(query)
    view = old or SavedView(screen=wish.screen, user_id=current_user.id, name=wish.name)
    db.session.add(view)
    view.state, view.shared, view.role = wish.state, wish.shared or bool(wish.role), wish.role
    db.session.flush()
    return view, old is None


def _check(wish: Wish) -> None:
    if not wish.name or len(wish.name) > LONGEST_NAME or not wish.name.isprintable():
        raise ErpError(f"Give the view a name of 1 to {LONGEST_NAME} characters.")
    if len(wish.state) > LONGEST_STATE:
        raise ErpError("These filters are too long to be saved; choose fewer values.")
    if wish.role and wish.role not in roles():
        raise ErpError(f"There is no role {wish.role[:40]!r}.")
    if wish.shared or wish.role:
        demand(SHARE)


def drop(pk: int) -> SavedView:
    """Delete an own view, or a shared one with leave to share."""
    view = db.session.get(SavedView, pk) if pk < 2**31 else None
    if view is None or not (view.user_id == current_user.id or view.shared):
        raise NotFoundError("This view is gone.")
    if view.user_id != current_user.id and not can(SHARE):
        raise NotAllowedError(f"The view {view.name} belongs to somebody else.")
    db.session.delete(view)
    db.session.flush()
    return view
