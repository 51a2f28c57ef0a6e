"""Who calls, for which tenant, and what they may do: every service judges this itself.

`Depends(require("data:write"))` gives a route its `Principal`; `Depends(signed_in)` gives the `Identity` where no
tenant is meant (the own profile, the list of own tenants); `Authenticator.principal(headers, …)` is the same for
plain ASGI code. Refusals: 401 no or bad token, 400 a tenant header that is missing where several tenants are possible,
malformed or given twice, 403 not a member or the role does not reach.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Literal, cast
from uuid import UUID

import httpx
from fastapi import Header, Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from pydantic import WithJsonSchema

from common.auth.access_changes import AccessChange
from common.auth.api_key_text import is_whole
from common.auth.caller import Caller, caller_var
from common.auth.expiring_cache import ExpiringCache
from common.auth.request_headers import Headers, NotAMember, api_key_in, bearer_token, tenant_of
from common.auth.roles import PERSONS_SCOPES, Scope
from common.auth.signing_keys import SigningKeys, published_by
from common.auth.standing import ApiKey, Membership, api_key_of, hash_of_key, own_memberships
from common.auth.tokens import Identity, TokenVerifier
from common.db import Database
from common.logging import tenant_id_var
from common.problem import Forbidden, Problem, Unauthenticated
from common.settings import Settings

if TYPE_CHECKING:
    from common.http.context import ServiceContext

# A changed role, an ended session or a revoked key holds everywhere after this long, even where no word of it came.
STANDING_SECONDS = 30
CACHE_SIZE = 10_000
API_KEY_ROLE = "api-key"
_READING = ("GET", "HEAD")


class TenantNotChosen(Problem):
    """The account has several tenants and the request names none."""

    status = 400
    type = "tenant-not-chosen"
    title = "Say which tenant is meant"


class ScopeMissing(Forbidden):
    """The account's role does not reach this far."""

    type = "scope-missing"
    title = "The role does not allow this"


class PersonNeeded(Forbidden):
    """An API key, whatever its scopes, makes no keys and changes no people: who has stolen one must not outlive it."""

    type = "person-needed"
    title = "Only a person may do this"


class SessionEnded(Unauthenticated):
    """The token is genuine, but its session was ended: signed out, revoked, or the account is shut out."""

    type = "session-ended"
    title = "This session has ended"


class ApiKeyRefused(Unauthenticated):
    """No such key, or it was revoked or is past its time."""

    type = "api-key-refused"
    title = "The API key does not hold"


