"""The auth service as a client of OpenID providers: a certified one, and one that lies."""

from collections.abc import AsyncGenerator, Iterator

import httpx
import pytest
from pydantic import SecretStr

from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from tests.auth_service.openid import lying_provider
from tests.auth_service.openid.browser import Browser
from tests.auth_service.openid.lying_provider import LyingProvider
from tests.auth_service.openid_provider.running import RunningProvider, running_provider


@pytest.fixture(scope="session")
def provider() -> Iterator[RunningProvider]:
    """oidc-provider, which tells email and name at its userinfo endpoint."""
    with running_provider() as running:
        yield running


@pytest.fixture
async def liar() -> AsyncGenerator[LyingProvider]:
    """The provider that the service is a client of, unless a test's module says otherwise."""
    async with lying_provider.running() as running:
        yield running


@pytest.fixture
def settings(database: MigratedDatabase, nats_url: str, liar: LyingProvider) -> Settings:
    return database.settings.model_copy(
        update={
            "nats_url": nats_url,
            "environment": "development",
            "oauth_client_id": lying_provider.CLIENT_ID,
            "oauth_client_secret": SecretStr(lying_provider.CLIENT_SECRET),
            "oauth_redirect_uri": lying_provider.REDIRECT_URI,
            "oauth_issuer": liar.issuer,
        }
    )


@pytest.fixture
async def browser(auth: httpx.AsyncClient) -> AsyncGenerator[Browser]:
    async with Browser(str(auth.base_url).rstrip("/")) as opened:
        yield opened


@pytest.fixture
async def other_browser(auth: httpx.AsyncClient) -> AsyncGenerator[Browser]:
    async with Browser(str(auth.base_url).rstrip("/")) as opened:
        yield opened
