"""Fetching charts of insights over HTTP."""

import io
from typing import Any
from uuid import UUID, uuid4

import pytest
from PIL import Image

from services.insights_service.domain.evidence.written import encode_evidence
from tests.insights_service.conftest import Company
from tests.insights_service.test_chart import _drop
from tests.insights_service.told import LATE

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _stored(company: Company, evidence: bytes, language: str = "en") -> UUID:
    insight_id = await company.superuser.fetchval(
        "insert into insights.insight (tenant_id, insight_type, rule, cause, severity, metric, title, description,"
        " language, evidence, score, starts_at, is_shown)"
        " values ($1, 'anomaly', 'drop', $2, 'high', 'leads', 'A', 'B', $3, $4, 1, now(), true) returning insight_id",
        *(company.tenant_id, uuid4().hex, language, evidence.decode()),
    )
    assert isinstance(insight_id, UUID)
    return insight_id


async def test_a_chart_has_an_etag_and_is_not_sent_again_while_it_is_the_same(company: Company) -> None:
    insight_id = await _stored(company, encode_evidence(_drop(metric="revenue", unit="money")), "vi")
    for form, media_type in (("svg", "image/svg+xml"), ("png", "image/png")):
        path = f"/insights/{insight_id}/chart.{form}"
        first = await company.call("GET", path, "analyst")
        assert (first.status_code, first.headers["content-type"]) == (200, media_type)
        assert first.headers["cache-control"].startswith("private")
        assert first.headers["vary"] == "Authorization, X-Tenant-Id"
        again = await company.call("GET", path, "analyst", headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
        if form == "svg":
            # The chart is in the insight's language and the company's currency.
            assert "Doanh thu online qua Meta tại Omaha: 3,00\u00a0€" in first.text
        else:
            assert Image.open(io.BytesIO(first.content)).width == 1440
    await company.superuser.execute(
        "update insights.insight set evidence = $2 where insight_id = $1", insight_id, encode_evidence(_drop()).decode()
    )
    changed = await company.call("GET", path, "analyst", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


async def test_only_members_who_see_the_whole_company_may_read_charts(company: Company) -> None:
    insight_id = await _stored(company, encode_evidence(LATE))
    expected = {"analyst": 200, "manager": 200, "rep": 403, "rep who may read": 403, "stranger": 404}
    for form in ("svg", "png"):
        for who, status in expected.items():
            answer = await company.call("GET", f"/insights/{insight_id}/chart.{form}", who)
            assert answer.status_code == status, (form, who)
        assert (await company.call("GET", f"/insights/{uuid4()}/chart.{form}")).status_code == 404
        assert (await company.call("GET", f"/insights/x/chart.{form}")).status_code == 422


@pytest.mark.parametrize("evidence", [{}, {"kind": "of next year"}, {"metric": "leads", "unit": "pounds"}], ids=str)
async def test_unknown_evidence_has_no_chart(company: Company, evidence: dict[str, Any]) -> None:
    insight_id = await _stored(company, str(evidence).replace("'", '"').encode())
    answer = await company.call("GET", f"/insights/{insight_id}/chart.svg")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:branchwise:problem:chart-not-found")
