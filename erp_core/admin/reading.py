"""How screens read: a bounded count, one page by number or by key, all of it in one address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import g, request
from flask_admin.contrib.sqla import ModelView
from flask_admin.contrib.sqla.tools import get_field_with_path
from sqlalchemy.orm import joinedload

from erp_core.admin.paging import (
    AFTER,
    BEFORE,
    CAP,
    FIRST,
    LAST,
    Counted,
    Key,
    Place,
    beyond,
    place_of,
    usable,
)
from erp_core.db import db

EXACT = "exact"
MOST_PAGES = 10**8
NOT_KEPT = frozenset({"page", "count"})
"""What an address does not carry on when anything else of it changes."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the foot of a list says: where the page stands, and the pages around it."""

    counted: Counted
    place: Place = FIRST
    before: Place | None = None
    after: Place | None = None
    cap: int = CAP

    @property
    def long(self) -> bool:
        """Say whether pages go on from rows instead of bearing numbers."""
        return self.counted.more or self.counted.number > self.cap


class Reading(ModelView):
    """Count up to a cap and page by key behind it; `count=exact` in the address counts them all."""

    count_cap: ClassVar[int] = CAP

    def _conditions(self) -> list[Any]:
        """Return what the chosen select filters ask for."""
        raise NotImplementedError

    def led_by(self) -> list[Any]:
        """Return the columns of other tables that chosen filters read the list through."""
        raise NotImplementedError

    def get_query(self) -> Any:
        """Return the list query with the chosen select filters applied."""
        query = super().get_query()
        for column in self.led_by():
            query = query.join(column.class_, column == self._key_columns()[0])
        return query.filter(*self._conditions())

    def _key_columns(self) -> list[Any]:
        mapper: Any = sa.inspect(self.model)
        return [
            getattr(self.model, mapper.get_property_by_column(c).key) for c in mapper.primary_key
        ]

    def _get_list_extra_args(self) -> Any:
        """Read the page's place; a column nobody has sorts nothing, and a count is asked once."""
        found = super()._get_list_extra_args()
        found.page = g.erp_place = Place.read(request.args.get("page", ""))
        found.extra_args.pop("count", None)
        if found.sort is not None and not 0 <= found.sort < len(self._list_columns):
            found.sort = None
        return found

    def _get_list_url(self, view_args: Any) -> str:
        """Another order or page size starts at the front."""
        if view_args.page is g.get("erp_place"):
            view_args.page = None
        return str(super()._get_list_url(view_args))

    def get_list(
        self,
        page: Place | int | None,
        sort_column: str | None,
        sort_desc: bool,
        search: str | None,
        filters: Any,
        execute: bool = True,
        page_size: int | None = None,
    ) -> Any:
        """Return the count and the rows of a page; a place that is gone shows the first page."""
        query, joins = self._matching(search, filters)
        counted = self.counted(query)
        for relation in self._auto_joins:
            query = query.options(joinedload(relation))
        query, keys = self._in_order(query, joins, sort_column, sort_desc)
        size = self.page_size if page_size is None else page_size
        if not execute or not size:
            ordered = query.order_by(*(key.ordered() for key in keys))
            return counted.number, ordered.all() if execute else ordered
        place = page if isinstance(page, Place) else Place(page or 0)
        g.erp_shown, rows = Page(query, keys, size, counted, self.count_cap).read(place)
        return counted.number, rows

    def _matching(self, search: str | None, filters: Any) -> tuple[Any, Any]:
        query: Any = self.get_query()
        joins: dict[Any, Any] = {}
        if self._search_supported and search:
            query, _, joins, _ = self._apply_search(query, None, joins, {}, search)
        if filters and self._filters:
            query, _, joins, _ = self._apply_filters(query, None, joins, {}, filters)
        return query, joins

    def counted(self, query: Any) -> Counted:
        """Count rows up to the cap, or all of them when the address asks for that."""
        rows = query.order_by(None).with_entities(self._key_columns()[0])
        if request.args.get("count") == EXACT:
            return Counted(int(db.session.scalar(_count(rows)) or 0))
        found = db.session.scalar(_count(rows.limit(self.count_cap + 1)))
        return Counted.of(int(found or 0), self.count_cap)

    def _in_order(
        self, query: Any, joins: Any, sort_column: str | None, sort_desc: bool
    ) -> tuple[Any, list[Key]]:
        """Return the query with the joins of its order, and the order: the key breaks ties."""
        keys: list[Key] = []
        for field, path, desc in self._wished(sort_column, sort_desc):
            inner = bool(path) and all(map(_always_there, path))
            query, joins, alias = self._apply_path_joins(query, joins, path, inner_join=inner)
            column = field if alias is None else getattr(alias, field.key)
            keys.append(Key(column, bool(desc), _may_lack(field) or bool(path and not inner)))
        return query, self._with_ties_broken(keys)

    def _wished(self, sort_column: str | None, sort_desc: bool) -> Iterator[tuple[Any, Any, bool]]:
        if sort_column not in self._sortable_columns:
            yield from self._usual()
            return
        fields, paths = self._sortable_columns[sort_column], self._sortable_joins.get(sort_column)
        if not isinstance(fields, list):
            fields, paths = [fields], [paths]
        yield from ((field, path, sort_desc) for field, path in zip(fields, paths, strict=True))

    def _usual(self) -> Iterator[tuple[Any, Any, bool]]:
        wished = self.column_default_sort or []
        fields = wished if isinstance(wished, list) else [wished]
        for one in fields:
            name, desc = (one, False) if isinstance(one, str) else one
            yield (*get_field_with_path(self.model, name), desc)

    def _with_ties_broken(self, keys: list[Key]) -> list[Key]:
        """Add the primary key, as the table holds it that a filter reads the list through."""
        down = keys[-1].desc if keys else False
        own = self._key_columns()
        named = {key.column.key for key in keys if key.column.parent is own[0].parent}
        found = [*keys, *(Key(column, down) for column in own if column.key not in named)]
        lead = [*self.led_by(), own[0]][0]
        return [Key(lead, k.desc) if k.column is own[0] else k for k in found]

    def shown(self) -> Shown:
        """Return where the page of this request stands."""
        found: Shown = g.get("erp_shown") or Shown(Counted(0))
        return found


