"""The core's own screens over its own tables: home, people, companies, audit log."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from flask_admin import AdminIndexView, expose
from flask_security import hash_password
from wtforms import PasswordField
from wtforms.validators import Length, Optional

from erp_core.admin.health import HealthView
from erp_core.admin.job_pages import JobsView
from erp_core.admin.plugin_pages import PluginsView
from erp_core.admin.preferences import PreferencesView
from erp_core.admin.search_page import SearchView
from erp_core.admin.settings_page import SettingsView
from erp_core.admin.styleguide import StyleguideView
from erp_core.admin.view_pages import SavedViewsView
from erp_core.admin.views import ErpModelView
from erp_core.companies import announce
from erp_core.errors import ErpError
from erp_core.models import AuditRow, Company, User
from erp_core.plugin import Panel
from erp_core.registry import parts

HOME = "core.home"
COMPANIES = "core.company"


class HomeView(AdminIndexView):
    """The dashboard: cards that plugins add to the screen `core.home`."""

    @expose("/")
    def index(self) -> str:
        """Draw every card that is on."""
        cards = [(panel.title, panel.render(None)) for panel in parts(HOME, Panel)]
        return str(self.render(self._template, title="Dashboard", cards=cards))


class UserView(ErpModelView):
    """People who sign in, and their roles."""

    key = "core.user"
    see = change = "core.users.edit"
    title = "People"
    column_list = ("email", "roles", "active", "created_at")
    column_labels = {"email": "E-mail", "created_at": "Since"}
    column_formatters = {
        "roles": lambda v, c, user, n: ", ".join(sorted(role.name for role in user.roles))
    }
    form_columns = ("email", "active", "roles")
    form_extra_fields: ClassVar[dict[str, Any]] = {
        "new_password": PasswordField(
            "New password",
            description="At least 12 characters. Leave empty to keep the present one.",
            validators=[Optional(), Length(min=12, message="Use at least 12 characters.")],
        )
    }
    column_searchable_list = ("email",)
    can_delete = False

    def on_model_change(self, form: Any, model: User, is_created: bool) -> None:
        """Hash a new password; a new person needs one."""
        typed = form.new_password.data
        if typed:
            model.password = hash_password(typed)
            model.fs_uniquifier = secrets.token_hex(32)
        elif is_created:
            raise ErpError("A new person needs a password of at least 12 characters.")


class CompanyView(ErpModelView):
    """Legal or brand units."""

    key = COMPANIES
    see = change = "core.companies.edit"
    title = "Companies"
    column_list = ("code", "name", "currency")
    form_columns = ("code", "name", "currency")
    can_delete = False

    def _create(self, form: Any) -> Any:
        company = super()._create(form)
        announce(company)
        return company


class AuditView(ErpModelView):
    """Who changed what, when; read-only."""

    key = "core.audit"
    see = "core.audit.view"
    title = "Audit log"
    column_list = ("at", "actor", "action", "subject", "subject_id", "before", "after")
    column_default_sort = ("id", True)
    column_searchable_list = ("actor", "subject", "subject_id")


def core_views() -> list[Any]:
    """Return the core's screens in the order they are mounted."""
    tables = [UserView(User), CompanyView(Company), AuditView(AuditRow)]
    pages = [
        SettingsView(),
        PluginsView(),
        JobsView(),
        PreferencesView(),
        SavedViewsView(),
        SearchView(),
    ]
    return [*tables, *pages, StyleguideView(), HealthView()]
