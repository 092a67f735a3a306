from collections.abc import Mapping, Sequence

from plugins.bad_apple.events import AppleFell

from erp_core.plugin import Event, Message


class AppleMail:
    """Promises one thing and carries another."""

    def messages(self, event: Event) -> Sequence[Message]:
        return [
            Message("gardener", "1", "pip", {"apple": object()}),
            Message("staff", "1", "core", {"apple": {"kind": "Cox"}}, address="eve@example.com"),
        ]

    def recent(self) -> Mapping[str, Event]:
        return {"pip": AppleFell(1)}
