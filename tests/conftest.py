"""Fixtures that every test may use: see common/testing/servers.py."""

pytest_plugins = ["common.testing.servers"]
