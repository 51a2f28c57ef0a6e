"""All seven services on sockets of their own, as they are deployed: tokens signed with the auth service's key."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack

import httpx
import pytest
import pytest_asyncio

from common.http.app import create_app
from common.settings import SERVICES, port_setting
from common.testing.cluster import MigratedDatabase, PostgresCluster
from common.testing.held_ports import held_ports
from common.testing.serve import serve
from common.testing.servers import nats_server
from services.analytics_service import SPEC as ANALYTICS
from services.auth_service import SPEC as AUTH
from services.data_service.contents import SPEC as DATA
from services.email_service import SPEC as EMAIL
from services.gateway.api.entry import Gateway
from services.insights_service import SPEC as INSIGHTS
from services.realtime_service import SPEC as REALTIME
from tests.access.running import System, peopled, with_a_call


@pytest.fixture(scope="module")
def servers(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MigratedDatabase]:
    """A database whose settings name a NATS server and free ports, for the tests of one file."""
    home = tmp_path_factory.mktemp("access") / "home"
    with (
        held_ports(map(port_setting, SERVICES)) as ports,
        postgres.database(home) as database,
        nats_server() as nats_url,
    ):
        settings = database.settings.model_copy(update={"nats_url": nats_url, **ports})
        yield MigratedDatabase(database.name, settings, database.superuser_dsn)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(servers: MigratedDatabase) -> AsyncGenerator[System]:
    """Everything up, with a tenant whose owner has signed in."""
    settings = servers.settings
    specs = [with_a_call(spec) for spec in (AUTH, DATA, ANALYTICS, EMAIL, INSIGHTS, REALTIME)]
    apps = {spec.name: create_app(spec, settings) for spec in specs}
    async with AsyncExitStack() as stack:
        for name, app in apps.items():
            await stack.enter_async_context(serve(app, settings.port_of(name)))
        await stack.enter_async_context(serve(Gateway(settings), settings.port_of("gateway")))
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=30))
        urls = {name: settings.url_of(name) for name in SERVICES}
        yield await peopled(settings, servers.superuser_dsn, urls, apps, client)
