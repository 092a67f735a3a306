from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.plugins.inventory import yard


@pytest.fixture
def place(ctx: Flask) -> yard.Yard:
    """Build the yard inside the test's own transaction (services)."""
    return yard.build()


@pytest.fixture
def stocked(act: Callable[[Callable[[], Any]], Any]) -> yard.Yard:
    """Build the yard and commit it (forms)."""
    return act(yard.build)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Flask-Admin's select of a relation yields what WTForms 4 will no longer take."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(
                pytest.mark.filterwarnings("ignore:Yielding raw tuples:DeprecationWarning")
            )
