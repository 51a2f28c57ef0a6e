"""In production a tenant's own mail server is one of the internet; the operator's may be anywhere."""

import httpx
import pytest
from fastapi import FastAPI

from common.http.app import create_app
from common.mail import public_socket
from common.settings import Settings
from common.testing.people import Person
from common.testing.smtp import SmtpSink
from services.email_service import SPEC
from tests.email_service.conftest import Reports

PATH = "/analytics/email/config"


def body(server: str, port: int) -> dict[str, object]:
    return {"server": server, "port": port, "from_address": "r@x.example", "use_tls": False}


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(SPEC, settings.model_copy(update={"environment": "production"}))


@pytest.mark.parametrize("server", ["127.0.0.1", "localhost", "2130706433", "::1", "::ffff:127.0.0.1"])
async def test_a_tenants_server_is_not_this_machine(
    email: httpx.AsyncClient, admin: Person, smtp_sink: SmtpSink, server: str
) -> None:
    stored = await email.post(PATH, json=body(server, smtp_sink.port), headers=admin.headers)
    answer = await email.post(f"{PATH}/test", headers=admin.headers)

    assert stored.status_code == 200
    assert answer.json()["ok"] is False
    assert "internal networks are not connected to" in answer.json()["detail"]


async def test_a_job_says_why_it_sends_nothing_to_an_internal_server(
    email: httpx.AsyncClient, reports: Reports, admin: Person, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.jobs.runner._BACKOFF_SECONDS", (0.05,))
    await email.post(PATH, json=body(smtp_sink.host, smtp_sink.port), headers=admin.headers)
    job = await reports.send()

    assert job["status"] == "failed"
    assert "internal networks are not connected to" in job["error"]
    assert smtp_sink.mails == []


async def test_the_operators_own_server_may_be_internal(reports: Reports, smtp_sink: SmtpSink) -> None:
    await reports.send()

    assert len(await smtp_sink.wait_for(1)) == 1


async def test_a_public_server_is_sent_to_at_the_address_that_was_looked_at(
    email: httpx.AsyncClient, reports: Reports, admin: Person, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SmtpSink() as own:  # stands in for one of the internet, which a test does not reach
        monkeypatch.setattr(public_socket, "is_public", own.host.__eq__)
        await email.post(PATH, json=body(own.host, own.port), headers=admin.headers)
        await reports.send()

        assert len(await own.wait_for(1)) == 1
    assert smtp_sink.mails == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("192.0.43.8", True),
        ("2606:2800:220::1", True),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 -- an address to be refused, nothing listens there
        ("224.0.0.1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
    ],
)
def test_an_address_is_public_or_not(address: str, *, public: bool) -> None:
    assert public_socket.is_public(address) is public
