import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="the tests run in one process")
@pytest.mark.xdist_group("whole")
def test_tests_that_share_a_system_run_in_one_worker(request: pytest.FixtureRequest):
    # The name is how the group is known to who hands the tests out; pytest-xdist loses it where pytest is too new.
    assert request.node.nodeid.endswith("@whole")
