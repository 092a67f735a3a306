"""Several processes on one PostgreSQL: toggles hold everywhere, the refresh runs once."""

from __future__ import annotations

import re
import time
import urllib.parse
import urllib.request
from datetime import datetime
from http.cookiejar import CookieJar
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.scenarios.site import Site, wait_for

TOKEN = re.compile(r'name="csrf[-_]token"[^>]*(?:content|value)="([^"]+)"')


class Browser:
    """Signs in over HTTP and opens pages of one server."""

    def __init__(self, base: str, email: str, password: str) -> None:
        self.base = base
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        self.opener = urllib.request.build_opener(jar)
        found = TOKEN.search(self.open("/login"))
        assert found, "the login page carries a token"
        form = {"email": email, "password": password, "csrf_token": found.group(1)}
        self.open("/login", form)

    def open(self, path: str, form: dict[str, str] | None = None) -> str:
        data = urllib.parse.urlencode(form).encode() if form else None
        with self.opener.open(self.base + path, data, timeout=30) as answer:
            return str(answer.read().decode())


def runs(site: Site) -> list[tuple[Any, ...]]:
    url = make_url(site.url).set(drivername="postgresql")
    query = (
        "SELECT state, rows_touched, duration_ms, started_at FROM core_job_run "
        "WHERE job = 'backorders.refresh' ORDER BY id"
    )
    with psycopg.connect(url.render_as_string(hide_password=False)) as link:
        return link.execute(query).fetchall()


@pytest.mark.feature("F145", "F107")
def test_a_toggle_of_one_process_holds_in_the_next_request_of_the_others(
    shared_site: Site,
) -> None:
    email, password = shared_site.person("admin")
    first, second = (Browser(shared_site.serve(), email, password) for _ in range(2))
    for browser in (first, second):
        assert "Back orders" in menu(browser)

    shared_site.run("setting", "set", "backorders", "enable_backorder_workflow", "false")
    for browser in (first, second):
        assert "Back orders" not in menu(browser)

    shared_site.run("setting", "set", "backorders", "enable_backorder_workflow", "true")
    shared_site.run("plugin", "disable", "purchasing", "--yes")
    for browser in (first, second):
        assert "Back orders" in menu(browser)
        assert "Purchase orders" not in menu(browser)


def menu(browser: Browser) -> str:
    page = browser.open("/")
    return page[page.index("<nav") : page.index("</nav>")]


@pytest.mark.feature("F107")
def test_two_workers_run_the_refresh_once_for_each_period(shared_site: Site) -> None:
    shared_site.run("setting", "set", "backorders", "backorder_refresh_minutes", "1")
    for _ in range(2):
        shared_site.start("worker")

    first = wait_for(lambda: [run for run in runs(shared_site) if run[0] == "done"], 60)
    time.sleep(6)

    assert len(runs(shared_site)) == 1, "two workers, one period, one run"
    assert first[0][2] is not None
    assert isinstance(first[0][3], datetime)
