"""Who calls, in which tenant, and what they may do there: what routes ask for.

`Depends(require("data:write"))` gives a route its `Principal`; `Depends(signed_in)` gives the `Identity` where no
tenant is meant (the own profile, the list of own tenants). Both ask the service's `Authenticator`, whose
`principal(headers, …)` is the same for plain ASGI code.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, cast
from uuid import UUID

from fastapi import Request, Security
from fastapi.security import HTTPBearer

from common.auth.roles import PERSONS_SCOPES, Scope
from common.auth.tokens import Identity
from common.problem import Forbidden

if TYPE_CHECKING:
    from common.auth.authenticator import Authenticator
    from common.http.context import ServiceContext

API_KEY_ROLE = "api-key"
API_KEY_SCHEME = "API key"
_READING = ("GET", "HEAD")


class ScopeMissing(Forbidden):
    """The account's role does not reach this far."""

    type = "scope-missing"
    title = "The role does not allow this"


class ServiceReadsOnly(Forbidden):
    """A service that calls by itself changes nothing."""

    type = "service-reads-only"
    title = "A service may only read"


class PersonNeeded(Forbidden):
    """An API key, whatever its scopes, makes no keys and changes no people: who has stolen one must not outlive it."""

    type = "person-needed"
    title = "Only a person may do this"


@dataclass(frozen=True, slots=True)
class Principal:
    """An account in one tenant, a machine's key, or another service, with what it may do there.

    For a key `account_id` is the key's own id and `email` its name, so that what it does can be told apart.
    """

    account_id: UUID
    tenant_id: UUID
    email: str
    role: str
    scopes: frozenset[str]
    branch_codes: tuple[str, ...]
    kind: Literal["account", "api-key", "service"] = "account"

    @property
    def readable_branches(self) -> tuple[str, ...] | None:
        """Branches whose tasks and reports may be read; None means all. Only a rep is held to the own ones."""
        return self.branch_codes if self.role == "rep" else None

    @property
    def workable_branches(self) -> tuple[str, ...] | None:
        """Branches whose tasks may be worked; None means all. Managers, admins and keys work all."""
        return None if self.role in ("manager", "admin", API_KEY_ROLE) else self.branch_codes

    @property
    def _who(self) -> str:
        return {"api-key": "this API key", "service": "a service"}.get(self.kind, f"the role {self.role}")

    def require(self, *scopes: Scope) -> None:
        """Refuse where a scope is missing.

        Raises:
            ScopeMissing: naming the first one.
        """
        for scope in scopes:
            if scope not in self.scopes:
                message = f"this needs the scope {scope}, which {self._who} does not have"
                raise ScopeMissing(message)


# For Swagger's Authorize button only: the authenticator reads the header itself, and judges that it is there once.
ACCESS_TOKEN_SCHEME = "access token"  # noqa: S105 -- its name
_bearer = HTTPBearer(auto_error=False, scheme_name=ACCESS_TOKEN_SCHEME, bearerFormat="JWT")


def authenticator_of(request: Request) -> "Authenticator":
    """The authenticator of the service that the request reached."""
    return cast("ServiceContext", request.app.state.context).auth


async def signed_in(request: Request, _bearer: Annotated[object, Security(_bearer)]) -> Identity:
    """Dependency: whose token it is, whatever the tenant."""
    return await authenticator_of(request).identity(request.headers.raw)


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
        caller = await authenticator_of(request).principal(request.headers.raw, *self.scopes)
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
