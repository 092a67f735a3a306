"""erp init, db, setting: create and look after the database."""

from __future__ import annotations

import json
from typing import Any

import click
from flask.cli import AppGroup, with_appcontext

from erp_core import migrate
from erp_core.cli.output import json_option, show
from erp_core.companies import add_company, first_company
from erp_core.db import transaction
from erp_core.registry import forget_state
from erp_core.settings import GLOBAL, Scope, resolve, save


def initialise() -> list[str]:
    """Create or upgrade all tables and make sure that there is a company."""
    changed = migrate.upgrade()
    forget_state()
    with transaction():
        if first_company() is None:
            add_company("MAIN", "My company")
    return changed


@click.command("init")
@with_appcontext
def init_command() -> None:
    """Create the database (or bring it up to date)."""
    changed = initialise()
    click.echo(f"Ready. Tables brought up to date: {', '.join(changed) or 'none'}.", err=True)


db_group = AppGroup("db", help="The schema: one history for the core and each plugin.")


@db_group.command("upgrade")
@click.argument("owner", required=False)
def upgrade_command(owner: str | None) -> None:
    """Bring the tables of all (or one) up to date."""
    changed = migrate.upgrade(owner)
    click.echo(f"Brought up to date: {', '.join(changed) or 'nothing to do'}.", err=True)


@db_group.command("revision")
@click.argument("owner")
@click.option("-m", "--message", required=True)
def revision_command(owner: str, message: str) -> None:
    """Write a revision with the differences between the models and the tables of OWNER."""
    click.echo(str(migrate.revision(owner, message)))


@db_group.command("current")
@json_option
def current_command(as_json: bool) -> None:
    """Show the revision of each owner's tables."""
    found = migrate.current()
    text = "\n".join(f"{owner:20} {revision or '-'}" for owner, revision in found.items())
    show(found, text, as_json=as_json)


setting_group = AppGroup("setting", help="Read and change settings.")


@setting_group.command("get")
@click.argument("plugin")
@click.argument("key", required=False)
@json_option
def get_command(plugin: str, key: str | None, as_json: bool) -> None:
    """Show one setting of PLUGIN, or all, with where each value comes from."""
    found = [item for item in resolve(plugin) if key in (None, item.key)]
    if not found:
        raise click.UsageError(f"{plugin} has no setting {key!r}.")
    data = {item.key: {"value": _plain(item.value), "source": item.source} for item in found}
    text = "\n".join(f"{item.key} = {_plain(item.value)}  ({item.source})" for item in found)
    show(data, text, as_json=as_json)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | None) else str(value)


@setting_group.command("set")
@click.argument("plugin")
@click.argument("key")
@click.argument("value")
@click.option("--company", type=int, help="Only for this company's id.")
def set_command(plugin: str, key: str, value: str, company: int | None) -> None:
    """Save VALUE (true, false, a number or text) for KEY of PLUGIN; holds at once everywhere."""
    scope = Scope("company", company) if company else GLOBAL
    with transaction():
        stored = save(plugin, key, _parse(value), scope, by="command")
    click.echo(f"{plugin}.{key} = {_plain(stored)}", err=True)


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


commands: list[click.Command] = [init_command, db_group, setting_group]
