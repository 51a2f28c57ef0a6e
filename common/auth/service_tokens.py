"""How one service asks another by itself, for no person: a token to read one tenant's figures from one service.

It stands as `Authorization: Service …`, which the gateway takes from nobody. It is signed with a secret that all
services of a home derive and no database holds. There is one way to write it, and no algorithm to choose.
"""

import hmac
import re
import time
from typing import Final
from uuid import UUID

from common.auth.principal import Principal
from common.auth.roles import Scope
from common.problem import Unauthenticated
from common.settings import Settings

SERVICE_ROLE: Final = "service"
# What a service may do in a tenant that it was not asked into by a person: read figures.
SERVICE_SCOPES: Final[frozenset[Scope]] = frozenset({"analytics:read"})
LIFETIME_SECONDS: Final = 60
# How far another server's clock may be ahead of ours.
_CLOCK_SKEW_SECONDS: Final = 60
_TOKEN: Final = re.compile(r"([a-z]{1,20})\.([a-z]{1,20})\.([0-9a-f]{32})\.([0-9]{10})\.([0-9a-f]{64})", re.ASCII)


class ServiceTokenRefused(Unauthenticated):
    """The token is not one that a service of this home made to be used here and now."""

    type = "service-token-refused"
    title = "The service token does not hold"


def service_token(settings: Settings, caller: str, asked: str, tenant_id: UUID) -> str:
    """A token with which the service `caller` reads figures of this tenant from the service `asked`."""
    claims = f"{caller}.{asked}.{tenant_id.hex}.{int(time.time()) + LIFETIME_SECONDS}"
    return f"{claims}.{_signature(settings, claims)}"


def principal_of(settings: Settings, asked: str, token: str) -> Principal:
    """Whom a token that was sent to the service `asked` speaks for.

    Raises:
        ServiceTokenRefused: forged, expired, for another service, or no token at all.
    """
    found = _TOKEN.fullmatch(token)
    if found is None or not hmac.compare_digest(found[5], _signature(settings, token.rpartition(".")[0])):
        message = "it was not made by a service of this home"
        raise ServiceTokenRefused(message)
    caller, meant, tenant, until = found[1], found[2], UUID(hex=found[3]), int(found[4])
    if meant != asked or not 0 < until - time.time() <= LIFETIME_SECONDS + _CLOCK_SKEW_SECONDS:
        message = "it was made for another service, or for another time"
        raise ServiceTokenRefused(message)
    return Principal(UUID(int=0), tenant, f"{caller} service", SERVICE_ROLE, SERVICE_SCOPES, (), "service")


def _signature(settings: Settings, claims: str) -> str:
    secret = settings.derived_secret("service tokens")
    return hmac.new(secret.encode(), claims.encode(), "sha256").hexdigest()
