"""Hold the configured OpenID providers."""

from common.settings import Settings
from common.sign_in_providers import is_local_http, sign_in_providers
from services.auth_service.errors.sign_in import NoSuchProvider
from services.auth_service.sources.openid_http import provider_client
from services.auth_service.sources.openid_provider import OpenIdProvider


class OpenIdProviders:
    """The providers by name; the first is the default."""

    def __init__(self, settings: Settings) -> None:
        self._http = provider_client()

        def is_local(url: str) -> bool:
            return settings.environment != "production" and is_local_http(url, settings)

        self._providers = {
            name: OpenIdProvider(registration, self._http, is_local)
            for name, registration in sign_in_providers(settings).items()
        }

    def __len__(self) -> int:
        return len(self._providers)

    def named(self, name: str | None) -> OpenIdProvider:
        """Return the provider of this name, or the default one.

        Raises:
            NoSuchProvider: there is no such provider.
        """
        if not self._providers:
            raise NoSuchProvider("none is configured: set OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET and OAUTH_REDIRECT_URI")
        provider = next(iter(self._providers.values())) if name is None else self._providers.get(name)
        if provider is None:
            raise NoSuchProvider("configured are: " + ", ".join(self._providers))
        return provider

    async def aclose(self) -> None:
        """Close the connections to them."""
        await self._http.aclose()
