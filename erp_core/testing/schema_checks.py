"""Conformance checks of a plugin's tables and their history."""

from __future__ import annotations

import sqlalchemy as sa

from erp_core import migrate
from erp_core.db import Model, db
from erp_core.testing.subject import Subject


def tables_carry_the_name(subject: Subject) -> list[str]:
    """Look at every table that a model of the plugin uses."""
    with subject.app.app_context():
        wrong = sorted(name for name in _used(subject) if _owner(name) != subject.name)
    return [f"The table {name} must be called {subject.name}_..." for name in wrong]


def _owner(table: str) -> str:
    return migrate.owner_of_table(table)


def _used(subject: Subject) -> set[str]:
    mine = [item for item in Model.registry.mappers if subject.owns_module(item.class_.__module__)]
    tables = [mapper.local_table for mapper in mine]
    own = {table.name for table in tables if isinstance(table, sa.Table)}
    joined = {
        str(relation.secondary.name)
        for mapper in mine
        for relation in mapper.relationships
        if isinstance(relation.secondary, sa.Table)
    }
    return own | {name for name in joined if _owner(name) in {"", subject.name}}


def own_tables(subject: Subject) -> list[sa.Table]:
    """Return the plugin's tables in the order of their foreign keys."""
    with subject.app.app_context():
        tables = Model.metadata.sorted_tables
        return [table for table in tables if _owner(table.name) == subject.name]


def migrations_match(subject: Subject) -> list[str]:
    """Compare tables with models, take the history down, look what is left, and go up again."""
    with subject.app.app_context():
        findings = _differences(subject, "After upgrading from nothing")
        for owner in [*reversed(subject.registry.dependants(subject.name)), subject.name]:
            migrate.downgrade(owner)
        findings += _left_over(subject)
        migrate.upgrade()
        return findings + _differences(subject, "After going down and up again")


def _differences(subject: Subject, when: str) -> list[str]:
    found = migrate.differences(subject.name)
    return [f"{when}, tables and models differ: {str(item)[:200]}." for item in found]


def _left_over(subject: Subject) -> list[str]:
    names = sa.inspect(db.engine).get_table_names()
    left = [name for name in names if _owner(name) == subject.name]
    return [f"After going down, the table {name} is still there." for name in left]
