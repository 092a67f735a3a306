"""erp plugin: list, enable, disable, check, purge; erp check."""

from __future__ import annotations

import subprocess
import sys

import click
from flask.cli import AppGroup, with_appcontext

from erp_core import lifecycle, migrate
from erp_core.cli.output import json_option, show
from erp_core.db import transaction
from erp_core.errors import ErpError
from erp_core.registry import enabled, registry
from erp_core.settings import file_problems

plugin_group = AppGroup("plugin", help="Installed plugins: list, switch on and off, purge.")


@plugin_group.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Show every installed plugin, whether it is on, and those that cannot be loaded."""
    found = [
        {
            "name": item.name,
            "title": item.manifest.title,
            "version": item.manifest.version,
            "enabled": enabled(item.name),
            "depends": list(item.manifest.depends),
        }
        for item in registry().plugins
    ]
    broken = [{"name": item.name, "reason": item.reason} for item in registry().broken]
    lines = [f"{p['name']:18} {'on ' if p['enabled'] else 'off'}  {p['title']}" for p in found]
    lines += [f"{item['name']:18} cannot be loaded: {item['reason']}" for item in broken]
    show({"plugins": found, "broken": broken}, "\n".join(lines), as_json=as_json)


@plugin_group.command("enable")
@click.argument("name")
def enable_command(name: str) -> None:
    """Switch NAME on, with everything it needs."""
    with transaction():
        changed = lifecycle.enable(name)
    click.echo(f"On: {', '.join(changed) or 'already on'}.", err=True)


@plugin_group.command("disable")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Also hide the plugins that need it.")
def disable_command(name: str, yes: bool) -> None:
    """Switch NAME off. Its data stays."""
    hidden = lifecycle.would_hide(name)
    if hidden and not yes:
        raise ErpError(f"{', '.join(hidden)} need {name} and would be hidden too; add --yes.")
    with transaction():
        lifecycle.disable(name)
    click.echo(f"Off: {', '.join([name, *hidden])}. All data stays.", err=True)


@plugin_group.command("purge")
@click.argument("name")
@click.option("--confirm", help="Type the plugin's name again: its tables and data go for good.")
def purge_command(name: str, confirm: str | None) -> None:
    """Remove the tables of a plugin that is off."""
    registry().found(name)
    if enabled(name):
        raise ErpError(f"{name} is on; switch it off first with `erp plugin disable {name}`.")
    if confirm != name:
        raise ErpError(f"This removes all data of {name}. Add `--confirm {name}` to go on.")
    _refuse_while_needed(name)
    migrate.downgrade(name)
    click.echo(f"The tables of {name} are gone.", err=True)


def _refuse_while_needed(name: str) -> None:
    """Tables of other plugins may refer to those of this one, also while they are off."""
    revisions = migrate.current()
    needing = [item for item in registry().dependants(name) if revisions.get(item)]
    if needing:
        raise ErpError(f"{', '.join(needing)} need the tables of {name}; purge them first.")


@plugin_group.command("check")
@click.argument("name")
@json_option
def check_plugin_command(name: str, as_json: bool) -> None:
    """Run the conformance suite on NAME, in a process and on a database of its own."""
    registry().found(name)
    command = [sys.executable, "-m", "erp_core.testing", name, *(["--json"] if as_json else [])]
    sys.exit(subprocess.run(command, check=False).returncode)  # noqa: S603 - our own program


@click.command("check")
@json_option
@with_appcontext
def check_command(as_json: bool) -> None:
    """Check the configuration, the schema and the plugins; exit code 1 if something is wrong."""
    found = {
        "configuration": file_problems(registry()),
        "schema": _schema_problems(),
        "plugins": [f"{item.name} cannot be loaded: {item.reason}" for item in registry().broken],
    }
    lines = [f"{topic}: {text}" for topic, texts in found.items() for text in texts or ["ok"]]
    show(found, "\n".join(lines), as_json=as_json)
    sys.exit(1 if any(found.values()) else 0)


def _schema_problems() -> list[str]:
    try:
        behind = migrate.pending()
    except ErpError as error:
        return [str(error)]
    late = [f"The tables of {owner} are behind; run `erp db upgrade`." for owner in behind]
    owners = [item.owner for item in migrate.histories() if item.owner not in behind]
    return late + [
        f"The tables of {owner} are not what the program expects: {str(item)[:160]}."
        for owner in owners
        for item in migrate.differences(owner)
    ]


commands: list[click.Command] = [plugin_group, check_command]
