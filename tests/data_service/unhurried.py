"""However slow the machine is, a test's sync is no long one that makes way for others."""

import pytest

from services.data_service.domain.syncs import sync_run


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour for each step; who tests steps says how short they are."""
    for name in ("STEP_SECONDS", "BACKFILL_STEP_SECONDS"):
        monkeypatch.setattr(sync_run, name, 3600.0)
