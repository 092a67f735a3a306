"""erp user, token: people and integrators."""

from __future__ import annotations

import sys

import click
import sqlalchemy as sa
from flask.cli import AppGroup

from erp_core.access import all_permissions, create_token, create_user
from erp_core.db import db, transaction
from erp_core.errors import ErpError
from erp_core.models import User

user_group = AppGroup("user", help="People who sign in.")
token_group = AppGroup("token", help="API tokens.")


@user_group.command("create")
@click.option("--email", required=True)
@click.option("--role", "roles", required=True, multiple=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create_user_command(email: str, roles: tuple[str, ...], password_stdin: bool) -> None:
    """Create a person who can sign in."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else _ask()
    with transaction():
        create_user(email, password, list(roles))
    click.echo(f"{email} can sign in now.", err=True)


def _ask() -> str:
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


@token_group.command("create")
@click.option("--email", required=True, help="The person the token acts for.")
@click.option("--name", required=True)
@click.option("--scope", "scopes", multiple=True, help="A permission; none means all of theirs.")
def create_token_command(email: str, name: str, scopes: tuple[str, ...]) -> None:
    """Create an API token; its text is shown this once."""
    unknown = set(scopes) - {permission.key for permission in all_permissions()}
    if unknown:
        raise ErpError(f"No permission is called {sorted(unknown)[0]!r}.")
    with transaction():
        user = db.session.scalar(sa.select(User).filter_by(email=email))
        if user is None:
            raise ErpError(f"Nobody has the address {email}.")
        text = create_token(user, name, list(scopes))
    click.echo(text)


commands = [user_group, token_group]
