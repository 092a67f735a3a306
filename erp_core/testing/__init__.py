"""Test tools shipped to plugin authors: fixtures on real databases and the conformance suite.

A plugin's `conftest.py` needs one line: `pytest_plugins = ["erp_core.testing.fixtures"]`.
"""
