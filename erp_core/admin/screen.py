"""What model screens and free pages have in common: a key and the permissions it needs."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView

from erp_core.access import can, demand
from erp_core.errors import PluginError


class Screen:
    """What model screens and free pages have in common."""

    key: ClassVar[str] = ""
    see: ClassVar[str] = ""
    change: ClassVar[str] = ""
    home: ClassVar[str] = "index"
    more_screens: ClassVar[tuple[str, ...]] = ()
    reading: ClassVar[frozenset[str]] = frozenset(
        {"index", "index_view", "details_view", "expand_view", "export", "ajax_lookup"}
    )

    @classmethod
    def permission_for(cls, name: str) -> str:
        """Return the permission that a view method needs: its own mark, else see or change."""
        marked = getattr(getattr(cls, name, None), "__erp_permission__", None)
        if marked:
            return str(marked)
        needed = cls.see if name in cls.reading else cls.change
        if not needed and name not in cls.reading:
            return "read-only"
        if not needed:
            raise PluginError(
                f"The screen {cls.key or cls.__name__} names no permission to see it."
            )
        return needed

    def is_accessible(self) -> bool:
        """Say whether the person may see this screen."""
        return can(self.see)

    def is_visible(self) -> bool:
        """Say whether it belongs in the menu."""
        return self.is_accessible()

    def inaccessible_callback(self, name: str, **kwargs: Any) -> ResponseReturnValue:
        """Refuse with the permission's name."""
        demand(self.see)
        return redirect(url_for("security.login"))

    @classmethod
    def address(cls) -> dict[str, str]:
        """Return endpoint and URL, both made from the key."""
        if not cls.key:
            raise PluginError(f"{cls.__name__} has no key.")
        return {"endpoint": cls.key.replace(".", "_"), "url": "/" + cls.key.replace(".", "/")}


class ErpView(Screen, BaseView):
    """A page of its own (no model behind it)."""

    def __init__(self, name: str = "") -> None:
        super().__init__(name=name or self.key, **self.address())
