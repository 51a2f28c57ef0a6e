"""The way out of the daily email."""

from urllib.parse import urlsplit

import httpx
import pytest

from common.testing.cluster import MigratedDatabase
from common.testing.smtp import ReceivedMail, SmtpSink
from tests.email_service.conftest import Reports
from tests.email_service.shop import Shop, fill_omaha, open_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def way_out(mail: ReceivedMail) -> str:
    """The path in the header that mail programs post to."""
    return urlsplit(str(mail.message["List-Unsubscribe"]).strip("<>")).path


async def test_one_click_stops_the_emails(
    mail: ReceivedMail, email: httpx.AsyncClient, reports: Reports, smtp_sink: SmtpSink
) -> None:
    answer = await email.post(way_out(mail), data=ONE_CLICK)
    job = await reports.send(force=True)

    assert answer.status_code == 200
    assert job["counts"] == {"unsubscribed": 1}
    assert len(smtp_sink.mails) == 1
    assert (await reports.history())[0]["status"] == "unsubscribed"


async def test_looking_at_the_way_out_stops_nothing(mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop) -> None:
    page = await email.get(way_out(mail))

    assert "Stop this daily email?" in page.text
    assert await shop.writer.fetchval("select count(*) from email.opt_out") == 0


async def test_who_stopped_can_have_them_again(mail: ReceivedMail, email: httpx.AsyncClient, reports: Reports) -> None:
    await email.post(way_out(mail), data=ONE_CLICK)
    stopped = await email.get(way_out(mail))
    await email.post(way_out(mail), data={"resume": "1"})
    job = await reports.send(force=True)

    assert "The emails have stopped" in stopped.text
    assert job["counts"] == {"sent": 1}


async def test_the_mapping_shows_that_the_rep_stopped(
    mail: ReceivedMail, email: httpx.AsyncClient, reports: Reports
) -> None:
    await email.post(way_out(mail), data=ONE_CLICK)
    listed = await email.get("/analytics/email/mappings", headers=reports.headers)

    assert listed.json()["data"][0]["unsubscribed_at"] is not None


async def test_a_tasks_link_is_no_way_out_and_the_way_out_no_tasks_link(
    mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop
) -> None:
    token = way_out(mail).rsplit("/", 1)[1]
    answers = [await email.get(f"/email/t/{token}"), await email.post(f"/email/t/{token}")]
    answers.append(await email.post("/email/unsubscribe/AAAAAAAAAAAAAAAAAAAA"))

    assert {answer.status_code for answer in answers} == {404}
    assert await shop.writer.fetchval("select count(*) from email.opt_out") == 0


async def test_the_same_rep_of_another_tenant_still_gets_theirs(
    mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop, database: MigratedDatabase
) -> None:
    await email.post(way_out(mail), data=ONE_CLICK)
    async with open_shop(database, "Southline Supply") as other:
        await fill_omaha(other)
        stopped = [await one.writer.fetchval("select count(*) from email.opt_out") for one in (shop, other)]

    assert stopped == [1, 0]
