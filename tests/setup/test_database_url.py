from pathlib import Path

import pytest

from common.settings import Settings

URL = "postgresql+asyncpg://some%40one:p%2Fw@db.example:6543/shop"


@pytest.fixture(autouse=True)
def nothing_else_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DATABASE"):
        monkeypatch.delenv(name, raising=False)


def test_a_database_url_stands_for_the_five_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    settings = Settings()
    assert settings.admin_dsn() == "postgresql://some%40one:p%2Fw@db.example:6543/shop"
    assert settings.dsn("data").startswith("postgresql://branchwise_data:")
    assert settings.dsn("data").endswith("@db.example:6543/shop")


def test_postgres_host_wins_over_a_database_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    monkeypatch.setenv("POSTGRES_HOST", "other.example")
    assert "@other.example:5432/branchwise" in Settings().admin_dsn()
