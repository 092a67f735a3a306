"""How e-mails leave: the mail server, the sender, and how long contents are kept."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from erp_core.plugin import PluginSettings
from plugins.email_templates.addresses import clean_address, one_line


class TlsMode(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


def _address(value: str) -> str:
    return clean_address(value) if value.strip() else ""


def _line(value: str) -> str:
    return one_line(value)


Address = Annotated[str, AfterValidator(_address)]
Line = Annotated[str, AfterValidator(_line)]


class MailSettings(PluginSettings):
    """The mail server and the sender; each company may have its own.

    The password is not a setting: it comes from ERP_SMTP_PASSWORD, or from the file that
    ERP_SMTP_PASSWORD_FILE names.
    """

    smtp_host: Line = Field(
        "",
        max_length=200,
        description="Name of the mail server. Empty: e-mails are queued and nothing is sent.",
        json_schema_extra={"label": "Mail server"},
    )
    smtp_port: int = Field(
        587,
        ge=1,
        le=65535,
        description="Usually 587 with STARTTLS, 465 with TLS, 25 without.",
        json_schema_extra={"label": "Port"},
    )
    smtp_tls: TlsMode = Field(
        TlsMode.STARTTLS,
        description="STARTTLS and TLS check the server's certificate.",
        json_schema_extra={
            "label": "Encryption",
            "choices": {"starttls": "STARTTLS", "tls": "TLS from the start", "none": "None"},
        },
    )
    smtp_user: Line = Field(
        "",
        max_length=200,
        description="Name to sign in with. Empty: without signing in. The password comes from the "
        "environment: ERP_SMTP_PASSWORD or ERP_SMTP_PASSWORD_FILE.",
        json_schema_extra={"label": "User"},
    )
    smtp_timeout_seconds: int = Field(
        30,
        ge=1,
        le=120,
        description="How long the server may take for one answer.",
        json_schema_extra={"label": "Patience", "unit": "seconds"},
    )
    from_address: Address = Field(
        "",
        max_length=254,
        description="Sender of all e-mails. Empty: nothing is sent.",
        json_schema_extra={"label": "Sender"},
    )
    from_name: Line = Field(
        "",
        max_length=100,
        description="Name shown with the sender.",
        json_schema_extra={"label": "Sender's name"},
    )
    reply_to: Address = Field(
        "",
        max_length=254,
        description="Where answers go. Empty: to the sender.",
        json_schema_extra={"label": "Answers to"},
    )
    unsubscribe_address: Address = Field(
        "",
        max_length=254,
        description="Named in the List-Unsubscribe header of e-mails whose assignment lets people "
        "opt out. Empty: no such header.",
        json_schema_extra={"label": "Address for opting out"},
    )
    keep_days: int = Field(
        90,
        ge=1,
        le=3650,
        description="After this time the contents of closed e-mails are removed; who got what, "
        "when, stays.",
        json_schema_extra={"label": "Keep contents", "unit": "days"},
    )
