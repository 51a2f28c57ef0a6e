"""Fixtures: the real servers that tests run against."""

import asyncio
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import asyncpg
import nats
import pytest
import trustme
from loguru._better_exceptions import ExceptionFormatter
from nats.js.errors import NotFoundError

from common import redis_client
from common.embedded.nats import EmbeddedNats
from common.events.bus import STREAM
from common.rate_limits import shared
from common.testing.cluster import MigratedDatabase, PostgresCluster, postgres_cluster
from common.testing.held_ports import held_row
from common.testing.memory import plenty_of_memory
from common.testing.redis_server import MISSING, PROGRAM, redis_server
from common.testing.smtp import SmtpSink

# A statement with a name: asyncpg goes on with its own, which nothing has replaced meanwhile.
_NOTHING_ASKED = SimpleNamespace(name="nothing asked")


@pytest.fixture(scope="session", autouse=True)
def _one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Trust one authority that signs nothing, in place of the world's: to read those takes each HTTP client 30 ms.

    A test that trusts one of its own names that in SSL_CERT_FILE, as ever.
    """
    with pytest.MonkeyPatch.context() as patched:
        folder = tmp_path_factory.mktemp("authorities")
        trustme.CA().cert_pem.write_to_path(str(folder / "nobody.pem"))
        patched.setenv("SSL_CERT_FILE", str(folder / "nobody.pem"))
        yield


@pytest.fixture(scope="session", autouse=True)
def _libraries_once() -> Iterator[None]:
    """Keep where Python's libraries are: loguru finds it out for every log that a service opens, in 7 ms each."""
    with pytest.MonkeyPatch.context() as patched:
        found = frozenset(ExceptionFormatter._get_lib_dirs())  # noqa: SLF001 -- it has no other name
        patched.setattr(ExceptionFormatter, "_get_lib_dirs", staticmethod(lambda: found))
        yield


@pytest.fixture(scope="session", autouse=True)
def _not_looked_for_again() -> Iterator[None]:
    """Say at once that sniffio is not there: httpcore looks through all folders of Python's for it at every call."""
    with pytest.MonkeyPatch.context() as patched:
        if importlib.util.find_spec("sniffio") is None:
            patched.setitem(sys.modules, "sniffio", None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_tls_to_our_own_server() -> Iterator[None]:
    """Do not ask an embedded PostgreSQL for TLS, which it never has: getting ready for it is a third of connecting."""
    with pytest.MonkeyPatch.context() as patched:
        if not os.environ.get("POSTGRES_HOST"):
            patched.setenv("PGSSLMODE", "disable")
        yield


@pytest.fixture(scope="session", autouse=True)
def _types_once() -> Iterator[None]:
    """Keep what a database's types are: each connection asks for those it meets, `bigint[]` too, in 10 ms each time."""
    asked = asyncpg.Connection._introspect_types  # noqa: SLF001 -- it has no other name
    known: dict[tuple[object, ...], object] = {}

    async def kept(connection: asyncpg.Connection, oids: Iterable[int], within: float) -> tuple[object, object]:
        place = (connection._addr, connection._params.database, frozenset(oids))  # noqa: SLF001 -- the same
        if place in known:
            return known[place], _NOTHING_ASKED
        known[place], statement = await asked(connection, oids, within)
        return known[place], statement

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(asyncpg.Connection, "_introspect_types", kept)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """A PostgreSQL server with a migrated template; one per worker, or the one that POSTGRES_HOST names."""
    with postgres_cluster(folder=plenty_of_memory()) as cluster:
        yield cluster


@pytest.fixture
def database(postgres: PostgresCluster, tmp_path: Path) -> Iterator[MigratedDatabase]:
    """A migrated database with nothing in it, and a home of this test alone."""
    with postgres.database(tmp_path / "home") as made:
        yield made


@pytest.fixture(scope="session")
def _shared_nats_url() -> Iterator[str]:
    with nats_server(plenty_of_memory()) as url:
        yield url


@pytest.fixture
def nats_url(_shared_nats_url: str) -> str:
    """A NATS server that knows of no event yet: the worker's own, or the one that NATS_URL names."""
    asyncio.run(_forget_events(_shared_nats_url))
    return _shared_nats_url


@pytest.fixture(scope="module")
def nats_url_of_file(_shared_nats_url: str) -> str:
    """The same for all tests of a file together, none of which may take `nats_url` as well."""
    asyncio.run(_forget_events(_shared_nats_url))
    return _shared_nats_url


async def _forget_events(url: str) -> None:
    """Empty a server that other tests used before: what they published is not ours to consume."""
    client = await nats.connect(url)
    with suppress(NotFoundError):
        await client.jetstream().delete_stream(STREAM)
    await client.close()


@contextmanager
def nats_server(folder: Path | None = None) -> Generator[str]:
    """The address of a NATS server that lives as long as this, in `folder`, or of the one that NATS_URL names."""
    given = os.environ.get("NATS_URL")
    if given:
        yield given
        return
    home = Path(tempfile.mkdtemp(prefix="branchwise-test-", dir=folder))
    server = EmbeddedNats(home)
    try:
        server.start()
        yield server.url
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def held_port() -> Iterator[int]:
    """A port of 127.0.0.1 on which nothing listens, unless the test starts what does."""
    with held_row(1) as port:
        yield port


@pytest.fixture
def redis_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty Redis server, which is not taken to be away for answering late on a busy machine."""
    if PROGRAM is None:
        pytest.skip(MISSING)
    for clients in (redis_client, shared):
        monkeypatch.setattr(clients, "_ANSWER_SECONDS", 20)
    with redis_server() as url:
        yield url


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """An SMTP server that keeps what it is sent."""
    with SmtpSink() as sink:
        yield sink
