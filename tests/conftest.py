"""Plugins and fixtures of the whole suite."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")  # a busy machine is no fault of the code

# The application's fixtures (both databases, people) are those shipped to plugin authors.
pytest_plugins = ("tests.environment", "tests.features", "erp_core.testing.fixtures")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Drive the system's Chromium; Playwright's own browsers are never downloaded."""
    from tests import environment  # pytest loads it as a plugin first, to rewrite its asserts

    own = {"executable_path": environment.chromium(), "args": list(environment.CHROMIUM_FLAGS)}
    return browser_type_launch_args | own
