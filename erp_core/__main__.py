"""The `erp` program: runs a command and turns errors into sentences and exit codes.

Exit codes: 0 ok, 1 failed, 2 bad usage or configuration, 3 verify found a difference.
"""

from __future__ import annotations

import logging
import sys

import click
from flask.cli import AppGroup, ScriptInfo
from sqlalchemy.exc import DBAPIError, IntegrityError

from erp_core.admin.sentences import sentence_for
from erp_core.app import create_app
from erp_core.errors import ConfigError, ErpError, PluginError

HELP = "Pegboard: notice the shortage, get the supply, give it out oldest order first."


def main() -> None:
    """Run the command line given to `erp`."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        app = create_app()
        group = AppGroup("erp", help=HELP, commands=app.cli.commands)
        code = group.main(obj=ScriptInfo(create_app=lambda: app), standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)  # what `ctx.exit(code)` gave
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(_say("Stopped.", 1))
    except (ConfigError, PluginError) as error:
        sys.exit(_say(str(error), 2))
    except ErpError as error:
        sys.exit(_say(str(error), 1))
    except IntegrityError as error:
        sys.exit(_say(sentence_for(error), 1))
    except DBAPIError as error:
        sys.exit(_say(f"The database cannot be used: {_first_line(error)}", 1))


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0]


def _say(sentence: str, code: int) -> int:
    click.echo(f"erp: {sentence}", err=True)
    return code


if __name__ == "__main__":
    main()
