"""Which e-mail addresses can be written to, and why another cannot (reliability.md 1.4)."""

from __future__ import annotations

import re

MOST = 254
"""Characters of an address (RFC 5321)."""

_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def clean_address(text: str) -> str:
    """Return one usable address, its domain in ASCII.

    Raises ValueError with a sentence for none, several, control characters (CR, LF, NUL), a
    missing or unusable domain, or more than 254 characters.
    """
    typed = text.strip(" \t")
    shown = ascii(typed[:60])
    if not typed:
        raise ValueError("There is no e-mail address")
    if _CONTROL.search(typed):
        raise ValueError(f"{shown} holds control characters; an address such as name@example.com")
    if "," in typed or ";" in typed:
        raise ValueError(f"{shown} holds several addresses; one such as name@example.com")
    local, at, domain = typed.rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or ".." in f".{local}.":
        raise ValueError(f"{shown} is not an e-mail address such as name@example.com")
    found = f"{local}@{_domain(domain, shown)}"
    if len(found) > MOST:
        raise ValueError(f"An address has at most {MOST} characters; this one has {len(found)}")
    return found


def _domain(domain: str, shown: str) -> str:
    try:
        found = domain.encode("idna").decode("ascii")
    except UnicodeError:
        found = ""
    labels = found.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(f"{shown} has no usable domain; an address such as name@example.com")
    return found


def clean_addresses(text: str) -> list[str]:
    """Return the addresses of a text with one in each line; raises ValueError for a wrong one."""
    return list(dict.fromkeys(clean_address(line) for line in text.splitlines() if line.strip()))


def one_line(text: str) -> str:
    """Return a text fit for a header: no control characters, blanks in a row become one."""
    return " ".join(_CONTROL.sub(" ", text).split())
