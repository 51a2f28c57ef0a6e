"""Whom a request's token or key speaks for: asked of the auth service, and remembered for a minute at most."""

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
# Who has just made a tenant gets in after this long, and refusals cost the auth service one question in it.
_ASK_AGAIN_SECONDS = 1
# Spellings of the tenant header that one verdict remembers.
_MAX_CALLERS = 64

RawHeaders = tuple[tuple[bytes, bytes], ...]


class Caller(NamedTuple):
    """Who may pass: the name that their requests are counted under, and how many of an hour they have."""

    counted_as: str
    per_hour: int


class Verdict(NamedTuple):
    """What a good token or key is good for. `callers` is by the tenant headers with which it passed already.

    `ids` are all that it rests on: account, session, key, tenants. Times are of the monotonic clock.
    """

    counted_as: str
    ids: frozenset[UUID]
    plans: dict[UUID, str]
    asked_at: float
    seconds: float
    callers: dict[RawHeaders, Caller]


class Callers:
    """Judges token, key and tenant header of requests. Roles and scopes are the services' to judge."""

    def __init__(self, auth: Auth, size: int = VERDICT_CACHE_SIZE) -> None:
        self._auth = auth
        # By sha-256 of the token or key: what is remembered opens nothing.
        self._verdicts: ExpiringCache[bytes, Verdict] = ExpiringCache(size)
        self._asking: dict[bytes, asyncio.Task[Verdict]] = {}
        self.changes = Changes()

    async def judge(self, credentials: RawHeaders, tenants: RawHeaders) -> Caller:
        """Let pass who holds a good token or key and is a member of the tenant they name, if they name one.

        `credentials` are all the values of Authorization and X-API-Key, `tenants` all those of X-Tenant-Id.

        Raises:
            Unauthenticated, TenantHeaderInvalid, NotAMember: as they are named.
            SigningKeysAway, ServiceUnreachable: the auth service cannot be asked.
        """
        digest = _digest(credentials)
        verdict = self._verdicts.get(digest)
        if verdict is None or self.changes.outdate(verdict.ids, verdict.asked_at):
            verdict = await self._ask(digest, credentials, tenants)
        caller = verdict.callers.get(tenants)
        return caller or await self._named(verdict, digest, credentials, tenants)

    async def judge_anew(self, credentials: RawHeaders, tenants: RawHeaders) -> Verdict:
        """The same, asked of the auth service now; with what it rests on."""
        digest = _digest(credentials)
        verdict = await self._ask(digest, credentials, tenants)
        await self._named(verdict, digest, credentials, tenants)
        return verdict

    def remembered(self, credentials: RawHeaders) -> Verdict | None:
        """What a judgement that was just made rests on, unless it could not be kept."""
        return self._verdicts.get(_digest(credentials))

    def forget(self, change: AccessChange) -> None:
        """What was asked before this no longer holds for those whom it names."""
        if change.signing_keys:
            self._auth.withdraw(change.signing_keys)
        # Which verdicts a withdrawn key stands behind is not kept.
        self.changes.note(None if change.signing_keys else change)
        # Who comes now must not join a question that is older than the change.
        self._asking.clear()

    def forget_everything(self) -> None:
        """Word of changes may have been missed."""
        self.changes.note(None)
        self._asking.clear()

    async def _named(self, verdict: Verdict, digest: bytes, credentials: RawHeaders, tenants: RawHeaders) -> Caller:
        """The caller in the tenant that the request names."""
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
        """Ask the auth service, together with whoever asks the same at the moment."""
        asking = self._asking.get(digest)
        if asking is None:
            asking = self._asking[digest] = asyncio.ensure_future(self._judged_by_auth(credentials, tenants))
            asking.add_done_callback(lambda asked: self._settle(digest, asked))
        # One who leaves must not take the answer from the others.
        return await asyncio.shield(asking)

    def _settle(self, digest: bytes, asked: asyncio.Task[Verdict]) -> None:
        if self._asking.get(digest) is asked:
            del self._asking[digest]
        if asked.cancelled() or asked.exception() is not None:
            return
        verdict = asked.result()
        if not self.changes.outdate(verdict.ids, verdict.asked_at):
            self._verdicts.put(digest, verdict, verdict.seconds)

    async def _judged_by_auth(self, credentials: RawHeaders, tenants: RawHeaders) -> Verdict:
        asked_at = monotonic()
        # The tenant is judged here; the auth service writes down who named one that is not theirs.
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
