from __future__ import annotations

import pytest
from flask import Flask

from tests.plugins.backorders.market import Market, open_market


@pytest.fixture
def market(ctx: Flask) -> Market:
    """Open the market inside the test's own transaction."""
    return open_market()
