"""What routes ask for: who calls, in which tenant, and that they may.

`Depends(require("data:write"))` gives a route its `Principal`; `Depends(signed_in)` gives the `Identity` where no
tenant is meant (the own profile, the list of own tenants). Both ask the service's `Authenticator`, whose
`principal(headers, …)` is the same for plain ASGI code.
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
# For Swagger's Authorize button only: the authenticator reads the header itself, and judges that it is there once.
ACCESS_TOKEN_SCHEME = "access token"  # noqa: S105 -- its name
_bearer = HTTPBearer(auto_error=False, scheme_name=ACCESS_TOKEN_SCHEME, bearerFormat="JWT")
_READING = ("GET", "HEAD")


class ServiceReadsOnly(Forbidden):
    """A service that calls by itself changes nothing."""

    type = "service-reads-only"
    title = "A service may only read"


class PersonNeeded(Forbidden):
    """An API key, whatever its scopes, makes no keys and changes no people: who has stolen one must not outlive it."""

    type = "person-needed"
    title = "Only a person may do this"


async def signed_in(request: Request, _bearer: Annotated[object, Security(_bearer)]) -> Identity:
    """Dependency: whose token it is, whatever the tenant."""
    return await context_of(request).auth.identity(request.headers.raw)


class Require:
    """The dependency that `require` makes; it tells what it asks for, so that tests can hold every route against it."""

    def __init__(self, scopes: tuple[Scope, ...], *, person: bool) -> None:
        self.scopes = scopes
        self.person_to_change = person or not PERSONS_SCOPES.isdisjoint(scopes)

    async def __call__(self, request: Request) -> Principal:
        """The caller, or why not.

        Which headers say so is told by common/http/caller_document: parameters here, for the document's sake alone,
        would be resolved at every request, which takes longer than to judge it.
        """
        caller = await context_of(request).auth.principal(request.headers.raw, *self.scopes)
        if caller.kind == "api-key" and self.refuses_keys(request.method):
            raise PersonNeeded
        if caller.kind == "service" and request.method not in _READING:
            raise ServiceReadsOnly
        return caller

    def refuses_keys(self, method: str) -> bool:
        """Is a call with this method for people alone, whatever an API key may do?"""
        return self.person_to_change and method not in _READING


def require(*scopes: Scope, person: bool = False) -> Require:
    """Dependency: a member of the tenant who has all these scopes; without any, every member.

    A call that changes something and asks for `person`, or for a scope of `PERSONS_SCOPES`, is refused to API keys.
    """
    return Require(scopes, person=person)