def kept_address(*dropped: str) -> dict[str, list[str]]:
    """Return the state that the address holds, without where its page stands."""
    leave = NOT_KEPT.union(dropped)
    return {key: values for key, values in request.args.lists() if key not in leave}


def _count(rows: Any) -> Any:
    return sa.select(sa.func.count()).select_from(rows.subquery())


def _always_there(relation: Any) -> bool:
    """Say whether every row has the other row, so that an inner join loses none."""
    return not any(column.nullable for column in relation.property.local_columns)


def _may_lack(field: Any) -> bool:
    columns = getattr(getattr(field, "property", None), "columns", None)
    return columns[0].nullable if columns else True


@dataclass(frozen=True, slots=True)
class Page:
    """Reads one page of a query in an order; one statement, one more when the place is gone."""

    query: Any
    keys: Sequence[Key]
    size: int
    counted: Counted
    cap: int

    def read(self, wanted: Place) -> tuple[Shown, list[Any]]:
        """Return the page's surroundings and its rows."""
        place = self._reachable(usable(wanted, self.keys))
        rows = self._fetch(place)
        ran_out = place.backwards and len(rows) <= self.size and place != LAST
        if place != FIRST and (not rows or ran_out):
            place, rows = FIRST, self._fetch(FIRST)
        more, rows = len(rows) > self.size, rows[: self.size]
        if place.backwards:
            rows.reverse()
        return self._around(place, rows, more), [row[0] for row in rows]

    def _reachable(self, place: Place) -> Place:
        """A page number leaps over rows, so it reaches as far as they were counted."""
        far = not place.step and place.number * self.size > self.cap
        return FIRST if far else place

    def _fetch(self, place: Place) -> list[Any]:
        """Read a row more than the page holds: it tells whether another page follows."""
        backwards = place.backwards
        found = self.query.add_columns(*(key.column for key in self.keys))
        if place.step:
            found = found.filter(beyond(self.keys, place.values, backwards=backwards))
        found = found.order_by(*(key.ordered(backwards=backwards) for key in self.keys))
        skipped = place.number * self.size if place.number > 0 and not place.step else 0
        return list(found.offset(skipped).limit(self.size + 1))

    def _around(self, place: Place, rows: list[Any], more: bool) -> Shown:
        if not rows:
            return Shown(self.counted, cap=self.cap)
        ahead = more if place.backwards else place != FIRST
        behind = place != LAST if place.backwards else more
        lower, upper = (0, MOST_PAGES) if place.number >= 0 else (-MOST_PAGES, -1)
        before = self._next_to(max(lower, place.number - 1), BEFORE, rows[0])
        after = self._next_to(min(upper, place.number + 1), AFTER, rows[-1])
        around = (before if ahead else None, after if behind else None)
        return Shown(self.counted, place, *around, self.cap)

    def _next_to(self, number: int, step: str, row: Any) -> Place:
        return place_of(number, step, self.keys, row[1 : len(self.keys) + 1])
