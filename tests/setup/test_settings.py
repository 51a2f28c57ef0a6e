from pathlib import Path

import httpx
import pytest

from branchwise.stack.child import command_of
from common.settings import SERVICES, Settings
from common.unknown_settings import unknown_in_env_file
from services.gateway.sources.upstream import IDLE_SECONDS


@pytest.fixture(autouse=True)
def nothing_else_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DEBUG", "LOG_LEVEL", "GATEWAY_HOST"):
        monkeypatch.delenv(name, raising=False)


def test_debug_means_detailed_logs_unless_a_level_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().log_level == "INFO"
    monkeypatch.setenv("DEBUG", "true")
    assert Settings().log_level == "DEBUG"
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    assert Settings().log_level == "WARNING"


def test_what_env_names_besides_settings_is_found() -> None:
    assert unknown_in_env_file() == []
    lines = ("POSTGRES_DB=shop", "# NOTHING=1", "nats_url=nats://host:4222", "export LOG_LEVEL=INFO", "SMTP_HOST=x")
    Path(".env").write_text("\n".join(lines))
    assert unknown_in_env_file() == ["POSTGRES_DB", "SMTP_HOST"]


def test_only_the_gateway_listens_where_gateway_host_says() -> None:
    settings = Settings(gateway_host="192.0.2.7")
    for service in SERVICES:
        command = command_of(service, settings)
        assert command[command.index("--host") + 1] == ("192.0.2.7" if service == "gateway" else "127.0.0.1")


def test_an_unused_connection_is_kept_for_longer_than_those_who_call_keep_it() -> None:
    service, gateway = command_of("data", Settings()), command_of("gateway", Settings())
    kept_by_service = int(service[service.index("--timeout-keep-alive") + 1])
    kept_by_gateway = int(gateway[gateway.index("--http1-header-read-timeout") + 1]) / 1000
    between_services = httpx.Limits().keepalive_expiry
    assert between_services is not None
    assert kept_by_service >= 2 * max(IDLE_SECONDS, between_services)
    assert kept_by_gateway > 50  # as README.md has a proxy set for its own


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 -- nothing listens in this test
        ("::", "http://127.0.0.1:8000"),
        ("192.0.2.7", "http://192.0.2.7:8000"),
        ("2001:db8::7", "http://[2001:db8::7]:8000"),
    ],
)
def test_the_gateway_is_called_where_it_listens(host: str, url: str) -> None:
    assert Settings(gateway_host=host, gateway_port=8000).url_of("gateway") == url
