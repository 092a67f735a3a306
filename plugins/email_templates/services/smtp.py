"""SMTP step by step, so that each answer of the server has its meaning (reliability.md 2.1).

Before the contents are on their way every failure is safe to repeat. From then on only an answer
of the server tells; without one the mail is uncertain.
"""

from __future__ import annotations

import contextlib
import os
import smtplib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from erp_core.errors import ErpError
from erp_core.settings import settings
from plugins.email_templates.addresses import one_line
from plugins.email_templates.domain.states import State
from plugins.email_templates.settings import MailSettings, TlsMode

PASSWORD = "ERP_SMTP_PASSWORD"  # noqa: S105 - the name of the variable
CLOSING = 421


@dataclass(frozen=True, slots=True)
class Server:
    """Where and as whom e-mails leave; equal for companies that share a mail server."""

    host: str
    port: int
    tls: TlsMode
    user: str
    timeout: int


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes."""

    address: str
    name: str
    reply_to: str
    unsubscribe: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a mail: its state (`queued`: try again) and the reason or the reply."""

    state: State
    words: str


class RefusedError(Exception):
    """The server said no, or nothing, before it had any contents; or it cannot be reached."""

    def __init__(self, result: Result, *, unreachable: bool = False) -> None:
        super().__init__(result.words)
        self.result = result
        self.unreachable = unreachable


def server_of(company_id: int | None) -> Server:
    """Return the mail server of a company."""
    found = settings(MailSettings, company=company_id or 0)
    host = (found.smtp_host, found.smtp_port, found.smtp_tls, found.smtp_user)
    return Server(*host, found.smtp_timeout_seconds)


def sender_of(company_id: int | None) -> Sender:
    """Return who writes for a company."""
    found = settings(MailSettings, company=company_id or 0)
    return Sender(found.from_address, found.from_name, found.reply_to, found.unsubscribe_address)


def password() -> str:
    """Return the password from the environment, or from the file it names; never a setting."""
    named = os.environ.get(f"{PASSWORD}_FILE")
    if not named:
        return os.environ.get(PASSWORD, "")
    try:
        return Path(named).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ErpError(f"{PASSWORD}_FILE names {named!r}: {error.strerror}.") from None


@dataclass(frozen=True, slots=True)
class Envelope:
    """One e-mail, ready to be written out; every recipient gets a message of their own."""

    sender: Sender
    address: str
    name: str
    subject: str
    text: str
    html: str
    message_id: str
    language: str = ""
    optional: bool = False

    def as_bytes(self) -> bytes:
        """Return the message as it goes over the wire. Raises ValueError for unusable headers."""
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(self.sender.name, addr_spec=self.sender.address)
        message["To"] = Address(one_line(self.name), addr_spec=self.address)
        message["Subject"] = self.subject
        message["Date"] = datetime.now(UTC)
        message["Message-ID"] = self.message_id
        message["Auto-Submitted"] = "auto-generated"
        if self.sender.reply_to:
            message["Reply-To"] = Address(addr_spec=self.sender.reply_to)
        if self.optional and self.sender.unsubscribe:
            target = f"<mailto:{self.sender.unsubscribe}?subject=unsubscribe>"
            message["List-Unsubscribe"] = target
        message.set_content(self.text)
        if self.html:
            message.add_alternative(self.html, subtype="html")
        if self.language:  # set_content() clears what it thinks describes older contents
            message["Content-Language"] = self.language
        return message.as_bytes()


class Connection:
    """An open connection to one server; it is opened again after whatever went wrong."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._smtp: smtplib.SMTP | None = None

    def announce(self, sender: str, address: str) -> None:
        """Say who writes to whom. Raises RefusedError with what to do about it."""
        smtp = self._smtp or self._opened()
        try:
            for code, said in (smtp.mail(sender), smtp.rcpt(address)):
                if code >= 400:
                    self._reset(code)
                    raise RefusedError(_answer(code, said))
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise RefusedError(Result(State.QUEUED, self._words(error))) from None

    def _opened(self) -> smtplib.SMTP:
        try:
            return self._open()
        except (OSError, smtplib.SMTPException, ErpError) as error:
            self.close()
            words = self._words(error)
            raise RefusedError(Result(State.QUEUED, words), unreachable=True) from None

    def transmit(self, contents: bytes) -> Result:
        """Send the contents; the server's answer decides, and without one nobody knows."""
        smtp = self._smtp
        assert smtp is not None, "announce() comes first"
        begun = False
        try:
            smtp.putcmd("data")
            code, said = smtp.getreply()
            if code != 354:
                self._reset(code)
                return _answer(max(code, 400), said)
            begun = True
            smtp.send(_dotted(contents))
            code, said = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            state = State.UNCERTAIN if begun else State.QUEUED
            return Result(state, self._words(error))
        if code >= 400:
            self._reset(code)
        return _answer(code, said)

    def withdraw(self) -> None:
        """Forget the announced recipient."""
        if self._smtp is not None:
            self._reset(250)

    def _open(self) -> smtplib.SMTP:
        server = self.server
        if server.tls is TlsMode.TLS:
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout, context=context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        self._smtp = smtp
        if server.tls is TlsMode.STARTTLS:
            smtp.starttls(context=ssl.create_default_context())
        if server.user:
            smtp.login(server.user, password())
        smtp.ehlo_or_helo_if_needed()
        return smtp

    def _reset(self, code: int) -> None:
        """Make the connection fit for the next mail, or give it up."""
        smtp = self._smtp
        try:
            if smtp is None or code == CLOSING or smtp.rset()[0] >= 400:
                self.close()
        except (OSError, smtplib.SMTPException):
            self.close()

    def _words(self, error: Exception) -> str:
        where = f"{self.server.host}:{self.server.port}"
        if isinstance(error, smtplib.SMTPResponseException):
            return f"{where} answered {error.smtp_code} {_text(error.smtp_error)}"[:500]
        if isinstance(error, TimeoutError):
            return f"{where} did not answer within {self.server.timeout} seconds."
        return f"{where}: {error}"[:500]

    def close(self) -> None:
        """End the connection, politely if possible."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                smtp.close()

    def quit(self) -> None:
        """Say good-bye after the last mail."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                smtp.quit()
                return
            smtp.close()


def _answer(code: int, said: bytes) -> Result:
    words = f"{code} {_text(said)}"[:500]
    if code < 400:
        return Result(State.SENT, words)
    return Result(State.QUEUED if code < 500 else State.FAILED, words)


def _text(said: bytes | str) -> str:
    return one_line(said.decode("utf-8", "replace") if isinstance(said, bytes) else said)


def _dotted(contents: bytes) -> bytes:
    """Return contents as DATA takes them: a leading dot doubled, ended by a dot of its own."""
    doubled = contents.replace(b"\r\n.", b"\r\n..")
    doubled = b"." + doubled if doubled.startswith(b".") else doubled
    return doubled + (b"" if doubled.endswith(b"\r\n") else b"\r\n") + b".\r\n"
