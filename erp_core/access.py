"""Who may see and do what. Every route names a permission; what names none does not start.

Permissions are verbs on resources declared in the manifests; preset roles are computed from
them, `admin` holds all.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from email_validator import EmailNotValidError, validate_email
from flask import Flask, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import (
    Security,
    SQLAlchemyUserDatastore,
    current_user,
    hash_password,
)
from flask_security.core import AnonymousUser

from erp_core.audit import act_as
from erp_core.db import db, now
from erp_core.errors import ErpError, NotAllowedError
from erp_core.models import ApiToken, Role, User
from erp_core.plugin import Permission
from erp_core.registry import CORE, Registry, enabled, registry

PUBLIC = "public"
SIGNED_IN = "signed_in"
ADMIN = "admin"
CORE_PERMISSIONS = (
    Permission("core.settings.edit", "Change settings", ("manager",)),
    Permission("core.plugins.edit", "Switch plugins on and off"),
    Permission("core.users.edit", "Manage people and their roles"),
    Permission("core.companies.edit", "Manage companies"),
    Permission("core.jobs.view", "See jobs and their runs", ("manager", "viewer")),
    Permission("core.jobs.run", "Start and cancel jobs", ("manager",)),
    Permission("core.audit.view", "Read the audit log", ("manager",)),
    Permission("core.views.share", "Share saved views of lists", ("manager",)),
)
View = TypeVar("View", bound=Callable[..., Any])


def requires(permission: str) -> Callable[[View], View]:
    """Name the permission a view function needs (or PUBLIC, or SIGNED_IN)."""

    def mark(view: View) -> View:
        view.__erp_permission__ = permission  # type: ignore[attr-defined]
        return view

    return mark


def all_permissions() -> list[Permission]:
    """Return the core's permissions and those of every installed plugin."""
    declared = [item.manifest.permissions for item in registry().plugins]
    return [*CORE_PERMISSIONS, *(permission for group in declared for permission in group)]


def preset_roles() -> Mapping[str, Collection[str]]:
    """Return what each preset role may do, by role name."""
    known = registry()
    if not known.presets:  # every page asks many times, and manifests never change
        known.presets = _presets()
    return known.presets


def _presets() -> dict[str, set[str]]:
    presets: dict[str, set[str]] = {ADMIN: set()}
    for permission in all_permissions():
        for role in (ADMIN, *permission.roles):
            presets.setdefault(role, set()).add(permission.key)
    return presets


def can(permission: str, user: Any = None) -> bool:
    """Say whether a person (default: the one signed in) may do something."""
    if permission == PUBLIC:
        return True
    person = user or current_user._get_current_object()
    if not person or not person.is_authenticated or not person.active:
        return False
    token_scopes = g.get("token_scopes")
    if token_scopes and permission not in token_scopes:
        return False
    return permission == SIGNED_IN or _holds(person, permission)


def _holds(person: User, permission: str) -> bool:
    presets = preset_roles()
    return any(
        permission in presets.get(role.name, ()) or permission in (role.permissions or ())
        for role in person.roles
    )


def demand(permission: str) -> None:
    """Raise NotAllowedError, naming the permission, unless the person signed in holds it."""
    if not can(permission):
        titles = {item.key: item.title for item in all_permissions()}
        title = titles.get(permission, permission)
        raise NotAllowedError(f"You may not do this: it needs the permission “{title}”.")


def guard() -> ResponseReturnValue | None:
    """Answer 404 for a switched-off plugin, 302 or 401 for a visitor, 403 for the wrong role."""
    if request.endpoint is None:
        return None
    owner, permission = registry().routes.get(request.endpoint, (CORE, ""))
    if not enabled(owner):
        abort(404)
    _sign_in_by_token()
    if getattr(current_user, "is_authenticated", False):
        act_as(current_user.email)
    if permission == PUBLIC:
        return None
    if not getattr(current_user, "is_authenticated", False):
        return _ask_to_sign_in()
    demand(permission or "undeclared")
    return None


def _ask_to_sign_in() -> ResponseReturnValue:
    if request.path.startswith("/api/") or request.headers.get("HX-Request"):
        abort(401)
    return redirect(url_for("security.login", next=request.full_path.rstrip("?")))


