"""Typed settings: code < settings.toml < global < company < user (A20), and who said so.

`settings(Cls)` returns a validated instance; only values are stored, labels stay in code.
"""

from __future__ import annotations

import difflib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, cast

import sqlalchemy as sa
from flask import g
from pydantic import TypeAdapter, ValidationError

from erp_core.audit import record
from erp_core.db import db
from erp_core.errors import ErpError, NotAllowedError
from erp_core.events import publish
from erp_core.models import Company, SettingRow
from erp_core.plugin import Event, PluginSettings, Setting
from erp_core.registry import Registry, forget_state, registry, state

log = logging.getLogger(__name__)
Settings = TypeVar("Settings", bound=PluginSettings)


@dataclass(frozen=True, slots=True)
class SettingChanged(Event):
    """A saved setting has another value now; `scope` is global, company or user."""

    plugin: str
    field: str
    before: object
    after: object
    scope: str = "global"
    scope_id: int = 0


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose value is meant: everybody's, one company's or one user's."""

    name: str = "global"
    id: int = 0


GLOBAL = Scope()


def settings(cls: type[Settings], *, company: int = 0, user: int = 0) -> Settings:
    """Return the settings of the plugin that registered `cls`, as they hold right now."""
    cache: dict[tuple[type, int, int], PluginSettings] = g.setdefault("erp_settings", {})
    key = (cls, company, user)
    if key not in cache:
        found = resolve(owner_of(cls), company=company, user=user)
        cache[key] = cls(**{item.key: item.value for item in found})
    return cast(Settings, cache[key])


def owner_of(cls: type[PluginSettings]) -> str:
    """Name the plugin that registered a settings class."""
    for name, registered in registry().settings.items():
        if registered is cls:
            return name
    raise ErpError(f"{cls.__name__} is not registered by any plugin.")


def resolve(plugin: str, *, company: int = 0, user: int = 0) -> list[Setting]:
    """Return every setting of a plugin with its value and where that came from."""
    cls = _class(plugin)
    layers = _layers(plugin, company, user)
    return [_resolve_field(plugin, cls, name, layers) for name in cls.model_fields]


def _class(plugin: str) -> type[PluginSettings]:
    try:
        return registry().settings[plugin]
    except KeyError:
        known = ", ".join(registry().settings)
        raise ErpError(f"No settings for {plugin!r}. Plugins with settings: {known}.") from None


def _layers(plugin: str, company: int, user: int) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the sources of values, the strongest first."""
    saved = state().values
    scopes = [("user", user), ("company", company), ("global", 0)]
    layers: list[tuple[str, Mapping[str, Any]]] = []
    for scope, scope_id in scopes:
        if scope == "global" or scope_id:
            rows = {
                key: json.loads(value)
                for (owner, key, name, number), value in saved.items()
                if owner == plugin and name == scope and number == scope_id
            }
            layers.append((scope, rows))
    layers.append(("settings.toml", registry().config.defaults.get(plugin, {})))
    return layers


def _resolve_field(
    plugin: str, cls: type[PluginSettings], name: str, layers: list[tuple[str, Mapping[str, Any]]]
) -> Setting:
    field = cls.model_fields[name]
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    locked = f"{plugin}.{name}" in registry().config.locked
    problem = ""
    for source, values in layers:
        if name not in values or (locked and source != "settings.toml"):
            continue
        try:
            value = validate(cls, name, values[name])
        except ErpError as error:
            problem = f"The value from {source} is ignored: {error}"
            log.warning("%s.%s: %s", plugin, name, problem)
            continue
        return Setting(name, value, source, locked, problem, _parent(extra), extra)
    default = field.get_default(call_default_factory=True)
    return Setting(name, default, "code", locked, problem, _parent(extra), extra)


def _parent(extra: Mapping[str, Any]) -> str | None:
    return str(extra["parent"]) if "parent" in extra else None


def validate(cls: type[PluginSettings], name: str, value: object) -> Any:
    """Return `value` as the field's type; raises ErpError with key, value and what is allowed."""
    field = cls.model_fields.get(name)
    if field is None:
        known = ", ".join(cls.model_fields)
        raise ErpError(f"There is no setting {name!r}. Known settings: {known}.")
    adapter: TypeAdapter[Any] = TypeAdapter(_annotated(field))
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise ErpError(f"{name} cannot be {str(value)[:60]!r}: {reason}.") from None


