"""Whole HTTP requests of the pages that people look at all day, at every size of the book."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from benchmarks.commands import Series
from benchmarks.places import Place
from erp_core.testing.people import Person, admin
from erp_core.testing.statements import statements

ROUNDS, WARM_UP = 15, 2
MANAGE_ORDERS, PARTIAL = "/sales/order/", "/sales/order/?backorder=partial"
BACK_ORDERS = "/backorders/backorder/"
LAST = "Manage Orders, Partial, last page"


class Reader:
    """Somebody signed in who opens the pages of one place."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.person: Person = admin(place.app)
        self.pages = {
            "Manage Orders": MANAGE_ORDERS,
            "Manage Orders, Partial": PARTIAL,
            LAST: self._last(PARTIAL),
            "Back Orders": BACK_ORDERS,
        }
        self.series = {name: Series() for name in self.pages}

    def _last(self, url: str) -> str:
        """Return the address behind the link to the last page, as the page offers it."""
        page = self.person.page(url)
        tags = re.findall(r"<a\b[^>]*>", page)
        for tag in tags:
            if re.search(r'aria-label="Last page', tag):
                return html.unescape(re.search(r'href="([^"]+)"', tag)[1])  # type: ignore[index]
        numbered = [html.unescape(u) for u in re.findall(r'href="([^"]*[?&]page=\d+[^"]*)"', page)]
        return max(numbered, key=_number, default=url)

    def round(self) -> None:
        for name, url in self.pages.items():
            cost, _ = self.place.meter.measure(lambda u=url: self.person.page(u), tidy=False)
            self.series[name].costs.append(cost)

    def count_statements(self) -> None:
        for name, url in self.pages.items():
            with statements(self.place.app) as seen:
                self.person.page(url)
            self.series[name].statements = len(seen)


def _number(url: str) -> int:
    return int(parse_qs(urlsplit(url).query).get("page", ["0"])[0])


def compare(places: Sequence[Place]) -> list[Reader]:
    """Open every page on every place in turn."""
    readers = [Reader(place) for place in places]
    for turn in range(ROUNDS + WARM_UP):
        for reader in readers:
            if turn == WARM_UP:
                reader.series = {name: Series() for name in reader.pages}
            reader.round()
    for reader in readers:
        reader.count_statements()
    return readers
