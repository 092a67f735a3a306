"""A real mail server with encryption and a password, as a business has one."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler
from aiosmtpd.smtp import AuthResult, LoginPassword

from plugins.email_templates.domain.states import State
from plugins.email_templates.services import outbox
from tests.plugins.email_templates.postoffice import fill, send, states, use
from tests.scenarios.site import free_port


class Inbox(Handler):
    """Keeps what arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.messages.append(message)


def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data == LoginPassword(b"shop", b"s3cret")
    return AuthResult(success=good, handled=good)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: Any) -> Path:
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    folder = Path(tmp_path_factory.mktemp("tls"))
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    command = ["openssl", *words.split(), *names, *files]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture
def office(certificate: Path) -> Iterator[tuple[Controller, Inbox]]:
    """A server that demands STARTTLS and signing in."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    inbox = Inbox()
    options = {"tls_context": context, "require_starttls": True, "auth_required": True}
    controller = Controller(inbox, "127.0.0.1", free_port(), authenticator=check, **options)
    controller.start()
    yield controller, inbox
    controller.stop()


def test_mail_leaves_by_starttls_with_the_password_from_a_file(
    app: Any, act: Any, office: Any, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller, inbox = office
    secret = certificate / "password"
    secret.write_text("s3cret\n", encoding="utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    monkeypatch.setenv("ERP_SMTP_PASSWORD_FILE", str(secret))
    act(lambda: use(controller.port, smtp_tls="starttls", smtp_user="shop"))
    act(lambda: fill(2))
    with app.app_context():
        assert send() == {"sent": 2}
    assert [message["To"] for message in inbox.messages] == [
        *("person1@example.com", "person2@example.com"),
    ]


FAULTS = {
    "answered 535": {"password": "wrong"},
    "certificate verify failed": {"trusted": False},
    "ERP_SMTP_PASSWORD_FILE names": {"file": "/nowhere/at/all"},
}


@pytest.mark.parametrize("sentence", FAULTS)
def test_what_keeps_a_mail_from_leaving_is_said(
    app: Any,
    act: Any,
    office: Any,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    sentence: str,
) -> None:
    fault: dict[str, Any] = FAULTS[sentence]
    if fault.get("trusted", True):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    monkeypatch.setenv("ERP_SMTP_PASSWORD", fault.get("password", "s3cret"))
    if "file" in fault:
        monkeypatch.setenv("ERP_SMTP_PASSWORD_FILE", fault["file"])
    act(lambda: use(office[0].port, smtp_tls="starttls", smtp_user="shop"))
    act(lambda: fill(1))
    with app.app_context():
        assert send() == {"queued": 1}
        mail = outbox.get(1)
        assert mail.state == State.QUEUED
        assert sentence in mail.reason
        assert "s3cret" not in mail.reason
    assert act(states) == {State.QUEUED: 1}
