import json
import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from common.settings import Settings


def test_a_short_secret_is_refused_for_hs256() -> None:
    with pytest.raises(ValidationError, match="at least 32 bytes"):
        Settings(jwt_algorithm="HS256", jwt_secret_key="short")  # pyright: ignore[reportArgumentType]  # pydantic wraps it


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("TRUSTED_PROXIES", ("foo", "10.0.0.0/8, foo", "10.0.0.0/40", "10.0.0.1:80")),
        ("REDIS_URL", ("foo", "localhost:6379", "http://host", "redis://", "redis://host:none", "unix://")),
        ("FRONTEND_URL", ("foo", "front.example", "ftp://front.example", "https://", "https://front.example/?a=b")),
        ("ALLOW_PRIVATE_HOSTS", ("foo",)),
        ("BASE_URL", ("api.example.com", "https://api.example.com/?a=b")),
        ("S3_ENDPOINT", ("minio:9000",)),
        ("META_GRAPH_URL", ("graph.facebook.com",)),
        ("NATS_URL", ("http://host:4222", "nats://", "nats://host:none", "nats://one:4222,two:4222")),
        (
            "DATABASE_URL",
            ("db.example/shop", "mysql://db", "postgresql://db:none/x", "postgresql://db/x?sslmode=require"),
        ),
        (
            "CORS_ORIGINS",
            (
                *("app.example.com", "https://app.example.com/", "https://App.example.com"),
                *("https://app.example.com:443", "https://*.example.com"),
            ),
        ),
    ],
)
def test_what_names_no_place_is_refused_by_the_settings_name(name: str, wrong: tuple[str, ...]) -> None:
    for value in wrong:
        with pytest.raises(ValidationError, match=f"{name}: ") as refused:
            Settings.model_validate({name.lower(): value})
        assert len(refused.value.errors()) == 1


def test_places_are_taken() -> None:
    Settings(trusted_proxies="127.0.0.1, 10.1.2.3/8, fd00::/8,", frontend_url="https://front.example/app/")
    Settings(
        frontend_url="http://localhost:3000", base_url="https://api.example.com/v1/", s3_endpoint="http://minio:9000"
    )
    Settings(cors_origins="*")
    Settings(cors_origins="http://localhost:3000, https://app.example.com:8443,capacitor://localhost,http://[::1]:8080")
    for url in ("nats://token@host:4222", "tls://user:secret@nats.example", "host:4222"):
        Settings(nats_url=url)
    for url in ("redis://127.0.0.1:6379", "rediss://user:secret@cache.example/3", "valkey://host", "unix:///run/redis"):
        Settings(redis_url=url)


@pytest.mark.parametrize("name", ["redis_url", "nats_url", "database_url"])
def test_an_address_that_holds_a_password_is_not_repeated(name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate({name: "x://user:hunter2@host:none"})
    assert "hunter2" not in str(refused.value)


def test_what_is_no_setting_is_not_taken_from_a_running_stack(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "stack.json").write_text(json.dumps({"secrets_key_id": "0badf00d", "nats_url": "nats://x:1"}))

    settings = Settings(branchwise_home=tmp_path)

    assert "secrets_key_id" not in settings.model_dump()
    assert "secrets_key_id" not in settings.model_fields_set


def test_a_command_beside_a_running_stack_finds_its_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "stack.json").write_text(json.dumps({"postgres_port": 6543, "nats_url": "nats://there:1"}))
    monkeypatch.setenv("BRANCHWISE_HOME", str(tmp_path))
    monkeypatch.delenv("NATS_URL", raising=False)
    monkeypatch.delenv("POSTGRES_PORT", raising=False)

    settings = Settings()

    assert (settings.postgres_port, settings.nats_url) == (6543, "nats://there:1")


def test_the_environment_beats_what_the_running_stack_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "stack.json").write_text(json.dumps({"nats_url": "nats://there:1"}))
    monkeypatch.setenv("BRANCHWISE_HOME", str(tmp_path))
    monkeypatch.setenv("NATS_URL", "nats://here:2")

    assert Settings().nats_url == "nats://here:2"


def test_processes_that_start_at_once_agree_on_a_generated_secret(tmp_path: Path) -> None:
    settings = Settings(branchwise_home=tmp_path)
    seen: list[str] = []
    threads = [threading.Thread(target=lambda: seen.append(settings.secret_file("one"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(seen) == 16
    assert len(set(seen)) == 1
    assert (tmp_path / "secrets" / "one").stat().st_mode & 0o077 == 0


def test_role_passwords_differ_by_role_and_by_home(tmp_path: Path) -> None:
    one, other = Settings(branchwise_home=tmp_path / "a"), Settings(branchwise_home=tmp_path / "b")

    passwords = {one.role_password("x"), one.role_password("y"), other.role_password("x")}

    assert len(passwords) == 3
    assert one.role_password("x") in passwords


def test_the_users_own_home_is_not_taken_for_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere/else")
    monkeypatch.delenv("BRANCHWISE_HOME", raising=False)

    assert Settings().home == Path.cwd() / "var"
