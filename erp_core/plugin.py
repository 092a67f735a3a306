"""The nouns a plugin author writes: manifest, settings, events and parts of screens.

Importing this module imports neither SQLAlchemy nor Flask, so that a manifest stays pure data and
a broken plugin can still be named and listed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

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
class Variable:
    """What a template may use: a dotted name ("order.number"), what it is, and an example.

    Examples are texts, numbers, truth values, and lists of mappings of these.
    """

    name: str
    title: str
    example: Any


@dataclass(frozen=True, slots=True)
class Event:
    """A fact, announced in past tense inside the announcer's transaction.

    Subclasses are frozen dataclasses. A mailable event names a `key` and a `title` by which a
    template can be assigned to it, for which audiences, and the variables that its messages carry;
    `aliases` are former keys that still find it (A22). Who gets which message is said by a
    `MailSource`, registered with `erp.mail`.
    """

    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    mailable: ClassVar[bool] = False
    aliases: ClassVar[tuple[str, ...]] = ()
    audiences: ClassVar[tuple[str, ...]] = ()
    variables: ClassVar[tuple[Variable, ...]] = ()


STAFF = "staff"
"""The audience whose addresses stand in the assignment: its messages name no address."""


@dataclass(frozen=True, slots=True)
class Message:
    """Plain data of one e-mail that an event calls for; nothing in it is a database row.

    `dedupe` names the occasion: the same occasion is mailed once to its audience (A21). `record`
    is what people call the document it is about. `variables` holds what the event documents, as
    texts, numbers, truth values, and lists and mappings of these.
    """

    audience: str
    dedupe: str
    record: str
    variables: Mapping[str, Any]
    address: str = ""
    name: str = ""
    company_id: int | None = None
    language: str = ""


class MailSource(Protocol):
    """Says what an event's e-mails are; both answers cost a constant number of statements."""

    def messages(self, event: Any) -> Sequence[Message]:
        """Return the messages that one published event calls for, all audiences together."""
        ...

    def recent(self) -> Mapping[str, Event]:
        """Return events as the newest records would cause them, by record, to preview with."""
        ...


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
    """A select filter on another plugin's grid; `apply` turns a value into a condition.

    For some values `joined` may name a column of another table that holds the row's key, at most
    once: the list is then read through that table's index, and `apply` may speak of its columns.
    """

    key: str
    title: str
    options: Callable[[], Sequence[tuple[str, str]]]
    apply: Callable[[str], ColumnElement[bool]]
    visible: Callable[[], bool] = lambda: True
    joined: Callable[[str], Any] = lambda value: None


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
class PageAction:
    """A button on another plugin's detail page that opens a dialog.

    `url` gets the row and answers where the dialog is; empty where there is nothing to do.
    """

    key: str
    title: str
    url: Callable[[Any], str]
    permission: str
    icon: str = ""
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
    badge: Callable[[], object] = lambda: None
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