@dataclass(frozen=True, slots=True)
class Principal:
    """An account in one tenant, or a machine's key, with what it may do there.

    For a key `account_id` is the key's own id and `email` its name, so that what it does can be told apart.
    """

    account_id: UUID
    tenant_id: UUID
    email: str
    role: str
    scopes: frozenset[str]
    branch_codes: tuple[str, ...]
    kind: Literal["account", "api-key"] = "account"

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
        return "this API key" if self.kind == "api-key" else f"the role {self.role}"

    def require(self, *scopes: Scope) -> None:
        """Refuse where a scope is missing.

        Raises:
            ScopeMissing: naming the first one.
        """
        for scope in scopes:
            if scope not in self.scopes:
                message = f"this needs the scope {scope}, which {self._who} does not have"
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
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._db = db
        self._tokens = TokenVerifier(settings, keys or published_by(http, settings.url_of("auth")), clock)
        # By account and session; by the hash of the key.
        self._memberships: ExpiringCache[tuple[UUID, UUID], dict[UUID, Membership]] = ExpiringCache(CACHE_SIZE, clock)
        self._api_keys: ExpiringCache[bytes, ApiKey] = ExpiringCache(CACHE_SIZE, clock)
        # What was asked before a change was announced may answer after it: such an answer is not kept.
        self._changes_seen = 0

    async def identity(self, headers: Headers) -> Identity:
        """Whose token the request carries; an API key speaks for no person.

        Raises:
            Unauthenticated: no token, one that does not hold, or one whose session has ended.
        """
        headers = list(headers)
        if api_key_in(headers) is not None:
            message = "this is for people: sign in instead of sending an API key"
            raise Unauthenticated(message)
        identity = await self._tokens.verify(bearer_token(headers))
        caller_var.set(Caller("account", identity.account_id, identity.email, None))
        await self._of_account(identity)
        return identity

    async def principal(self, headers: Headers, *scopes: Scope) -> Principal:
        """The caller in the tenant of `X-Tenant-Id`, or in their only one, holding all of `scopes`.

        Raises:
            Unauthenticated, TenantHeaderInvalid, TenantNotChosen, NotAMember, ScopeMissing: as they are named.
        """
        headers = list(headers)
        tenant_id = tenant_of(headers)
        key = api_key_in(headers)
        if key is not None:
            return self._settled(await self._machine(key, tenant_id), *scopes)
        identity = await self.identity(headers)
        if tenant_id is None:
            tenant_id = _only_tenant(await self._of_account(identity))
        return await self.member(identity, tenant_id, *scopes)

    async def member(self, identity: Identity, tenant_id: UUID, *scopes: Scope) -> Principal:
        """The principal of an identity in a given tenant, such as one that the path names.

        Raises:
            NotAMember, ScopeMissing: as they are named.
        """
        membership = (await self._of_account(identity)).get(tenant_id)
        if membership is None:
            # Who has just made a tenant, or was just added, must not wait for the cache.
            membership = (await self._of_account(identity, afresh=True)).get(tenant_id)
        if membership is None:
            raise NotAMember
        caller_var.set(Caller("account", identity.account_id, identity.email, tenant_id))
        return self._settled(Principal(identity.account_id, tenant_id, identity.email, *membership), *scopes)

    def forget(self, change: AccessChange) -> None:
        """Drop what is remembered of those whose access has changed."""
        self._changes_seen += 1
        if change.signing_keys:
            self._tokens.withdraw(change.signing_keys)
        accounts, sessions, keys = set(change.accounts), set(change.sessions), set(change.keys)
        tenants = set(change.tenants)
        self._memberships.drop(
            lambda key, value: key[0] in accounts or key[1] in sessions or not tenants.isdisjoint(value)
        )
        self._api_keys.drop(lambda _, value: value.api_key_id in keys or value.tenant_id in tenants)

    def _settled(self, principal: Principal, *scopes: Scope) -> Principal:
        principal.require(*scopes)
        tenant_id_var.set(str(principal.tenant_id))
        return principal

    async def _machine(self, text: str, tenant_id: UUID | None) -> Principal:
        key = await self._key(text)
        caller_var.set(Caller("api-key", key.api_key_id, key.name, key.tenant_id))
        if not key.holds:
            raise ApiKeyRefused
        if tenant_id not in (None, key.tenant_id):
            raise NotAMember
        return Principal(key.api_key_id, key.tenant_id, key.name, API_KEY_ROLE, key.scopes, (), "api-key")

    async def _key(self, text: str) -> ApiKey:
        if not is_whole(text):
            message = "this is no API key: mistyped, or cut off"
            raise ApiKeyRefused(message)
        key_hash = hash_of_key(text)
        key = self._api_keys.get(key_hash)
        if key is None:
            seen = self._changes_seen
            key = await api_key_of(self._db, text)
            if key is None:
                raise ApiKeyRefused
            if seen == self._changes_seen:
                self._api_keys.put(key_hash, key, STANDING_SECONDS)
        return key

    async def _of_account(self, identity: Identity, *, afresh: bool = False) -> dict[UUID, Membership]:
        cache_key = (identity.account_id, identity.session_id)
        known = None if afresh else self._memberships.get(cache_key)
        if known is None:
            seen = self._changes_seen
            known = await own_memberships(self._db, *cache_key)
            if known is None:
                raise SessionEnded
            if seen == self._changes_seen:
                self._memberships.put(cache_key, known, STANDING_SECONDS)
        return known


def _only_tenant(memberships: dict[UUID, Membership]) -> UUID:
    tenants = list(memberships)
    if not tenants:
        message = "this account belongs to no tenant"
        raise NotAMember(message)
    if len(tenants) > 1:
        message = "the account has several tenants: name one in X-Tenant-Id"
        raise TenantNotChosen(message)
    return tenants[0]


# For Swagger's Authorize button only: the header itself is read above, where it is checked for being there once.
_bearer = HTTPBearer(auto_error=False, scheme_name="access token", bearerFormat="JWT")
_api_key = APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="API key")
_TenantHeader = Annotated[
    str | None,
    Header(
        alias="X-Tenant-Id",
        description="The tenant meant; may be left out by members of a single one",
    ),
    # It is read and judged above, where twice is told from once; here it is only described.
    WithJsonSchema({"type": "string", "format": "uuid"}),
]


def authenticator_of(request: Request) -> Authenticator:
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

    async def __call__(
        self,
        request: Request,
        _bearer: Annotated[object, Security(_bearer)],
        _key: Annotated[object, Security(_api_key)],
        _tenant: _TenantHeader = None,
    ) -> Principal:
        """The caller, or why not."""
        caller = await authenticator_of(request).principal(request.headers.raw, *self.scopes)
        if caller.kind == "api-key" and self.person_to_change and request.method not in _READING:
            raise PersonNeeded
        return caller


def require(*scopes: Scope, person: bool = False) -> Require:
    """Dependency: a member of the tenant who has all these scopes; without any, every member.

    A call that changes something and asks for `person`, or for a scope of `PERSONS_SCOPES`, is refused to API keys.
    """
    return Require(scopes, person=person)
