"""Settings as a form shows them: one field for each setting, and the way back from typed text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from erp_core.admin.durations import duration_text, parse_duration
from erp_core.plugin import PluginSettings, Setting
from erp_core.registry import registry
from erp_core.settings import GLOBAL, Scope, resolve

KINDS: dict[Any, str] = {
    bool: "switch",
    int: "number",
    Decimal: "number",
    str: "text",
    timedelta: "text",
}
ORIGINS = {
    "code": "Default value",
    "settings.toml": "From settings.toml",
    "global": "Set for everybody",
    "company": "Own value of this company",
    "user": "Your own value",
}
CLEAR = {
    "global": "Use the default",
    "company": "Use the general value",
    "user": "Use the general value",
}
FIXED = "A value of this kind is set in settings.toml."
PINNED = "Pinned in settings.toml and can only be changed there."


@dataclass(frozen=True, slots=True)
class Place:
    """Whose settings of which plugin are meant."""

    plugin: str
    scope: Scope = GLOBAL

    @property
    def company(self) -> int:
        """Return the company's id, or 0."""
        return self.scope.id if self.scope.name == "company" else 0

    @property
    def user(self) -> int:
        """Return the user's id, or 0."""
        return self.scope.id if self.scope.name == "user" else 0

    @property
    def settings(self) -> type[PluginSettings]:
        """Return the plugin's settings class."""
        return registry().settings[self.plugin]


@dataclass(slots=True)
class Field:
    """One setting on the form; `typed` is the text in its control."""

    key: str
    label: str
    kind: str
    typed: str
    help: str = ""
    limits: str = ""
    unit: str = ""
    options: list[tuple[str, str]] = field(default_factory=list)
    origin: str = ""
    clear: str = ""
    fixed: str = ""
    problem: str = ""
    children: list[Field] = field(default_factory=list)
    error: str = ""
    notice: str = ""
    undo: tuple[str, str] | None = None
    pending: bool = False
    focus: bool = False

    @property
    def on(self) -> bool:
        """Say whether a switch is on (its children can be changed then)."""
        return self.typed not in {"false", "", "0"}

    def all(self) -> Iterator[Field]:
        """Yield this field and those below it."""
        yield self
        for child in self.children:
            yield from child.all()

    def words(self, typed: str) -> str:
        """Return a typed value as a sentence names it."""
        if self.kind == "switch":
            return "on" if typed == "true" else "off"
        return dict(self.options).get(typed, typed) or "empty"


def fields_of(place: Place) -> list[Field]:
    """Return the top fields of a plugin, the others hang below their parents."""
    cls = place.settings
    found = resolve(place.plugin, company=place.company, user=place.user)
    made = {item.key: _field(cls.model_fields[item.key], item, place) for item in found}
    top: list[Field] = []
    for item in found:
        parent = made.get(item.parent or "")
        (parent.children if parent else top).append(made[item.key])
    return top


def find(fields: list[Field], key: str) -> Field:
    """Return the field of a setting, wherever it hangs."""
    return next(field for top in fields for field in top.all() if field.key == key)


def own_fields(place: Place) -> list[Field]:
    """Return, as one flat list, the fields of which a user may keep an own value."""
    found = resolve(place.plugin, company=place.company, user=place.user)
    infos = place.settings.model_fields
    return [_field(infos[item.key], item, place) for item in found if item.extra.get("user")]


def _field(info: FieldInfo, item: Setting, place: Place) -> Field:
    kind, options = _kind(info.annotation, item.extra)
    return Field(
        key=item.key,
        label=str(item.extra.get("label") or in_words(item.key)),
        kind=kind,
        typed=typed_text(item.value),
        help=info.description or "",
        limits=limits_of(info),
        unit=str(item.extra.get("unit", "")),
        options=options,
        origin=ORIGINS[item.source],
        clear=CLEAR[place.scope.name] if item.source == place.scope.name else "",
        fixed=PINNED if item.locked else FIXED if kind == "fixed" else "",
        problem=item.problem,
    )


def in_words(key: str) -> str:
    """Turn `alert_after_days` into `Alert after days`."""
    return key.replace("_", " ").capitalize()


def _kind(annotation: Any, extra: Mapping[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    inner = _inner(annotation)
    values = _choices(inner)
    if values:
        titles = extra.get("choices", {})
        return "select", [(str(v), str(titles.get(str(v)) or in_words(str(v)))) for v in values]
    return KINDS.get(inner, "fixed"), []


def _inner(annotation: Any) -> Any:
    """Return the type beside None in an optional annotation."""
    if get_origin(annotation) in (Union, UnionType):
        kept = [item for item in get_args(annotation) if item is not NoneType]
        return kept[0] if len(kept) == 1 else annotation
    return annotation


def _choices(inner: Any) -> list[Any]:
    if get_origin(inner) is Literal:
        return list(get_args(inner))
    if isinstance(inner, type) and issubclass(inner, Enum):
        return [member.value for member in inner]
    return []


def typed_text(value: object) -> str:
    """Return a value as its control shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(typed_text(item) for item in value)
    return "" if value is None else str(value)


def typed_value(info: FieldInfo, typed: str) -> object:
    """Turn typed text into what the field's validation understands.

    Raises ErpError for a text that is no duration; everything else is left to the validation.
    """
    inner = _inner(info.annotation)
    if not typed.strip() and inner is not info.annotation:
        return None
    if inner is timedelta:
        return parse_duration(typed)
    chosen = [value for value in _choices(inner) if str(value) == typed]
    return chosen[0] if chosen else typed


def limits_of(info: FieldInfo) -> str:
    """Say which numbers or lengths a field allows, in one short sentence."""
    bounds = {name: getattr(rule, name) for rule in info.metadata for name in _bounds(rule)}
    low, high = bounds.get("ge"), bounds.get("le")
    if low is not None and high is not None:
        return f"From {typed_text(low)} to {typed_text(high)}."
    sentences = [f"{WORDS[name]} {typed_text(bounds[name])}." for name in WORDS if name in bounds]
    if "max_length" in bounds:
        sentences.append(f"Up to {bounds['max_length']} characters.")
    return " ".join(sentences)


WORDS = {"ge": "At least", "gt": "More than", "le": "At most", "lt": "Less than"}


def _bounds(rule: object) -> list[str]:
    return [name for name in (*WORDS, "max_length") if getattr(rule, name, None) is not None]
