"""The dialog that saves a list as it stands under a name, and the button that deletes one."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import SIGNED_IN, can
from erp_core.admin import saved_views
from erp_core.admin.answers import go, say
from erp_core.admin.saved_views import Wish
from erp_core.admin.screen import ErpView
from erp_core.errors import ErpError, NotAllowedError


class SavedViewsView(ErpView):
    """Saved views of every list; a list's own menu leads here."""

    key = "core.views"
    see = change = SIGNED_IN

    @expose("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        """Show the dialog, or save what it says and open the view."""
        asked = request.values
        screen = saved_views.screen_of(asked.get("screen", ""))
        state = saved_views.state_of(asked.get("state", ""))
        if request.method == "GET":
            return self._dialog(Wish(screen.key, asked.get("name", ""), state))
        wish = Wish(
            screen.key,
            asked.get("name", "").strip(),
            state,
            shared=bool(asked.get("shared")),
            role=asked.get("role", ""),
        )
        return self._save(wish, self.get_url(f"{screen.endpoint}.index_view"))

    def _save(self, wish: Wish, home: str) -> ResponseReturnValue:
        try:
            view, new = saved_views.save(wish)
        except NotAllowedError:
            raise
        except ErpError as error:
            return self._dialog(wish, str(error)), 422
        said = f"View {view.name} saved{' and shared' if view.shared else ''}."
        say(said, undo_url=self.get_url(".drop_view", pk=view.id) if new else "")
        return go(saved_views.address(view, home))

    def _dialog(self, wish: Wish, problem: str = "") -> str:
        may_share = can(saved_views.SHARE)
        return str(
            self.render(
                "core/save_view.html",
                wish=wish,
                problem=problem,
                may_share=may_share,
                roles=saved_views.roles() if may_share else [],
            )
        )

    @expose("/<int:pk>/delete", methods=("POST",))
    def drop_view(self, pk: int) -> ResponseReturnValue:
        """Delete a view and show the list without it."""
        view = saved_views.drop(pk)
        screen = saved_views.screen_of(view.screen)
        say(f"View {view.name} deleted.", undo_url="")
        return go(self.get_url(f"{screen.endpoint}.index_view", view="all"))
