"""Mail servers with TLS: which are trusted, and that nothing goes to any other."""

from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

from common.http.app import create_app
from common.mail import server as mail_server
from common.mail.outcome import ServerAway
from common.mail.server import MailServer, ServerAddress
from common.outbound.guard import Guard
from common.settings import Settings
from common.testing.people import Person
from common.testing.smtp import SmtpSink
from common.testing.tls_smtp import PASSWORD, USERNAME, Authority, TlsSmtpSink, Way
from services.email_service import SPEC
from tests.email_service.conftest import Reports, impatient_client_of

# A server that is TLS from the start asks for a sign-in without STARTTLS.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
PATH = "/analytics/email/config"


@pytest.fixture
async def email(settings: Settings) -> AsyncGenerator[httpx.AsyncClient]:
    """The service of one test alone."""
    async with impatient_client_of(create_app(SPEC, settings)) as client:
        yield client


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service trusts the authority, as an operator would have it do so."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))


@pytest.fixture(params=["starttls", "from the start"])
def way(request: pytest.FixtureRequest) -> Way:
    return request.param


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """The name in the server's certificate: its own, unless a test says another."""
    return getattr(request, "param", "127.0.0.1")


@pytest.fixture
def sink(
    authority: Authority, way: Way, name: str, let_in: Callable[[int], int], monkeypatch: pytest.MonkeyPatch
) -> Generator[TlsSmtpSink]:
    with TlsSmtpSink(authority.context_for(name), way) as server:
        let_in(server.port)
        if way == "from the start":
            # Port 465 is not for everybody to listen on.
            monkeypatch.setattr(mail_server, "TLS_FROM_THE_START_PORT", server.port)
        yield server


async def use(email: httpx.AsyncClient, admin: Person, port: int, password: str = PASSWORD) -> dict[str, Any]:
    """Set the tenant's server; what trying it says."""
    body = {"server": "127.0.0.1", "port": port, "from_address": "r@x.example", "use_tls": True}
    answer = await email.post(PATH, json={**body, "username": USERNAME, "password": password}, headers=admin.headers)
    assert answer.status_code == 200, answer.text
    return (await email.post(f"{PATH}/test", headers=admin.headers)).json()


@pytest.mark.usefixtures("trusted")
async def test_reports_go_inside_tls_to_a_server_that_asks_who_we_are(
    email: httpx.AsyncClient, admin: Person, reports: Reports, sink: TlsSmtpSink
) -> None:
    tried = await use(email, admin, sink.port)
    job = await reports.send()

    [mail] = await sink.wait_for(1)
    assert tried["ok"] is True, tried
    assert (job["status"], job["counts"]) == ("completed", {"sent": 1})
    assert mail.recipients == ["kim@northline.example"]


async def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(
    email: httpx.AsyncClient, admin: Person, reports: Reports, sink: TlsSmtpSink
) -> None:
    tried = await use(email, admin, sink.port)
    job = await reports.send()

    assert tried["ok"] is False
    assert "certificate verify failed" in tried["detail"]
    assert job["status"] == "failed"
    assert "certificate verify failed" in job["error"]
    assert (sink.tries, sink.mails) == (0, [])


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("name", ["mail.elsewhere.example"], indirect=True)
async def test_a_certificate_of_another_server_counts_for_nothing(
    email: httpx.AsyncClient, admin: Person, reports: Reports, sink: TlsSmtpSink
) -> None:
    tried = await use(email, admin, sink.port)
    job = await reports.send()

    assert tried["ok"] is False
    assert "not valid for '127.0.0.1'" in tried["detail"]
    assert job["status"] == "failed"
    assert (sink.tries, sink.mails) == (0, [])


@pytest.mark.usefixtures("trusted")
async def test_a_wrong_password_is_told_as_the_server_told_it(
    email: httpx.AsyncClient, admin: Person, sink: TlsSmtpSink
) -> None:
    tried = await use(email, admin, sink.port, "another")

    assert tried["ok"] is False
    assert tried["detail"].startswith("535")
    assert sink.tries > 0


@pytest.mark.usefixtures("trusted")
async def test_a_connection_that_was_refused_inside_tls_is_in_the_way_of_no_other(sink: TlsSmtpSink) -> None:
    guard = Guard(Settings(allow_private_hosts=f"127.0.0.1:{sink.port}"))
    server = MailServer(ServerAddress("127.0.0.1", sink.port, "r@x.example", USERNAME, "another", guard=guard))
    for _ in range(5):
        with pytest.raises(ServerAway, match="535"):
            await server.check()


async def test_a_server_without_starttls_gets_neither_password_nor_mail(
    email: httpx.AsyncClient, admin: Person, reports: Reports, let_in: Callable[[int], int]
) -> None:
    with SmtpSink() as in_clear:
        tried = await use(email, admin, let_in(in_clear.port))
        job = await reports.send()

        assert tried["ok"] is False
        assert "STARTTLS" in tried["detail"].upper()
        assert job["status"] == "failed"
        assert in_clear.mails == []
