"""The `erp` command: start, look after and ask the system from a terminal."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast

import click
from flask import Flask
from flask.cli import with_appcontext

from erp_core.audit import act_as
from erp_core.cli import access, data, plugins, serve, verify
from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.registry import Registry, enabled

Callback = Callable[..., Any]


def add_commands(app: Flask, known: Registry) -> None:
    """Hang the core's commands and those of the plugins below `erp`."""
    for command in (
        *serve.commands,
        *data.commands,
        *plugins.commands,
        *access.commands,
        *verify.commands,
    ):
        _merge(app.cli, command)
    for owned in known.commands:
        _gate(owned.thing, owned.owner)
        _merge(app.cli, owned.thing)


def _merge(group: click.Group, command: click.Command) -> None:
    """Add a command; a group of the same name takes in its members."""
    existing = group.commands.get(command.name or "")
    if isinstance(existing, click.Group) and isinstance(command, click.Group):
        for member in command.commands.values():
            _merge(existing, member)
    else:
        group.add_command(command)


def _gate(command: click.Command, owner: str) -> None:
    """Let a switched-off plugin's command refuse with a sentence."""
    if isinstance(command, click.Group):
        for member in command.commands.values():
            _gate(member, owner)
    elif command.callback is not None:
        command.callback = _gated(command.callback, owner)


def _gated(callback: Callback, owner: str) -> Callback:
    @with_appcontext
    @functools.wraps(callback)
    def run(*args: Any, **kwargs: Any) -> Any:
        if not enabled(owner):
            raise ErpError(f"The plugin {owner} is off; `erp plugin enable {owner}` turns it on.")
        db.session.rollback()
        act_as("command")
        return callback(*args, **kwargs)

    return cast(Callback, run)
