"""The tenant's own mail server."""

from collections.abc import Callable

import httpx
import pytest

from common.testing.cluster import MigratedDatabase
from common.testing.people import Person, add_person
from common.testing.smtp import SmtpSink
from tests.email_service.conftest import Reports
from tests.email_service.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATH = "/analytics/email/config"


def body(port: int, **more: object) -> dict[str, object]:
    """A server of this machine."""
    return {"server": "127.0.0.1", "port": port, "from_address": "Reports <r@x.example>", "use_tls": False, **more}


@pytest.fixture(autouse=True)
def _allowed(let_in: Callable[[int], int]) -> None:  # pyright: ignore[reportUnusedFunction] -- pytest uses it
    """These tests are not about which servers may be named."""
    for port in (25, 2525, 2526):
        let_in(port)


async def test_without_one_of_its_own_the_installations_server_is_used(email: httpx.AsyncClient, admin: Person) -> None:
    answer = (await email.get(PATH, headers=admin.headers)).json()

    assert answer["source"] == "default"
    assert answer["server"] is None


async def test_the_password_is_stored_sealed_and_never_returned(
    email: httpx.AsyncClient, admin: Person, shop: Shop
) -> None:
    answers = [
        await email.post(PATH, json=body(2525, username="u", password="hunter2"), headers=admin.headers),
        await email.post(PATH, json=body(2525, username="u", from_address="b@x.example"), headers=admin.headers),
        await email.get(PATH, headers=admin.headers),
    ]
    sealed = await shop.writer.fetchval("select password_sealed from email.smtp_config")

    assert [answer.status_code for answer in answers] == [200] * 3
    assert all("hunter2" not in answer.text for answer in answers)
    assert answers[2].json()["has_password"] is True
    assert answers[2].json()["from_address"] == "b@x.example"
    assert sealed.startswith("v1.")
    assert "hunter2" not in sealed


@pytest.mark.parametrize(
    "change", [{"server": "elsewhere.example"}, {"port": 2526}, {"username": "v"}, {"use_tls": False}]
)
async def test_a_stored_password_never_goes_to_another_server_or_in_clear(
    email: httpx.AsyncClient, admin: Person, shop: Shop, change: dict[str, object]
) -> None:
    before = body(2525, username="u", use_tls=True)
    await email.post(PATH, json={**before, "password": "hunter2"}, headers=admin.headers)
    kept = await email.post(PATH, json={**before, **change}, headers=admin.headers)
    stored = await shop.writer.fetchrow("select server, port, username, use_tls from email.smtp_config")
    anew = await email.post(PATH, json={**before, **change, "password": "hunter3"}, headers=admin.headers)

    assert kept.status_code == 422
    assert [error["field"] for error in kept.json()["errors"]] == ["password"]
    assert tuple(stored) == ("127.0.0.1", 2525, "u", True)
    assert anew.status_code == 200


async def test_reports_go_by_the_tenants_own_server(
    email: httpx.AsyncClient, admin: Person, reports: Reports, smtp_sink: SmtpSink, let_in: Callable[[int], int]
) -> None:
    with SmtpSink() as own:
        await email.post(PATH, json=body(let_in(own.port)), headers=admin.headers)
        await reports.send()

        [mail] = await own.wait_for(1)
    assert mail.sender == "r@x.example"
    assert str(mail.message["From"]) == "Reports <r@x.example>"
    assert smtp_sink.mails == []


async def test_a_try_says_what_the_server_said_and_sends_nothing(
    email: httpx.AsyncClient, admin: Person, smtp_sink: SmtpSink, let_in: Callable[[int], int], held_port: int
) -> None:
    await email.post(PATH, json=body(let_in(smtp_sink.port)), headers=admin.headers)
    good = await email.post(f"{PATH}/test", headers=admin.headers)
    await email.post(PATH, json=body(let_in(held_port)), headers=admin.headers)
    bad = await email.post(f"{PATH}/test", headers=admin.headers)

    assert good.json()["ok"] is True
    assert bad.json()["ok"] is False
    assert "connect" in bad.json()["detail"].lower()
    assert smtp_sink.mails == []


async def test_a_name_that_the_dns_cannot_hold_is_a_server_that_is_away(
    email: httpx.AsyncClient, admin: Person, shop: Shop
) -> None:
    await email.post(PATH, json=body(25), headers=admin.headers)
    await shop.writer.execute("update email.smtp_config set server = repeat('a', 64)")
    answer = await email.post(f"{PATH}/test", headers=admin.headers)

    assert answer.status_code == 200
    assert answer.json()["ok"] is False


@pytest.mark.parametrize(
    "wrong", [{"port": 0}, {"from_address": "nobody"}, {"server": "a\r\nb"}, {"server": ""}, {"server": "a" * 64}]
)
async def test_a_server_that_cannot_be_is_refused(
    email: httpx.AsyncClient, admin: Person, wrong: dict[str, object]
) -> None:
    answer = await email.post(PATH, json={**body(25), **wrong}, headers=admin.headers)

    assert answer.status_code == 422


async def test_only_an_admin_sees_the_server(email: httpx.AsyncClient, shop: Shop, database: MigratedDatabase) -> None:
    manager = await add_person(database.superuser_dsn, shop.tenant_id, "manager")

    assert (await email.get(PATH, headers=manager.headers)).status_code == 403
    assert (await email.post(PATH, json=body(25), headers=manager.headers)).status_code == 403
