"""Addresses, waiting times and digests, with paper and pencil."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plugins.email_templates.addresses import clean_address, clean_addresses, one_line
from plugins.email_templates.domain.waiting import Digest, held_until, next_try

REFUSED = {
    "": "There is no e-mail address",
    "   ": "There is no e-mail address",
    "a@example.com\r\nBcc: b@example.com": "control characters",
    "a@example.com\nX: y": "control characters",
    "a\x00@example.com": "control characters",
    "a@example.com, b@example.com": "several addresses",
    "a@example.com;b@example.com": "several addresses",
    "a": "is not an e-mail address",
    "@example.com": "is not an e-mail address",
    "a b@example.com": "is not an e-mail address",
    "a@b@example.com": "is not an e-mail address",
    ".a@example.com": "is not an e-mail address",
    "a..b@example.com": "is not an e-mail address",
    "<a@example.com>": "is not an e-mail address",
    "pétra@example.com": "is not an e-mail address",
    "a@": "no usable domain",
    "a@localhost": "no usable domain",
    "a@exa mple.com": "no usable domain",
    "a@-example.com": "no usable domain",
    "a@example..com": "no usable domain",
    "a@[127.0.0.1]": "no usable domain",
    f"{'a' * 65}@example.com": "is not an e-mail address",
    f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 20}.com": "at most 254",
}


@pytest.mark.parametrize("text", REFUSED)
def test_an_address_that_could_go_astray_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=REFUSED[text]):
        clean_address(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" petra@example.com ", "petra@example.com"),
        ("o'neil+news@mail.example.org", "o'neil+news@mail.example.org"),
        ("post@bücher.example", "post@xn--bcher-kva.example"),
    ],
)
def test_a_good_address_is_kept(text: str, found: str) -> None:
    assert clean_address(text) == found


def test_addresses_stand_in_lines_and_count_once() -> None:
    assert clean_addresses("a@x.org\n\n b@x.org\na@x.org") == ["a@x.org", "b@x.org"]


def test_a_header_is_one_line() -> None:
    assert one_line(" Petra\r\nBcc:\x00 eve\t ") == "Petra Bcc: eve"


def test_tries_follow_the_schedule_and_end_after_two_days() -> None:
    waits = [next_try(number, timedelta(0)) for number in range(1, 7)]
    minutes = [wait and wait.total_seconds() / 60 for wait in waits]
    assert minutes == [1, 5, 15, 60, 240, 240]
    assert next_try(9, timedelta(hours=47)) == timedelta(hours=4)
    assert next_try(9, timedelta(hours=48)) is None


@pytest.mark.parametrize(
    ("digest", "at", "until"),
    [
        (Digest.EACH, (2026, 11, 22, 7, 30), None),
        (Digest.HOURLY, (2026, 11, 22, 23, 59), (2026, 11, 23, 0)),
        (Digest.DAILY, (2026, 11, 22, 5, 59), (2026, 11, 22, 6)),
        (Digest.DAILY, (2026, 11, 22, 6, 0), (2026, 11, 23, 6)),
        (Digest.DAILY, (2026, 12, 31, 7, 0), (2027, 1, 1, 6)),
    ],
)
def test_a_digest_waits_for_its_hour(
    digest: Digest, at: tuple[int, ...], until: tuple[int, ...] | None
) -> None:
    found = held_until(digest, datetime(*at, tzinfo=UTC))  # type: ignore[misc]
    assert found == (datetime(*until, tzinfo=UTC) if until else None)  # type: ignore[misc]
