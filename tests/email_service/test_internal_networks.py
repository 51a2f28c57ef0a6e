"""A tenant's own mail server is one of the internet, in development too; the operator's may be anywhere."""

from collections.abc import Callable

import httpx
import pytest

from common.outbound import guard
from common.testing.people import Person
from common.testing.smtp import SmtpSink
from tests.email_service.conftest import Reports
from tests.email_service.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATH = "/analytics/email/config"
INSIDE = "internal networks are not connected to"


def body(server: str, port: int) -> dict[str, object]:
    return {"server": server, "port": port, "from_address": "r@x.example", "use_tls": False}


@pytest.mark.parametrize(
    "server",
    [
        "127.0.0.1",
        "localhost",
        "localhost.",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "10.1.2.3",
    ],
)
async def test_a_server_of_the_own_network_is_refused_when_it_is_saved(
    email: httpx.AsyncClient, admin: Person, shop: Shop, smtp_sink: SmtpSink, server: str
) -> None:
    answer = await email.post(PATH, json=body(server, smtp_sink.port), headers=admin.headers)

    assert answer.status_code == 422
    assert "server" in {error["field"] for error in answer.json()["errors"]}
    assert await shop.writer.fetchval("select count(*) from email.smtp_config") == 0


async def test_a_name_that_does_not_resolve_yet_is_taken(
    email: httpx.AsyncClient, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise guard.socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(guard.socket, "getaddrinfo", unknown)
    answer = await email.post(PATH, json=body("smtp.later.example", 587), headers=admin.headers)

    assert answer.status_code == 200


async def test_a_server_that_leads_inside_since_it_was_saved_is_not_connected_to(
    email: httpx.AsyncClient,
    reports: Reports,
    admin: Person,
    shop: Shop,
    smtp_sink: SmtpSink,
    let_in: Callable[[int], int],
) -> None:
    await email.post(PATH, json=body(smtp_sink.host, let_in(smtp_sink.port)), headers=admin.headers)
    await shop.writer.execute("update email.smtp_config set server = 'localhost'")
    tried = await email.post(f"{PATH}/test", headers=admin.headers)
    job = await reports.send()

    assert tried.json()["ok"] is False
    assert INSIDE in tried.json()["detail"]
    assert job["status"] == "failed"
    assert INSIDE in job["error"]
    assert smtp_sink.mails == []


async def test_the_operators_own_server_may_be_internal(reports: Reports, smtp_sink: SmtpSink) -> None:
    await reports.send()

    assert len(await smtp_sink.wait_for(1)) == 1


async def test_a_server_that_the_operator_allows_is_sent_to(
    email: httpx.AsyncClient, reports: Reports, admin: Person, smtp_sink: SmtpSink, let_in: Callable[[int], int]
) -> None:
    with SmtpSink() as own:
        await email.post(PATH, json=body(own.host, let_in(own.port)), headers=admin.headers)
        await reports.send()

        assert len(await own.wait_for(1)) == 1
    assert smtp_sink.mails == []
