"""Fixtures that every test may use (see common/testing/servers.py and shared_stack.py), and the order of the tests."""

import gc

import pytest
from hypothesis import HealthCheck, settings

# Nothing that is loaded for all tests goes away again: to look for it would be a fifth of collecting them.
gc.disable()
# How long an example took, and how long it was to make, says how busy the machine is.
settings.register_profile("branchwise", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("branchwise")

pytest_plugins = ["common.testing.servers", "common.testing.shared_stack"]


# (before pytest-xdist looks for the marks)
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a module in one worker, which sets up once what they share.

    The groups that are named begin: they run on whole systems and take longest, and what is short fills the end.
    """
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


def pytest_collection_finish() -> None:
    """Look from now on for what tests leave behind, and for nothing else."""
    gc.freeze()
    gc.enable()
