"""Authenticates requests: asks the auth service about a token or key, and caches its verdict for a minute at most."""

import asyncio
import hashlib
import time
from time import monotonic
from typing import NamedTuple
from uuid import UUID

from common.auth.access_changes import AccessChange
from common.auth.expiring_cache import ExpiringCache
from common.auth.request_headers import NotAMember, tenant_of
from services.gateway.domain.changes import Changes
from services.gateway.domain.plans import hourly_requests
from services.gateway.sources.auth import Auth

VERDICT_SECONDS = 60
VERDICT_CACHE_SIZE = 20_000
# A tenant that is missing from a verdict older than this is asked about again: it may just have been created. The delay
# limits how often refused requests reach the auth service.
_ASK_AGAIN_SECONDS = 1
# How many values of the tenant header are cached with one verdict.
_MAX_CALLERS = 64

RawHeaders = tuple[tuple[bytes, bytes], ...]


class Caller(NamedTuple):
    """An authenticated caller: the name that their requests are counted under, and their requests per hour."""

    counted_as: str
    per_hour: int


class Verdict(NamedTuple):
    """The auth service's verdict on a valid token or key, which may be cached for `seconds`.

    `ids` are the account, session, key and tenants that it rests on. `callers` has the callers already determined, by
    tenant headers. Times are of the monotonic clock.
    """

    counted_as: str
    ids: frozenset[UUID]
    plans: dict[UUID, str]
    asked_at: float
    seconds: float
    callers: dict[RawHeaders, Caller]


class Callers:
    """Checks the token or key and the tenant header of requests. Roles and scopes are checked by the services."""

    def __init__(self, auth: Auth, size: int = VERDICT_CACHE_SIZE) -> None:
        self._auth = auth
        # By SHA-256 of the token or key, so that no usable credentials are kept.
        self._verdicts: ExpiringCache[bytes, Verdict] = ExpiringCache(size)
        self._asking: dict[bytes, asyncio.Task[Verdict]] = {}
        self.changes = Changes()

    async def judge(self, credentials: RawHeaders, tenants: RawHeaders) -> Caller:
        """Return the caller of a valid token or key who is a member of the tenant that they name, if they name one.

        `credentials` are all values of Authorization and X-API-Key, `tenants` all those of X-Tenant-Id.

        Raises:
            Unauthenticated: the token or key is missing or not valid.
            TenantHeaderInvalid, NotAMember: the tenant header is not valid, or names a tenant of others.
            SigningKeysAway, ServiceUnreachable: the auth service cannot be asked.
        """
        digest = _digest(credentials)
        verdict = self._verdicts.get(digest)
        if verdict is None or self.changes.outdate(verdict.ids, verdict.asked_at):
            verdict = await self._ask(digest, credentials, tenants)
        caller = verdict.callers.get(tenants)
        return caller or await self._caller_in_tenant(verdict, digest, credentials, tenants)

    async def judge_anew(self, credentials: RawHeaders, tenants: RawHeaders) -> Verdict:
        """Ask the auth service now, and return its verdict; raises as `judge` does."""
        digest = _digest(credentials)
        verdict = await self._ask(digest, credentials, tenants)
        await self._caller_in_tenant(verdict, digest, credentials, tenants)
        return verdict

    def cached(self, credentials: RawHeaders) -> Verdict | None:
        """Return the cached verdict on these credentials, or None."""
        return self._verdicts.get(_digest(credentials))

    def forget_caller(self, credentials: RawHeaders) -> None:
        """Ask anew at the next request with these credentials, because this one may change what their owner may do.

        The change is announced too, but the owner's next request may arrive before the announcement.
        """
        digest = _digest(credentials)
        self._verdicts.forget(digest)
        self._asking.pop(digest, None)

    def forget(self, change: AccessChange) -> None:
        """Outdate earlier verdicts on the accounts, sessions, keys and tenants of the change."""
        if change.signing_keys:
            self._auth.withdraw(change.signing_keys)
        # It is not recorded which verdicts rest on a withdrawn key, so all are outdated.
        self.changes.note(None if change.signing_keys else change)
        # A request that arrives now must not share the answer to a question asked before the change.
        self._asking.clear()

    def forget_everything(self) -> None:
        """Outdate all verdicts, because announcements of changes may have been missed."""
        self.changes.note(None)
        self._asking.clear()

    async def _caller_in_tenant(
        self, verdict: Verdict, digest: bytes, credentials: RawHeaders, tenants: RawHeaders
    ) -> Caller:
        """Return the caller in the tenant that the request names."""
        tenant_id = tenant_of(tenants)
        if tenant_id is not None and tenant_id not in verdict.plans:
            if monotonic() - verdict.asked_at > _ASK_AGAIN_SECONDS:
                verdict = await self._ask(digest, credentials, tenants)
            if tenant_id not in verdict.plans:
                raise NotAMember
        caller = Caller(verdict.counted_as, hourly_requests(verdict.plans, tenant_id))
        if len(verdict.callers) < _MAX_CALLERS:
            verdict.callers[tenants] = caller
        return caller

    async def _ask(self, digest: bytes, credentials: RawHeaders, tenants: RawHeaders) -> Verdict:
        """Ask the auth service; concurrent requests with the same credentials share one question."""
        asking = self._asking.get(digest)
        if asking is None:
            asking = self._asking[digest] = asyncio.ensure_future(self._verdict_of_auth(credentials, tenants))
            asking.add_done_callback(lambda asked: self._settle(digest, asked))
        # Shielded: a caller who disconnects must not cancel the question for the others.
        return await asyncio.shield(asking)

    def _settle(self, digest: bytes, asked: asyncio.Task[Verdict]) -> None:
        if self._asking.get(digest) is asked:
            del self._asking[digest]
        if asked.cancelled() or asked.exception() is not None:
            return
        verdict = asked.result()
        if not self.changes.outdate(verdict.ids, verdict.asked_at):
            self._verdicts.put(digest, verdict, verdict.seconds)

    async def _verdict_of_auth(self, credentials: RawHeaders, tenants: RawHeaders) -> Verdict:
        asked_at = monotonic()
        # Membership is checked here; the auth service gets the tenant headers to record attempts on other tenants.
        known = await self._auth.caller((*credentials, *tenants))
        plans = {UUID(tenant.id): tenant.plan for tenant in known.tenants}
        own = [UUID(name) for name in (known.account_id, known.session_id, known.api_key_id) if name is not None]
        return Verdict(
            counted_as=f"key/{known.api_key_id}" if known.api_key_id else f"account/{known.account_id}",
            ids=frozenset((*own, *plans)),
            plans=plans,
            asked_at=asked_at,
            seconds=min(VERDICT_SECONDS, known.expires_at - time.time()),
            callers={},
        )


def _digest(headers: RawHeaders) -> bytes:
    return hashlib.sha256(b"\n".join([part for header in headers for part in header])).digest()