def _sign_in_by_token() -> None:
    """Let an API request act as its token's user, within the token's scopes, and as nobody else.

    A browser's session does not count here: the API takes no CSRF token, so a foreign page could
    use it.
    """
    if not request.path.startswith("/api/"):
        return
    header = request.headers.get("Authorization", "")
    if not header.startswith("Bearer "):
        g._login_user = AnonymousUser()
        return
    token = find_token(header.removeprefix("Bearer ").strip())
    if token is None:
        abort(401)
    g.token_scopes = frozenset(token.scopes)
    g._login_user = token.user


def create_token(user: User, name: str, scopes: list[str]) -> str:
    """Make an API token and return its text, which is not stored and cannot be shown again."""
    text = f"peg_{secrets.token_urlsafe(32)}"
    db.session.add(ApiToken(name=name, digest=_digest(text), user_id=user.id, scopes=scopes))
    db.session.flush()
    return text


def find_token(text: str) -> ApiToken | None:
    """Return the live token with this text, or None."""
    token = db.session.scalar(sa.select(ApiToken).filter_by(digest=_digest(text)))
    if token is None or token.revoked_at or (token.expires_at and token.expires_at < now()):
        return None
    return token if token.user.active else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def create_user(email: str, password: str, roles: list[str]) -> User:
    """Create a person who can sign in.

    Raises ErpError for an address that is none or is taken, a password under 12 characters or an
    unknown role.
    """
    if len(password) < 12:
        raise ErpError("The password has fewer than 12 characters; use at least 12.")
    address = _normal_address(email)
    if db.session.scalar(sa.select(User.id).filter_by(email=address)):
        raise ErpError(f"{address} has an account already.")
    return add_user(address, hash_password(password), roles)


def _normal_address(email: str) -> str:
    """Write an address as the login form does, so that the person is found there."""
    try:
        found = validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ErpError(f"{email[:80]!r} is not an e-mail address: {error}") from None
    return found.normalized


def add_user(email: str, password_hash: str, roles: list[str]) -> User:
    """Add a person whose password is hashed already; raises ErpError for an unknown role."""
    found = [_role(name) for name in roles]
    mark = secrets.token_hex(32)
    user = User(email=email, password=password_hash, roles=found, fs_uniquifier=mark)
    db.session.add(user)
    db.session.flush()
    return user


def _role(name: str) -> Role:
    role = db.session.scalar(sa.select(Role).filter_by(name=name))
    if role is not None:
        return role
    presets = preset_roles()
    if name not in presets:
        raise ErpError(f"There is no role {name!r}. Roles: {', '.join(sorted(presets))}.")
    role = Role(name=name, permissions=[])
    db.session.add(role)
    return role


def init_access(app: Flask) -> None:
    """Attach login and the guard that every request passes."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the scheme, not a password
        SECURITY_PASSWORD_SALT=app.config["SECRET_KEY"],
        SECURITY_PASSWORD_LENGTH_MIN=12,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/login",
        SECURITY_CLI_USERS_NAME=False,
        SECURITY_CLI_ROLES_NAME=False,
        SECURITY_REDIRECT_VALIDATE_MODE=["regex"],
        SECURITY_FRESHNESS=timedelta(minutes=-1),
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False, "test_environment": True},
    )
    Security(app, SQLAlchemyUserDatastore(db, User, Role))
    app.before_request(guard)


def declare_routes(app: Flask, known: Registry) -> None:
    """Collect each endpoint's owner and permission; refuse routes that name none."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint in known.routes:
            continue
        permission = getattr(app.view_functions[rule.endpoint], "__erp_permission__", None)
        if rule.endpoint == "static" or rule.endpoint.startswith("security."):
            permission = PUBLIC
        if permission is None:
            raise ErpError(
                f"The route {rule.rule} ({rule.endpoint}) names no permission; mark its view "
                "function with @requires(...)."
            )
        known.routes[rule.endpoint] = (_owner(known, rule.endpoint), permission)


def _owner(known: Registry, endpoint: str) -> str:
    blueprint = endpoint.partition(".")[0]  # of blueprints inside each other: the outermost
    for owned in [*known.blueprints, *known.apis]:
        if owned.thing.name == blueprint:
            return owned.owner
    return CORE
