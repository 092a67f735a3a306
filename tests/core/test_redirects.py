"""Where a redirect may lead: into this site, never out of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from erp_core.access import create_user
from erp_core.admin.web import safe_target
from erp_core.app import Erp
from erp_core.testing.people import Person
from tests.core.test_access import PASSWORD, sign_in

INSIDE = ["/", "/toy/mood", "/toy/mood?x=1&y=/a", "/a/b#c", "/ü", "/a//b", "/%2F%2Fevil.example"]
OUTSIDE = [
    "",
    "//evil.example",
    "///evil.example",
    "////evil.example/",
    "http://evil.example",
    "https://evil.example/a",
    "HTTPS://evil.example",
    "http:evil.example",
    "http:/evil.example",
    "ftp://evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "evil.example",
    "evil.example/a",
    "@evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/a\\b",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nLocation: http://evil.example",
    "\x00/a",
    "/\x00/evil.example",
    "/a\x7f",
    "?next=//evil.example",
    "#//evil.example",
    "..//evil.example",
    "./a",
    ".//evil.example",
]


@pytest.mark.parametrize("target", INSIDE)
def test_a_path_of_this_site_is_kept(target: str) -> None:
    assert safe_target(target) == target


@pytest.mark.parametrize("target", OUTSIDE)
def test_everything_else_becomes_the_fallback(target: str) -> None:
    assert safe_target(target, fallback="/home") == "/home"


def test_nothing_becomes_the_fallback() -> None:
    assert safe_target(None) == "/"


def leads_outside(location: str | None) -> bool:
    """Say whether a browser that reads this header leaves the site."""
    cleaned = "".join(char for char in location or "" if char not in "\t\r\n").replace("\\", "/")
    target = urlsplit(urljoin("http://localhost/login", cleaned.strip()))
    return target.scheme != "http" or target.hostname != "localhost"


@pytest.mark.parametrize("toy_database", ["sqlite"], indirect=True)
def test_no_form_of_the_grid_leads_outside(toy_app: Erp) -> None:
    person = Person(toy_app, "admin")
    for target in [*INSIDE, *OUTSIDE]:
        form = {"name": f"g {target[:30]!r}", "weight": "1", "number": "1"}
        made = person.post("/toy_gadget/gadget/new/", form, query_string={"url": target})
        assert made.status_code == 302, made.text[:500]
        assert not leads_outside(made.location), (target, made.location)
        gone = person.post("/toy_gadget/gadget/delete/", {"id": "1", "url": target})
        assert not leads_outside(gone.location), (target, gone.location)


@pytest.mark.parametrize("toy_database", ["sqlite"], indirect=True)
def test_signing_in_never_leads_outside(
    toy_app: Erp, toy_act: Callable[[Callable[[], Any]], Any]
) -> None:
    toy_act(lambda: create_user("a@example.com", PASSWORD, ["viewer"]))
    for number, target in enumerate(OUTSIDE[1:], 1):
        client = toy_app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"10.0.0.{number}"  # attempts are limited
        answer = sign_in(client, "a@example.com", PASSWORD, target)
        assert answer.status_code in {200, 302}, (target, answer.text[:300])
        assert not leads_outside(answer.location), (target, answer.location)