def file_problems(known: Registry) -> list[str]:
    """Say what is wrong with the plugins' tables and with `locked` in settings.toml."""
    found = []
    for plugin, values in known.config.defaults.items():
        if plugin in known.settings:
            found += _table_problems(known.settings[plugin], plugin, values)
        else:
            found += _unknown_table(plugin, known)
    for name in sorted(known.config.locked):
        plugin, _, key = name.partition(".")
        if plugin in known.settings and key not in known.settings[plugin].model_fields:
            found.append(f"`locked` names {name!r}, which is no setting.")
    return found


def _table_problems(cls: type[PluginSettings], plugin: str, values: Mapping[str, Any]) -> list[str]:
    found = []
    for key, value in values.items():
        try:
            validate(cls, key, value)
        except ErpError as error:
            found.append(f"[{plugin}] in settings.toml: {error}")
    return found


def _unknown_table(name: str, known: Registry) -> list[str]:
    """A table of a plugin that is not loaded may stay; a slip of the pen may not."""
    near = difflib.get_close_matches(name, known.settings, 1)
    return [f"settings.toml has a table [{name}]; did you mean [{near[0]}]?"] if near else []


def _annotated(field: Any) -> Any:
    return Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation


def save(plugin: str, name: str, value: object, scope: Scope = GLOBAL, *, by: str = "") -> Any:
    """Save one value and announce it; returns the value as stored.

    Raises ErpError for a value that is not allowed, NotAllowedError for one that is pinned.
    """
    cls = _class(plugin)
    if f"{plugin}.{name}" in registry().config.locked:
        raise NotAllowedError(
            f"{plugin}.{name} is pinned in settings.toml and cannot be changed here."
        )
    clean = validate(cls, name, value)
    before = _current(plugin, name, scope)
    _store(SettingRow(plugin=plugin, key=name, scope=scope.name, scope_id=scope.id), clean, by)
    _announce(SettingChanged(plugin, name, before, clean, scope.name, scope.id))
    return clean


def _announce(change: SettingChanged) -> None:
    """Write the change to the audit log and tell whoever listens."""
    forget_state()
    subject = f"{change.plugin}.{change.field}"[:64]
    scope = {} if change.scope == GLOBAL.name else {"for": _whose(change)}
    before, after = ({"value": _json(value)} | scope for value in (change.before, change.after))
    record(db.session(), "change", "core_setting", subject, before=before, after=after)
    publish(change)


def _whose(change: SettingChanged) -> str:
    company = db.session.get(Company, change.scope_id) if change.scope == "company" else None
    return company.name if company else change.scope


def _json(value: object) -> Any:
    return TypeAdapter(Any).dump_python(value, mode="json")


def _current(plugin: str, name: str, scope: Scope) -> object:
    company = scope.id if scope.name == "company" else 0
    user = scope.id if scope.name == "user" else 0
    found = resolve(plugin, company=company, user=user)
    return next(item.value for item in found if item.key == name)


def _store(wanted: SettingRow, value: object, by: str) -> None:
    row = _row(wanted) or wanted
    row.value = _json(value)
    row.changed_by = by
    db.session.add(row)
    db.session.flush()


def _row(like: SettingRow) -> SettingRow | None:
    return db.session.scalar(
        sa.select(SettingRow).filter_by(
            plugin=like.plugin, key=like.key, scope=like.scope, scope_id=like.scope_id
        )
    )


def clear(plugin: str, name: str, scope: Scope = GLOBAL) -> None:
    """Forget a saved value, so that the next weaker source holds again."""
    _class(plugin)
    before = _current(plugin, name, scope)
    row = _row(SettingRow(plugin=plugin, key=name, scope=scope.name, scope_id=scope.id))
    if row is not None:
        db.session.delete(row)
        db.session.flush()
    forget_state()
    after = _current(plugin, name, scope)
    _announce(SettingChanged(plugin, name, before, after, scope.name, scope.id))
