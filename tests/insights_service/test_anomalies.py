"""What a generation tells of a company's own figures, hour by hour and day by day."""

from datetime import timedelta

import pytest

from common.clock import now
from tests.insights_service.conftest import Company
from tests.insights_service.made_figures import Figures

pytestmark = pytest.mark.asyncio(loop_scope="module")
MIDNIGHT = now().replace(hour=0, minute=0, second=0, microsecond=0)
YESTERDAY = MIDNIGHT.date() - timedelta(1)


@pytest.fixture(autouse=True)
def _as_the_day_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever the tests run, yesterday's last hour is the last that is over."""
    monkeypatch.setattr("services.insights_service.domain.look_for_anomalies.now", lambda: MIDNIGHT)


async def test_a_branch_that_stopped_is_told_once_by_its_name_and_resolved_when_it_is_back(company: Company) -> None:
    figures = Figures(150, YESTERDAY)
    await figures.store(company.superuser, company.tenant_id)
    quiet = await company.generate()
    assert (quiet["status"], await company.insights()) == ("completed", [])

    figures.branches["N"][-2:] = 0
    await figures.store(company.superuser, company.tenant_id)
    for _ in range(2):
        await company.generate()
    print(await company.insights(status="all"))
    [told] = await company.insights()
    assert (told["insight_type"], told["metric"], told["status"]) == ("anomaly", "sessions", "open")
    named = [*told["evidence"]["segment"], *(part for one in told["evidence"]["reasons"] for part in one["segment"])]
    assert (named[0]["dimension"], named[0]["members"]) == ("branch", [{"id": "N", "name": "North"}])
    assert "North" in told["title"] + told["description"]
    assert told["evidence"]["window"]["start"] == figures.day(-2).isoformat()
    assert len(await company.told()) == 1

    back = Figures(150, YESTERDAY)
    back.branches["N"][-6:-4] = 0
    await back.store(company.superuser, company.tenant_id)
    await company.generate()
    assert await company.insights() == []
    [over] = await company.insights(status="resolved")
    assert (over["id"], over["status_by"], len(await company.told())) == (told["id"], None, 1)
