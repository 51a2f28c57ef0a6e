"""Whose request it is, judged by every service itself: by the token or API key, session and memberships.

What was looked up is remembered for half a minute, and dropped at the word of a change (common/auth/access_changes).
Refusals: 401 no or bad token, 400 a tenant header that is missing where several tenants are possible, malformed or
given twice, 403 not a member or the role does not reach.
"""

from collections.abc import Callable
from time import monotonic
from typing import NamedTuple
from uuid import UUID

import httpx

from common.auth.access_changes import AccessChange
from common.auth.api_key_text import is_whole
from common.auth.caller import Caller, caller_var
from common.auth.expiring_cache import ExpiringCache
from common.auth.principal import API_KEY_ROLE, Principal
from common.auth.request_headers import (
    Headers,
    NotAMember,
    about_the_caller,
    api_key_in,
    bearer_token,
    service_token_in,
    tenant_of,
)
from common.auth.roles import Scope
from common.auth.service_tokens import principal_of
from common.auth.signing_keys import SigningKeys, published_by
from common.auth.standing import ApiKey, Membership, api_key_of, hash_of_key, own_memberships
from common.auth.tokens import Identity, TokenVerifier
from common.db import Database
from common.logging import tenant_id_var
from common.problem import Problem, Unauthenticated
from common.settings import Settings

# A changed role, an ended session or a revoked key holds everywhere after this long, even where no word of it came.
STANDING_SECONDS = 30
CACHE_SIZE = 10_000


class TenantNotChosen(Problem):
    """The account has several tenants and the request names none."""

    status = 400
    type = "tenant-not-chosen"
    title = "Say which tenant is meant"


class SessionEnded(Unauthenticated):
    """The token is genuine, but its session was ended: signed out, revoked, or the account is shut out."""

    type = "session-ended"
    title = "This session has ended"


class ApiKeyRefused(Unauthenticated):
    """No such key, or it was revoked or is past its time."""

    type = "api-key-refused"
    title = "The API key does not hold"


class _Known(NamedTuple):
    """Whom headers were found to speak for."""

    caller: Caller
    principal: Principal
    tenant: str


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
        name: str = "",
    ) -> None:
        self._settings = settings
        # Which service this is: others call it by itself with tokens made for it.
        self._name = name
        self._db = db
        self._tokens = TokenVerifier(settings, keys or published_by(http, settings.url_of("auth")), clock)
        # By account and session; by the hash of the key.
        self._memberships: ExpiringCache[tuple[UUID, UUID], dict[UUID, Membership]] = ExpiringCache(CACHE_SIZE, clock)
        self._api_keys: ExpiringCache[bytes, ApiKey] = ExpiringCache(CACHE_SIZE, clock)
        # By all that headers say of a person; for as long as what it was concluded from is remembered, and no change of
        # anybody's access is told.
        self._known: ExpiringCache[tuple[tuple[bytes, bytes], ...], _Known] = ExpiringCache(CACHE_SIZE, clock)
        # What was asked before a change was announced may answer after it: such an answer is not kept.
        self._changes_seen = 0

    async def identity(self, headers: Headers) -> Identity:
        """Whose token the request carries; an API key speaks for no person.

        Raises:
            Unauthenticated: no token, one that does not hold, or one whose session has ended.
        """
        headers = about_the_caller(headers)
        if api_key_in(headers) is not None:
            message = "this is for people: sign in instead of sending an API key"
            raise Unauthenticated(message)
        identity, _ = await self._person(bearer_token(headers))
        return identity

    async def principal(self, headers: Headers, *scopes: Scope) -> Principal:
        """The caller in the tenant of `X-Tenant-Id`, or in their only one, holding all of `scopes`.

        Raises:
            Unauthenticated, TenantHeaderInvalid, TenantNotChosen, NotAMember, ScopeMissing: as they are named.
        """
        headers = about_the_caller(headers)
        known = self._known.get(headers)
        if known is not None:
            caller_var.set(known.caller)
            known.principal.require(*scopes)
            tenant_id_var.set(known.tenant)
            return known.principal
        seen = self._changes_seen
        tenant_id = tenant_of(headers)
        key = api_key_in(headers)
        if key is not None:
            return self._settled(await self._machine(key, tenant_id), *scopes)
        service_token = service_token_in(headers)
        if service_token is not None:
            return self._settled(self._service(service_token, tenant_id), *scopes)
        token = bearer_token(headers)
        identity, memberships = await self._person(token)
        principal = await self._member(identity, tenant_id or _only_tenant(memberships))
        if seen == self._changes_seen:
            standing = self._memberships.seconds_left((identity.account_id, identity.session_id))
            known = _Known(_caller_of(identity, principal.tenant_id), principal, str(principal.tenant_id))
            self._known.put(headers, known, min(self._tokens.seconds_known(token), standing))
        return self._settled(principal, *scopes)

    async def member(self, identity: Identity, tenant_id: UUID, *scopes: Scope) -> Principal:
        """The principal of an identity in a given tenant, such as one that the path names.

        Raises:
            NotAMember, ScopeMissing: as they are named.
        """
        return self._settled(await self._member(identity, tenant_id), *scopes)

    def forget(self, change: AccessChange) -> None:
        """Drop what is remembered of those whose access has changed."""
        self._changes_seen += 1
        self._known.clear()
        if change.signing_keys:
            self._tokens.withdraw(change.signing_keys)
        accounts, sessions, keys = set(change.accounts), set(change.sessions), set(change.keys)
        tenants = set(change.tenants)
        self._memberships.drop(
            lambda key, value: key[0] in accounts or key[1] in sessions or not tenants.isdisjoint(value)
        )
        self._api_keys.drop(lambda _, value: value.api_key_id in keys or value.tenant_id in tenants)

    async def _person(self, token: str) -> tuple[Identity, dict[UUID, Membership]]:
        identity = await self._tokens.verify(token)
        caller_var.set(_caller_of(identity, None))
        return identity, await self._of_account(identity)

    async def _member(self, identity: Identity, tenant_id: UUID) -> Principal:
        membership = (await self._of_account(identity)).get(tenant_id)
        if membership is None:
            # Who has just made a tenant, or was just added, must not wait for the cache.
            membership = (await self._of_account(identity, afresh=True)).get(tenant_id)
        if membership is None:
            raise NotAMember
        caller_var.set(_caller_of(identity, tenant_id))
        return Principal(identity.account_id, tenant_id, identity.email, *membership)

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

    def _service(self, token: str, tenant_id: UUID | None) -> Principal:
        principal = principal_of(self._settings, self._name, token)
        if tenant_id not in (None, principal.tenant_id):
            raise NotAMember
        return principal

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


def _caller_of(identity: Identity, tenant_id: UUID | None) -> Caller:
    return Caller("account", identity.account_id, identity.email, tenant_id)


def _only_tenant(memberships: dict[UUID, Membership]) -> UUID:
    tenants = list(memberships)
    if not tenants:
        message = "this account belongs to no tenant"
        raise NotAMember(message)
    if len(tenants) > 1:
        message = "the account has several tenants: name one in X-Tenant-Id"
        raise TenantNotChosen(message)
    return tenants[0]
