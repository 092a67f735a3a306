"""Carry out what a form asks for one setting: save, undo, clear, or say first what would change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask_security import current_user
from markupsafe import Markup, escape

from erp_core.admin.settings_fields import Field, Place, fields_of, find, typed_text, typed_value
from erp_core.db import db, reading
from erp_core.errors import ConflictError, ErpError, NotAllowedError, NotFoundError
from erp_core.ports import SettingsImpact
from erp_core.registry import forget_state, providers
from erp_core.settings import clear, save, validate

ACTS = ("undo", "clear", "keep", "sure")
NOTHING = Markup()


@dataclass(frozen=True, slots=True)
class Wish:
    """What a form asks for one setting."""

    place: Place
    key: str
    typed: str
    act: str = "save"
    shown_wrong: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish; `typed` stays in the control, saved or not.

    `pressed`: a button was, which is gone now, so the focus goes to the control.
    """

    typed: str | None = None
    error: str = ""
    notice: str = ""
    undo: tuple[str, str] | None = None
    impact: Markup = NOTHING
    unchanged: bool = False
    pressed: bool = False

    def put_on(self, field: Field) -> None:
        """Show on a field what happened to it."""
        field.typed = field.typed if self.typed is None else self.typed
        field.error, field.notice, field.undo = self.error, self.notice, self.undo
        field.pending = bool(self.impact)
        field.focus = self.pressed


def read_wish(form: Any, place: Place) -> Wish:
    """Read what was sent: the control's last value, and which button sent it."""
    key = form.get("key", "")
    if key not in place.settings.model_fields:
        raise NotFoundError(f"{place.plugin} has no setting {key[:60]!r}.")
    act = next((name for name in ACTS if name in form), "save")
    typed = form["undo"] if act == "undo" else (form.getlist("value") or [""])[-1]
    return Wish(place, key, typed, act, "shown_wrong" in form)


def carry_out(wish: Wish) -> Outcome:
    """Do what was asked for a setting, or say why not; the edge commits.

    Raises NotAllowedError for a pinned setting and ConflictError below a switch that is off.
    """
    return replace(_carry_out(wish), pressed=wish.act != "save")


def _carry_out(wish: Wish) -> Outcome:
    if wish.act == "keep":
        return Outcome()
    before = _changeable(wish)
    try:
        return _clear(wish, before) if wish.act == "clear" else _save(wish, before)
    except ErpError as error:
        db.session.rollback()
        forget_state()
        return Outcome(typed=wish.typed, error=_about(before, str(error)))


def _changeable(wish: Wish) -> Field:
    """Return the field as it stands, unless it cannot be changed here and now."""
    top = fields_of(wish.place)
    field = find(top, wish.key)
    if field.fixed:
        raise NotAllowedError(f"{field.label} cannot be changed here. {field.fixed}")
    for parent in (item for root in top for item in root.all()):
        if field is not parent and field in list(parent.all()) and not parent.on:
            raise ConflictError(f"Turn on “{parent.label}” to change “{field.label}”.")
    return field


def _about(field: Field, sentence: str) -> str:
    """Name the field by its label, as the form does."""
    rest = sentence.removeprefix(f"{field.key} ")
    return sentence if rest == sentence else f"{field.label} {rest}"


def _save(wish: Wish, before: Field) -> Outcome:
    place, cls = wish.place, wish.place.settings
    raw = typed_value(cls.model_fields[wish.key], wish.typed)
    value = validate(cls, wish.key, raw)
    if typed_text(value) == before.typed:
        return Outcome(unchanged=True)
    impact = _impact(place, wish.key, value) if wish.act == "save" else NOTHING
    if impact:
        return Outcome(typed=typed_text(value), impact=impact)
    save(place.plugin, wish.key, value, place.scope, by=current_user.email)
    notice = "Put back" if wish.act == "undo" else "Saved"
    return Outcome(notice=notice, undo=_way_back(before))


def _way_back(before: Field) -> tuple[str, str]:
    """Undo forgets the saved value where there was none before."""
    return ("undo", before.typed) if before.clear else ("clear", "1")


def _clear(wish: Wish, before: Field) -> Outcome:
    if not before.clear:
        return Outcome(unchanged=True)
    clear(wish.place.plugin, wish.key, wish.place.scope)
    now = find(fields_of(wish.place), wish.key)
    return Outcome(notice=f"Put back to {now.words(now.typed)}", undo=("undo", before.typed))


def _impact(place: Place, key: str, value: object) -> Markup:
    """Ask what a value would change; asked without the write lock, and nothing is kept."""
    known = providers(SettingsImpact)  # type: ignore[type-abstract]
    if not known or place.user:
        return NOTHING
    db.session.rollback()
    with reading():
        said = [item.preview(place.plugin, key, value, place.company) for item in known]
        db.session.rollback()
    return NOTHING.join(escape(part) for part in said if part)


def today(place: Place) -> Markup:
    """Ask what the settings mean as they are."""
    known = providers(SettingsImpact)  # type: ignore[type-abstract]
    said = [item.today(place.plugin, place.company) for item in known]
    return NOTHING.join(escape(part) for part in said if part)
