"""Conformance checks of mailable events: what they promise is what their messages carry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from erp_core.plugin import STAFF, Event, MailSource, Message, Variable
from erp_core.registry import mail_source
from erp_core.testing.subject import Subject

PLAIN = (str, int, float, bool, type(None))


def mailable_events_are_complete(subject: Subject) -> list[str]:
    """Look at each mailable event's words and examples, and at messages of the newest records."""
    subject.switch(True)
    announced = subject.registry.events.values()
    mine = [owned.thing for owned in announced if owned.owner == subject.name]
    with subject.app.app_context():
        return [text for cls in mine if cls.mailable for text in _problems(cls)]


def _problems(cls: type[Event]) -> Iterator[str]:
    label = f"The mailable event {cls.key or cls.__name__}"
    source = mail_source(cls)
    if source is None:
        yield f"{label} has no mail source: call erp.mail({cls.__name__}, ...)."
    if not (cls.key and cls.title and cls.audiences and cls.variables):
        yield f"{label} lacks a key, a title, audiences or variables."
    yield from (f"{label}: {text}" for item in cls.variables if (text := _unusable(item)))
    if source is not None:
        yield from (f"{label}: {text}" for text in _messages(cls, source))


def _unusable(item: Variable) -> str:
    if not item.title:
        return f"the variable {item.name} has no title."
    return "" if _plain(item.example) else f"the example of {item.name} is not plain data."


def _plain(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _plain(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(_plain(item) for item in value)
    return type(value) in PLAIN


def _messages(cls: type[Event], source: MailSource) -> Iterator[str]:
    for event in list(source.recent().values())[:1]:
        for message in source.messages(event):
            yield from _message(cls, message)


def _message(cls: type[Event], message: Message) -> Iterator[str]:
    if message.audience not in cls.audiences:
        yield f"a message is for {message.audience!r}, which is no audience of it."
    if message.address and message.audience == STAFF:
        yield "a message for staff names an address; those stand in the assignment."
    if not _plain(message.variables):
        yield f"the message about {message.record} carries more than plain data."
    for item in cls.variables:
        if not _has(message.variables, item.name):
            yield f"the message about {message.record} lacks the variable {item.name}."


def _has(data: Any, name: str) -> bool:
    for part in name.split("."):
        if not isinstance(data, Mapping) or part not in data:
            return False
        data = data[part]
    return True
