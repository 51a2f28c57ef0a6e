"""A report looked at before it is sent, and the full list behind a report's last link."""

import re
from urllib.parse import urlsplit

import httpx
import pytest

from common.testing.cluster import MigratedDatabase
from common.testing.people import Person, add_person
from common.testing.smtp import SmtpSink
from tests.email_service.conftest import Reports
from tests.email_service.links import html_of
from tests.email_service.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATH = "/analytics/email/preview"
QUERY = {"branch_code": "D07", "report_date": "2024-04-29"}


async def test_a_preview_is_the_report_without_working_links(email: httpx.AsyncClient, admin: Person) -> None:
    page = await email.get(PATH, params=QUERY, headers=admin.headers)

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "2 customers to call" in page.text
    assert "/email/t/" not in page.text
    assert "Stop this daily email" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


async def test_a_preview_sends_and_keeps_nothing(
    email: httpx.AsyncClient, admin: Person, reports: Reports, smtp_sink: SmtpSink
) -> None:
    await email.get(PATH, params=QUERY, headers=admin.headers)

    assert await reports.history() == []
    assert smtp_sink.mails == []


async def test_a_rep_sees_the_own_branches_only(
    email: httpx.AsyncClient, shop: Shop, database: MigratedDatabase
) -> None:
    own = await add_person(database.superuser_dsn, shop.tenant_id, "rep", branch_codes=["D07"])
    other = await add_person(database.superuser_dsn, shop.tenant_id, "rep", branch_codes=["D08"])

    assert (await email.get(PATH, params=QUERY, headers=own.headers)).status_code == 200
    assert (await email.get(PATH, params=QUERY, headers=other.headers)).status_code == 403
    assert (await email.get(PATH, params=QUERY)).status_code == 401


async def test_a_branch_that_only_its_events_name_has_a_preview(
    email: httpx.AsyncClient, admin: Person, shop: Shop
) -> None:
    await shop.order("user_0002", shop.at("10:00"), 9.5, [("Ball valve", 1, 9.5)], branch="Germany")
    await shop.refresh()

    page = await email.get(PATH, params={**QUERY, "branch_code": "Germany"}, headers=admin.headers)

    assert page.status_code == 200
    assert "Germany branch" in page.text


async def test_a_branch_that_is_not_there_is_said_so(email: httpx.AsyncClient, admin: Person) -> None:
    answer = await email.get(PATH, params={**QUERY, "branch_code": "D99"}, headers=admin.headers)

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:branchwise:problem:branch-not-found"


@pytest.mark.parametrize("day", ["0001-01-03", "9999-12-31"])
async def test_a_day_that_no_report_can_have_is_refused_by_name(
    email: httpx.AsyncClient, admin: Person, day: str
) -> None:
    answer = await email.get(PATH, params={**QUERY, "report_date": day}, headers=admin.headers)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["report_date"]


@pytest.mark.parametrize("path", [PATH, "/analytics/email/mappings", "/analytics/email/history"])
async def test_a_branch_code_that_no_text_can_be_is_refused(email: httpx.AsyncClient, admin: Person, path: str) -> None:
    answer = await email.get(path, params={"branch_code": "D\0"}, headers=admin.headers)

    assert answer.status_code == 422


async def test_the_full_list_has_everybody_with_links_that_work(
    email: httpx.AsyncClient, reports: Reports, shop: Shop, smtp_sink: SmtpSink
) -> None:
    for number in range(15):
        await shop.customer(f"more{number}", f"More {number:02}", cell_phone=f"+1-555-0{number:03}")
        await shop.failed_search(f"more{number}", shop.at("13:00"), "drain cock")
    await shop.refresh()
    await reports.send()
    [mail] = await smtp_sink.wait_for(1)
    link = re.search(r'href="([^"]+)"[^>]*>5 more to call[^<]*open the full list', html_of(mail))
    assert link is not None
    page = await email.get(urlsplit(link.group(1)).path)
    paths = {urlsplit(found).path for found in re.findall(r'href="(https://app.example/email/t/[^"]+)"', page.text)}
    pages = [await email.get(path) for path in sorted(paths)]

    assert html_of(mail).count(">Not reached</a>") == 12
    assert page.text.count(">Not reached</a>") == 17
    assert {answer.status_code for answer in pages} == {200}


async def test_a_mapping_without_a_branch_name_takes_the_branchs_own(
    email: httpx.AsyncClient, admin: Person, shop: Shop
) -> None:
    await shop.branch("D09", "Tucson branch")
    await shop.rep("D09", "", "kim@northline.example")
    await shop.order("user_0002", shop.at("10:00"), 9.5, [("Ball valve", 1, 9.5)], branch="D09")
    await shop.refresh()

    page = await email.get(PATH, params={**QUERY, "branch_code": "D09"}, headers=admin.headers)

    assert "Tucson branch · " in page.text
    assert "Tucson branch branch" not in page.text
