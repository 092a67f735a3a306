from __future__ import annotations

from collections.abc import Mapping, Sequence

from plugins.toy_gadget.events import GadgetMade
from plugins.toy_gadget.services import gadgets

from erp_core.plugin import STAFF, Event, Message


class GadgetMail:
    """Tells staff of each gadget."""

    def messages(self, event: GadgetMade) -> Sequence[Message]:
        data = {"gadget": {"name": event.name}}
        return [Message(STAFF, str(event.gadget_id), event.name, data)]

    def recent(self) -> Mapping[str, Event]:
        return {item.name: GadgetMade(item.id, item.name) for item in gadgets()}
