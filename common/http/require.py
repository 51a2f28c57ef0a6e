"""Dependencies of routes that authenticate the caller and check their permissions.

`Depends(require("data:write"))` gives a route the `Principal` of a tenant. `Depends(signed_in)` gives the `Identity`
for routes without a tenant, such as the caller's own profile or list of tenants. Both use the service's
`Authenticator`; plain ASGI code calls its `principal(headers, …)` directly.
"""

from typing import Annotated

from fastapi import Request, Security
from fastapi.security import HTTPBearer

from common.auth.principal import Principal
from common.auth.roles import PERSONS_SCOPES, Scope
from common.auth.tokens import Identity
from common.http.context import context_of
from common.problem import Forbidden

API_KEY_SCHEME = "API key"
# Only for Swagger's Authorize button: the authenticator reads the header itself, and checks that it occurs once.
ACCESS_TOKEN_SCHEME = "access token"  # noqa: S105 -- its name
_bearer = HTTPBearer(auto_error=False, scheme_name=ACCESS_TOKEN_SCHEME, bearerFormat="JWT")
_READING = ("GET", "HEAD")


class ServiceReadsOnly(Forbidden):
    """A service that calls on its own behalf may not change anything."""

    type = "service-reads-only"
    title = "A service may only read"


class PersonNeeded(Forbidden):
    """The call is refused to API keys, whatever their scopes.

    An API key may not create keys or change people, so that a stolen key gives no access after it was revoked.
    """

    type = "person-needed"
    title = "Only a person may do this"


async def signed_in(request: Request, _bearer: Annotated[object, Security(_bearer)]) -> Identity:
    """Dependency: return the identity of the access token, independently of any tenant."""
    return await context_of(request).auth.identity(request.headers.raw)


class Require:
    """The dependency that `require` creates. Its attributes show what it requires, so that tests can check routes."""

    def __init__(self, scopes: tuple[Scope, ...], *, person: bool) -> None:
        self.scopes = scopes
        self.person_to_change = person or not PERSONS_SCOPES.isdisjoint(scopes)

    async def __call__(self, request: Request) -> Principal:
        """Return the caller, or raise the problem for which they are refused.

        The headers are documented by common/http/caller_document. Parameters here would serve only the documentation,
        but FastAPI would resolve them at each request, which takes longer than the check itself.
        """
        caller = await context_of(request).auth.principal(request.headers.raw, *self.scopes)
        if caller.kind == "api-key" and self.refuses_keys(request.method):
            raise PersonNeeded
        if caller.kind == "service" and request.method not in _READING:
            raise ServiceReadsOnly
        return caller

    def refuses_keys(self, method: str) -> bool:
        """Return whether calls with this method are refused to API keys, whatever their scopes."""
        return self.person_to_change and method not in _READING


def require(*scopes: Scope, person: bool = False) -> Require:
    """Create a dependency that requires a member of the tenant with all these scopes; without scopes, any member.

    A call that changes something is refused to API keys if `person` is set or a scope is one of `PERSONS_SCOPES`.
    """
    return Require(scopes, person=person)
