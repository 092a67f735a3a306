"""Settings: who wins, what is pinned, what is refused, what a bad stored value does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.app import Erp
from erp_core.db import db
from erp_core.errors import ErpError, NotAllowedError
from erp_core.models import SettingRow
from erp_core.registry import forget_state, registry
from erp_core.settings import Scope, clear, resolve, save, settings
from erp_core.testing.people import Person
from erp_core.testing.statements import statements
from tests.core.boot import toy

Act = Callable[[Callable[[], Any]], Any]
PLUGIN = "toy_gadget"
COMPANY, USER = Scope("company", 1), Scope("user", 7)


def cls() -> Any:
    return toy("toy_gadget.settings").GadgetSettings


def size(**who: int) -> tuple[object, str]:
    """Return what `size` is and who said so."""
    found = {item.key: item for item in resolve(PLUGIN, **who)}["size"]
    assert getattr(settings(cls(), **who), "size") == found.value  # noqa: B009
    return found.value, found.source


@contextmanager
def toml(app: Erp, locked: frozenset[str] = frozenset(), **values: object) -> Iterator[None]:
    """Let settings.toml hold a table for the toy."""
    known = app.extensions["erp"]
    before = known.config
    known.config = replace(before, defaults={PLUGIN: values}, locked=locked)
    forget_state()
    try:
        yield
    finally:
        known.config = before


def store(key: str, value: object, plugin: str = PLUGIN) -> None:
    """Write a row as an older or newer program may have left it."""
    db.session.add(SettingRow(plugin=plugin, key=key, scope="global", value=value))
    db.session.flush()
    forget_state()


def test_each_source_beats_the_weaker_ones(toy_ctx: Erp) -> None:
    assert size() == (3, "code")
    with toml(toy_ctx, size=4):
        assert size() == (4, "settings.toml")
        save(PLUGIN, "size", 5)
        assert size() == (5, "global")
        save(PLUGIN, "size", 6, COMPANY)
        assert size(company=1) == (6, "company")
        save(PLUGIN, "size", 7, USER)
        assert size(company=1, user=7) == (7, "user")
        assert size(company=2) == (5, "global")
        assert size(user=8) == (5, "global")


def test_clearing_a_value_gives_the_word_to_the_next_source(toy_ctx: Erp) -> None:
    save(PLUGIN, "size", 5)
    save(PLUGIN, "size", 6, COMPANY)
    clear(PLUGIN, "size", COMPANY)
    assert size(company=1) == (5, "global")
    clear(PLUGIN, "size")
    assert size(company=1) == (3, "code")


def test_a_pinned_setting_obeys_the_file_alone(toy_ctx: Erp) -> None:
    save(PLUGIN, "size", 5)
    with toml(toy_ctx, frozenset({"toy_gadget.size"}), size=4):
        assert size() == (4, "settings.toml")
        with pytest.raises(NotAllowedError, match=r"toy_gadget\.size is pinned"):
            save(PLUGIN, "size", 6)
        assert {item.key for item in resolve(PLUGIN) if item.locked} == {"size"}
    with toml(toy_ctx, frozenset({"toy_gadget.size"})):
        assert size() == (3, "code")


@pytest.mark.parametrize("bad", [0, 10, "many", None, 2.5, [1]])
def test_a_value_that_is_not_allowed_is_refused_and_named(toy_ctx: Erp, bad: object) -> None:
    with pytest.raises(ErpError, match=r"^size cannot be .*: .*\.$") as caught:
        save(PLUGIN, "size", bad)
    assert repr(str(bad)) in str(caught.value)
    assert size() == (3, "code")


def test_an_unknown_setting_is_refused_with_the_known_ones(toy_ctx: Erp) -> None:
    with pytest.raises(ErpError, match=r"no setting 'sice'. Known settings: size, mood"):
        save(PLUGIN, "sice", 3)
    with pytest.raises(ErpError, match=r"No settings for 'toy_gizmo'.*toy_gadget"):
        resolve("toy_gizmo")


def test_a_stored_value_that_is_not_allowed_any_more_falls_back_and_is_logged(
    toy_ctx: Erp, caplog: pytest.LogCaptureFixture
) -> None:
    store("size", 99)
    with toml(toy_ctx, size=4):
        assert size() == (4, "settings.toml")
        found = next(item for item in resolve(PLUGIN) if item.key == "size")
    assert "The value from global is ignored: size cannot be '99'" in found.problem
    assert "toy_gadget.size: The value from global is ignored" in caplog.text


def test_a_stored_key_nobody_knows_is_kept_and_ignored(toy_ctx: Erp) -> None:
    store("of_a_newer_version", {"x": 1})
    store("size", 8, plugin="gone_plugin")
    assert size() == (3, "code")
    save(PLUGIN, "size", 5)
    assert sorted(db.session.scalars(sa.select(SettingRow.key))) == [
        "of_a_newer_version",
        "size",
        "size",
    ]


@pytest.mark.parametrize(
    ("key", "value"), [("size", 9), ("mood", "wild"), ("loud", True), ("nickname", "it's Ü")]
)
def test_every_kind_of_value_comes_back_as_it_was_saved(
    toy_ctx: Erp, key: str, value: object
) -> None:
    save(PLUGIN, key, value)
    forget_state()
    assert getattr(settings(cls()), key) == value


def test_saving_announces_before_and_after(toy_ctx: Erp) -> None:
    from erp_core.registry import Owned
    from erp_core.settings import SettingChanged

    heard: list[Any] = []
    handlers = registry().handlers[SettingChanged]
    handlers.append(Owned("core", heard.append))
    try:
        save(PLUGIN, "size", 5)
        save(PLUGIN, "size", 6, COMPANY)
        clear(PLUGIN, "size", COMPANY)
    finally:
        handlers.pop()
    assert [(e.before, e.after, e.scope, e.scope_id) for e in heard] == [
        (3, 5, "global", 0),
        (5, 6, "company", 1),
        (6, 5, "company", 1),
    ]


@pytest.mark.parametrize("url", ["/toy/mood", "/toy_gadget/gadget/", "/"])
def test_a_request_reads_toggles_and_settings_exactly_once(
    toy_app: Erp, toy_admin: Person, url: str
) -> None:
    toy_admin.page(url)
    with statements(toy_app) as sent:
        toy_admin.page(url)
    reading = [text for text in sent if "core_plugin" in text or "core_setting" in text]
    assert len(reading) == 1, reading


def test_a_saved_setting_holds_at_the_next_request(toy_admin: Person, toy_act: Act) -> None:
    assert toy_admin.get("/toy/mood").json == {"mood": "calm", "size": 3}
    toy_act(lambda: save(PLUGIN, "mood", "wild"))
    assert toy_admin.get("/toy/mood").json == {"mood": "wild", "size": 3}


def test_within_a_request_a_saved_setting_holds_at_once(toy_ctx: Erp) -> None:
    assert settings(cls()).size == 3
    save(PLUGIN, "size", 5)
    assert settings(cls()).size == 5
