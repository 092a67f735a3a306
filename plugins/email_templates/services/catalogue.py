"""The events that can be mailed, as the screens and the outbox need them: by key or alias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from erp_core.errors import NotFoundError
from erp_core.plugin import Event, MailSource, Message
from erp_core.registry import mail_source, mailable_events


def events() -> dict[str, type[Event]]:
    """Return the mailable events of plugins that are on, by key, in the order of their titles."""
    found = mailable_events()
    return dict(sorted(found.items(), key=lambda pair: pair[1].title.casefold()))


def event_of(key: str) -> type[Event]:
    """Return the event with this key or alias (A22); raises NotFoundError."""
    found = events()
    for own, cls in found.items():
        if key == own or key in cls.aliases:
            return cls
    raise NotFoundError(f"No event is called {key[:80]!r}. Events: {', '.join(found) or 'none'}.")


def title_of(key: str) -> str:
    """Return an event's title; its key when the plugin behind it is off or gone."""
    found = mailable_events().get(key)
    return found.title if found else key


def names_of(cls: type[Event]) -> str:
    """Return the names that people know an event by: former ones first."""
    return " · ".join((*cls.aliases, cls.key))


def example_of(cls: type[Event]) -> dict[str, Any]:
    """Return the documented examples as a template gets them."""
    made: dict[str, Any] = {}
    for item in cls.variables:
        *parents, last = item.name.split(".")
        place = made
        for name in parents:
            place = place.setdefault(name, {})
        place[last] = item.example
    return made


def records_of(cls: type[Event]) -> Sequence[str]:
    """Return the newest records that an event could be about."""
    return list(_source(cls).recent())


def message_about(cls: type[Event], record: str) -> Message:
    """Return the message about one of the newest records; without one, the example."""
    event = _source(cls).recent().get(record)
    messages = _source(cls).messages(event) if event else ()
    for message in messages:
        return message
    return Message(cls.audiences[0], "example", "Example", example_of(cls))


def variables_of(cls: type[Event]) -> list[tuple[str, str, str]]:
    """Return name, meaning and example of what templates of an event may use."""
    found = []
    for item in cls.variables:
        found.append((item.name, item.title, _shown(item.example)))
        if isinstance(item.example, list) and item.example:
            found += [(f"{item.name}[].{k}", "", _shown(v)) for k, v in _fields(item.example[0])]
    return found


def _fields(item: Any) -> list[tuple[str, Any]]:
    return list(item.items()) if isinstance(item, Mapping) else []


def _shown(example: Any) -> str:
    return "" if isinstance(example, list | dict) else str(example)


def _source(cls: type[Event]) -> MailSource:
    found = mail_source(cls)
    assert found is not None, cls
    return found
