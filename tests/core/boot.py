"""Build applications with the toy plugins of this suite, without showing them to other tests."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

from erp_core.admin import sentences
from erp_core.app import Erp, create_app
from erp_core.config import Config
from erp_core.testing.fixtures import SECRET

FOREIGN = Path(__file__).parents[1] / "fixture_plugins"
TOYS = FOREIGN / "toys"
TOY_NAMES = ("toy_gadget", "toy_gizmo")


@contextmanager
def namespace_kept() -> Iterator[None]:
    """Undo what `plugin_paths` adds to the `plugins` package of this process."""
    package = importlib.import_module("plugins")
    before = package.__path__
    try:
        yield
    finally:
        package.__path__ = before


def boot(url: str, *, plugins: tuple[str, ...] = TOY_NAMES, **options: Any) -> Erp:
    """Build an application with foreign plugins."""
    options.setdefault("plugin_paths", (str(TOYS),))
    with namespace_kept():
        app = create_app(Config(database_url=url, secret_key=SECRET, plugins=plugins, **options))
    app.testing = True
    sentences._sentences.cache_clear()  # the tables of the toys came after it was filled
    return app


def toy(module: str) -> Any:
    """Return a module of a toy plugin, which is there once an application was built with it."""
    return sys.modules[f"plugins.{module}"]


def write_plugin(folder: Path, name: str, *, manifest: str = "", register: str = "pass") -> Path:
    """Write a small plugin; `manifest` holds further arguments, `register` the body."""
    home = folder / name
    home.mkdir(parents=True)
    (home / "__init__.py").write_text(
        "from erp_core.plugin import Permission, Plugin\n"
        f"plugin = Plugin(name={name!r}, title={name!r}, version='1', {manifest})\n",
        encoding="utf-8",
    )
    body = "\n".join(f"    {line}" for line in dedent(register).strip().splitlines())
    (home / "register.py").write_text(f"def register(erp):\n{body}\n", encoding="utf-8")
    return home
