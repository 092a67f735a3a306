"""settings.toml and the environment become the application's configuration.

Tables named after a plugin hold defaults for its settings; everything else must be a key listed
in `KEYS`. Environment variables win: `ERP_DATABASE_URL`, `ERP_SECRET_KEY`, `ERP_SAFE_MODE`.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import secrets
import tomllib
import zoneinfo
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from babel import localedata
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from erp_core.errors import ConfigError

KEYS: dict[str, type] = {
    "database_url": str,
    "secret_key": str,
    "plugins": list,
    "plugin_paths": list,
    "safe_mode": bool,
    "locked": list,
    "timezone": str,
    "language": str,
    "allowed_hosts": list,
    "proxy_count": int,
    "secure_cookies": bool,
}
EXPECTED: dict[str, str] = {
    "database_url": 'a text, for example "sqlite:///instance/pegboard.sqlite3"',
    "secret_key": "a text of at least 32 characters",
    "plugins": 'a list of names, for example ["my_plugin"]',
    "plugin_paths": 'a list of folders, for example ["/srv/plugins"]',
    "safe_mode": "true or false",
    "locked": 'a list of settings, for example ["my_plugin.my_setting"]',
    "timezone": 'a time zone, for example "Europe/Berlin"',
    "language": 'a language, for example "en"',
    "allowed_hosts": 'a list of names, for example ["erp.example.com"]',
    "proxy_count": "a whole number from 0 to 10",
    "secure_cookies": "true or false",
}


@dataclass(frozen=True, slots=True)
class Config:
    """What an operator decided before the program starts."""

    database_url: str = "sqlite:///instance/pegboard.sqlite3"
    secret_key: str = ""
    plugins: tuple[str, ...] | None = None
    plugin_paths: tuple[str, ...] = ()
    safe_mode: bool = False
    locked: frozenset[str] = frozenset()
    timezone: str = "UTC"
    language: str = "en"
    allowed_hosts: tuple[str, ...] = ()
    proxy_count: int = 0
    secure_cookies: bool = False
    defaults: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def dialect(self) -> str:
        """Say `sqlite` or `postgresql`."""
        return "sqlite" if self.database_url.startswith("sqlite") else "postgresql"


def load_config(path: Path | None = None) -> Config:
    """Read settings.toml (or the file named by ERP_SETTINGS) and the environment.

    Raises ConfigError with key, value, what is expected and an example.
    """
    named = os.environ.get("ERP_SETTINGS")
    source = path or Path(named or "settings.toml")
    if named and not path and not source.exists():
        raise ConfigError(f"ERP_SETTINGS names {named!r}, which is not there.")
    raw = _read(source) if source.exists() else {}
    config = _from_table(raw, source)
    return with_secret(_with_environment(config))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name} is not valid TOML: {error}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name} cannot be read: {error}.") from None


def _from_table(raw: dict[str, Any], path: Path) -> Config:
    defaults = {key: value for key, value in raw.items() if isinstance(value, dict)}
    plain = {key: value for key, value in raw.items() if key not in defaults}
    for key, value in plain.items():
        _check(key, value, path)
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()
    }
    values["locked"] = frozenset(values.get("locked", ()))
    return Config(**values, defaults=defaults)


def _check(key: str, value: object, path: Path) -> None:
    if key not in KEYS:
        near = difflib.get_close_matches(key, KEYS, 1)
        hint = f" Did you mean `{near[0]}`?" if near else f" Known keys: {', '.join(KEYS)}."
        raise ConfigError(f"{path.name} has an unknown key `{key}`.{hint}")
    if type(value) is not KEYS[key] or not _usable(key, value):
        raise ConfigError(f"{path.name}: `{key}` is {value!r}; it must be {EXPECTED[key]}.")


def _usable(key: str, value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    if key == "timezone":
        return value in zoneinfo.available_timezones()
    if key == "language":
        return bool(localedata.exists(value.replace("-", "_")))
    return key != "proxy_count" or 0 <= value <= 10


def _with_environment(config: Config) -> Config:
    changes: dict[str, Any] = {}
    if url := os.environ.get("ERP_DATABASE_URL"):
        changes["database_url"] = url
    if secret := os.environ.get("ERP_SECRET_KEY"):
        changes["secret_key"] = secret
    if os.environ.get("ERP_SAFE_MODE", "").lower() in {"1", "true", "yes"}:
        changes["safe_mode"] = True
    url = normalise_url(changes.get("database_url", config.database_url))
    return replace(config, **(changes | {"database_url": url}))


def normalise_url(url: str) -> str:
    """Name the driver in a database URL; refuses engines that are not supported."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return _readable("postgresql+psycopg://" + url.removeprefix(prefix))
    if url.startswith(("sqlite:///", "postgresql+psycopg://")):
        return _readable(url)
    raise ConfigError(
        f"database_url is {url.split('@')[-1]!r}; it must start with sqlite:/// or "
        "postgresql+psycopg://, for example sqlite:///instance/pegboard.sqlite3."
    )


def _readable(url: str) -> str:
    try:
        make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError(
            f"database_url cannot be read: {url.split('@')[-1]!r}; it looks like "
            "postgresql+psycopg://user@host:5432/database."
        ) from None
    return url


def with_secret(config: Config) -> Config:
    """Use the configured secret key, or one kept in the instance folder (made on first start)."""
    if not config.secret_key:
        config = replace(config, secret_key=kept_secret(Path("instance/secret_key")))
    if len(config.secret_key) < 32:
        raise ConfigError("secret_key is shorter than 32 characters; use a long random one.")
    return config


def kept_secret(path: Path) -> str:
    """Return the secret in a file; the first who asks makes it, complete or not at all."""
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48), encoding="utf-8")
        with contextlib.suppress(FileExistsError):  # another process was first
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="utf-8").strip()
