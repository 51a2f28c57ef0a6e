"""Fixtures that every test may use: see common/testing/servers.py and stack.py."""

pytest_plugins = ["common.testing.servers", "common.testing.stack"]
