"""Who calls, for which tenant, and what they may do: every service judges this itself.

`Depends(require("data:write"))` gives a route its `Principal`; `Depends(signed_in)` gives the `Identity` where no
tenant is meant (the own profile, the list of own tenants); `Authenticator.principal(headers, …)` is the same for
plain ASGI code. Refusals: 401 no or bad token, 400 a tenant header that is missing where several tenants are possible,
malformed or given twice, 403 not a member or the role does not reach.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, cast
from uuid import UUID

import httpx
from fastapi import Header, Request, Security
from fastapi.security import HTTPBearer

from common.auth.expiring_cache import ExpiringCache
from common.auth.memberships import Membership, own_memberships
from common.auth.request_headers import Headers, NotAMember, bearer_token, tenant_of
from common.auth.roles import Scope
from common.auth.signing_keys import SigningKeys, published_by
from common.auth.tokens import Identity, TokenVerifier
from common.db import Database
from common.logging import tenant_id_var
from common.problem import Forbidden, Problem
from common.settings import Settings

if TYPE_CHECKING:
    from common.http.context import ServiceContext

# A changed role or a removed member holds everywhere after this long.
MEMBERSHIP_SECONDS = 30
MEMBERSHIP_CACHE_SIZE = 10_000


class TenantNotChosen(Problem):
    """The account has several tenants and the request names none."""

    status = 400
    type = "tenant-not-chosen"
    title = "Say which tenant is meant"


class ScopeMissing(Forbidden):
    """The account's role does not reach this far."""

    type = "scope-missing"
    title = "The role does not allow this"


@dataclass(frozen=True, slots=True)
class Principal:
    """An account in one tenant, with what it may do there."""

    account_id: UUID
    tenant_id: UUID
    email: str
    role: str
    scopes: frozenset[str]
    branch_codes: tuple[str, ...]

    @property
    def readable_branches(self) -> tuple[str, ...] | None:
        """Branches whose tasks and reports may be read; None means all. Only a rep is held to the own ones."""
        return self.branch_codes if self.role == "rep" else None

    @property
    def workable_branches(self) -> tuple[str, ...] | None:
        """Branches whose tasks may be worked; None means all. Managers and admins work all."""
        return None if self.role in ("manager", "admin") else self.branch_codes

    def require(self, *scopes: Scope) -> None:
        """Refuse where a scope is missing.

        Raises:
            ScopeMissing: naming the first one.
        """
        for scope in scopes:
            if scope not in self.scopes:
                message = f"this needs the scope {scope}, which the role {self.role} does not have"
                raise ScopeMissing(message)


class Authenticator:
    """Turns a request's headers into an identity and a principal, for one service."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        http: httpx.AsyncClient,
        *,
        keys: SigningKeys | None = None,
    ) -> None:
        self._db = db
        self._tokens = TokenVerifier(settings, keys or published_by(http, settings.url_of("auth")))
        self._memberships: ExpiringCache[UUID, dict[UUID, Membership]] = ExpiringCache(MEMBERSHIP_CACHE_SIZE)

    async def identity(self, headers: Headers) -> Identity:
        """Whose token the request carries.

        Raises:
            Unauthenticated: no token, or one that does not hold.
        """
        return await self._tokens.verify(bearer_token(headers))

    async def principal(self, headers: Headers, *scopes: Scope) -> Principal:
        """The caller in the tenant of `X-Tenant-Id`, or in their only one, holding all of `scopes`.

        Raises:
            Unauthenticated, TenantHeaderInvalid, TenantNotChosen, NotAMember, ScopeMissing: as they are named.
        """
        headers = list(headers)
        identity = await self.identity(headers)
        tenant_id = tenant_of(headers)
        if tenant_id is None:
            tenant_id = await self._only_tenant(identity.account_id)
        return await self.member(identity, tenant_id, *scopes)

    async def member(self, identity: Identity, tenant_id: UUID, *scopes: Scope) -> Principal:
        """The principal of an identity in a given tenant, such as one that the path names.

        Raises:
            NotAMember, ScopeMissing: as they are named.
        """
        membership = (await self._of_account(identity.account_id)).get(tenant_id)
        if membership is None:
            # Who has just made a tenant, or was just added, must not wait for the cache.
            membership = (await self._of_account(identity.account_id, afresh=True)).get(tenant_id)
        if membership is None:
            raise NotAMember
        principal = Principal(identity.account_id, tenant_id, identity.email, *membership)
        principal.require(*scopes)
        tenant_id_var.set(str(tenant_id))
        return principal

    async def _of_account(self, account_id: UUID, *, afresh: bool = False) -> dict[UUID, Membership]:
        known = None if afresh else self._memberships.get(account_id)
        if known is None:
            known = await own_memberships(self._db, account_id)
            self._memberships.put(account_id, known, MEMBERSHIP_SECONDS)
        return known

    async def _only_tenant(self, account_id: UUID) -> UUID:
        tenants = list(await self._of_account(account_id))
        if not tenants:
            message = "this account belongs to no tenant"
            raise NotAMember(message)
        if len(tenants) > 1:
            message = "the account has several tenants: name one in X-Tenant-Id"
            raise TenantNotChosen(message)
        return tenants[0]


# For Swagger's Authorize button only: the header itself is read above, where it is checked for being there once.
_bearer = HTTPBearer(auto_error=False, scheme_name="access token", bearerFormat="JWT")
_TenantHeader = Annotated[
    str | None,
    Header(
        alias="X-Tenant-Id",
        description="The tenant meant; may be left out by members of a single one",
    ),
]


def authenticator_of(request: Request) -> Authenticator:
    """The authenticator of the service that the request reached."""
    return cast("ServiceContext", request.app.state.context).auth


async def signed_in(request: Request, _bearer: Annotated[object, Security(_bearer)]) -> Identity:
    """Dependency: whose token it is, whatever the tenant."""
    return await authenticator_of(request).identity(request.headers.raw)


def require(*scopes: Scope) -> Callable[..., Awaitable[Principal]]:
    """Dependency: a member of the tenant who has all these scopes; without any, every member."""

    async def principal(
        request: Request,
        _bearer: Annotated[object, Security(_bearer)],
        _tenant: _TenantHeader = None,
    ) -> Principal:
        return await authenticator_of(request).principal(request.headers.raw, *scopes)

    return principal
