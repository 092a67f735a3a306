"""The nouns a plugin author writes: manifest, settings, events and parts of screens.

Importing this module imports neither SQLAlchemy nor Flask, so that a manifest stays pure data and
a broken plugin can still be named and listed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

CONTRACT_VERSION = 1
"""Version of the plugin contract; a manifest names the one it was written for."""


@dataclass(frozen=True, slots=True)
class Permission:
    """A verb on a resource ("sales.order.confirm") and the preset roles that hold it."""

    key: str
    title: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plugin:
    """The manifest: data, nothing else. It stands in the package's `__init__`."""

    name: str
    title: str
    version: str
    depends: tuple[str, ...] = ()
    description: str = ""
    permissions: tuple[Permission, ...] = ()
    contract: int = CONTRACT_VERSION
    enabled_by_default: bool = True


class PluginSettings(BaseModel):
    """Typed settings of one plugin; every field carries a default and a description.

    `Field(json_schema_extra={...})` may hold `user=True` (a user may keep an own value),
    `parent="field"` (shown disabled while that switch is off) and `label="..."`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


@dataclass(frozen=True, slots=True)
class Event:
    """A fact, announced in past tense inside the announcer's transaction.

    Subclasses are frozen dataclasses. A mailable event names a `key` and a `title` by which a
    template can be assigned to it.
    """

    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    mailable: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column on another plugin's grid or line table.

    `load` gets all rows of the page at once and answers by primary key, so that a column costs a
    constant number of statements; `cell` turns one loaded value into text or Markup.
    """

    key: str
    title: str
    load: Callable[[Sequence[Any]], Mapping[Any, Any]]
    cell: Callable[[Any], object] = lambda value: "" if value is None else value
    align: str = "start"
    visible: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class Filter:
    """A select filter on another plugin's grid; `apply` turns a value into a condition."""

    key: str
    title: str
    options: Callable[[], Sequence[tuple[str, str]]]
    apply: Callable[[str], ColumnElement[bool]]
    visible: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class Action:
    """An action on chosen rows of another plugin's grid; it says what it did."""

    key: str
    title: str
    run: Callable[[Sequence[int]], str]
    permission: str
    icon: str = ""
    confirm: str = ""
    visible: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of another plugin's detail page or expanded row; `render` gets the row."""

    key: str
    title: str
    render: Callable[[Any], object]
    visible: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """Where a screen stands in the side bar: section, icon, permission and an optional badge."""

    section: str
    title: str
    endpoint: str
    permission: str
    icon: str = "point"
    order: int = 100
    badge: Callable[[], int | None] = lambda: None
    visible: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class Setting:
    """One resolved setting: the value, where it came from, and whether it is pinned."""

    key: str
    value: Any
    source: str
    locked: bool = False
    problem: str = ""
    parent: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
