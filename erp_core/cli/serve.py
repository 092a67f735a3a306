"""erp run, worker, demo: start the web server and the worker."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path

import click
import sqlalchemy as sa
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_security import hash_password
from waitress import create_server

from erp_core import migrate
from erp_core.access import ADMIN, create_user
from erp_core.cli.data import initialise
from erp_core.db import db, transaction
from erp_core.errors import ErpError
from erp_core.models import User
from erp_core.ports import DemoData
from erp_core.registry import providers
from erp_core.scheduler import Worker, run_until_stopped

log = logging.getLogger(__name__)
DEMO_EMAIL = "admin@example.com"


def _application() -> Flask:
    return current_app._get_current_object()  # type: ignore[attr-defined, no-any-return]


def _check_schema() -> None:
    behind = migrate.pending()
    if behind:
        raise ErpError(
            f"The tables of {', '.join(behind)} are not up to date; run `erp init` or "
            "`erp db upgrade` first."
        )


@click.command("run")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64))
@with_appcontext
def run_command(host: str, port: int, threads: int) -> None:
    """Serve the web face and the API (for many users put gunicorn in front of the same app)."""
    _check_schema()
    serve(_application(), host=host, port=port, threads=threads)


def serve(app: Flask, *, host: str, port: int, threads: int = 8) -> None:
    """Serve until stopped; says the address on stderr. Raises ErpError for a taken port."""
    try:
        server = create_server(app, host=host, port=port, threads=threads, ident="pegboard")
    except OSError as error:
        raise ErpError(f"Port {port} on {host} cannot be used: {error.strerror}.") from None
    click.echo(f"Serving on http://{host}:{port}", err=True)
    server.run()


@click.command("worker")
@with_appcontext
def worker_command() -> None:
    """Run scheduled and queued jobs; several may run, one leads."""
    _check_schema()
    run_until_stopped(_application())


@click.command("demo")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@with_appcontext
def demo_command(host: str, port: int) -> None:
    """Create a demo business if the database is empty, then serve it with a worker inside."""
    initialise()
    password = _demo_account()
    with transaction():
        for source in providers(DemoData):  # type: ignore[type-abstract]
            click.echo(source.fill() or "Using the data that is there.", err=True)
    click.echo(f"Sign in at http://{host}:{port} as {DEMO_EMAIL} with {password}")
    worker = Worker(_application())
    worker.start()
    try:
        serve(_application(), host=host, port=port)
    finally:
        worker.stop()


def _demo_account() -> str:
    """Make sure the demo's administrator exists; returns the password, kept for the next start."""
    path = Path("instance/demo_password")
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(12), encoding="utf-8")
    password = path.read_text(encoding="utf-8").strip()
    with transaction():
        known = db.session.scalar(sa.select(User).filter_by(email=DEMO_EMAIL))
        if known is None:
            create_user(DEMO_EMAIL, password, [ADMIN])
        else:
            known.password = hash_password(password)
    return password


commands = [run_command, worker_command, demo_command]
