"""Every plugin of the product passes the conformance suite, on both databases."""

from __future__ import annotations

import pytest

from erp_core.app import Erp
from erp_core.discovery import plan
from erp_core.testing.conformance import LIVE, STATIC, problems

# Flask-Admin 2.2's own select fields under WTForms 3.3
pytestmark = pytest.mark.filterwarnings("ignore:Yielding raw tuples:DeprecationWarning")
ROUND = "Off and on leave the data alone"
NAMES = [item.name for item in plan(safe_mode=True).plugins]


def failed(found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {title: findings for title, findings in found.items() if findings}


def test_there_are_plugins_and_none_is_broken() -> None:
    assert {"inventory", "sales", "purchasing", "backorders"} <= set(NAMES)
    assert plan(safe_mode=True).broken == ()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("title", STATIC)
@pytest.mark.parametrize("name", NAMES)
def test_the_source_conforms(built_app: Erp, name: str, title: str) -> None:
    assert failed(problems(built_app, name, checks={title: STATIC[title]})) == {}


@pytest.mark.parametrize("title", [title for title in LIVE if title != ROUND])
@pytest.mark.parametrize("name", NAMES)
def test_the_running_plugin_conforms(app: Erp, name: str, title: str) -> None:
    assert failed(problems(app, name, checks={title: LIVE[title]})) == {}


def test_switching_off_and_on_leaves_the_data_of_every_plugin_alone(app: Erp) -> None:
    """One after the other on the same demo data: filling it in takes longest."""
    checks = {ROUND: LIVE[ROUND]}
    assert failed({name: problems(app, name, checks=checks)[ROUND] for name in NAMES}) == {}
