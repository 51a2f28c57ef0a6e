"""Whom a request's token speaks for: verified here, its tenants asked of the auth service, remembered for a minute."""

import time
from time import monotonic
from typing import NamedTuple
from uuid import UUID

import httpx

from common.auth.expiring_cache import ExpiringCache
from common.auth.request_headers import NotAMember, bearer_token, tenant_of
from common.auth.signing_keys import published_by
from common.auth.tokens import TokenRefused, TokenVerifier
from common.settings import Settings
from services.gateway.errors import ServiceUnreachable

VERDICT_SECONDS = 60
VERDICT_CACHE_SIZE = 20_000
# Who has just made a tenant gets in after this long, and refusals cost the auth service one question in it.
_ASK_AGAIN_SECONDS = 1
_UNAUTHORIZED = 401


class _Verdict(NamedTuple):
    """The tenants of a good token; times are of the monotonic clock."""

    tenants: frozenset[UUID]
    judged_at: float
    good_until: float


class Callers:
    """Judges the token and the tenant header of requests. Roles are the services' to judge."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self._http = http
        self._auth_url = settings.url_of("auth")
        self._tokens = TokenVerifier(settings, published_by(http, self._auth_url))
        self._verdicts: ExpiringCache[str, _Verdict] = ExpiringCache(VERDICT_CACHE_SIZE)
        # What was let through, by the headers as they came: the same ones need not be read again.
        self._passed: ExpiringCache[tuple[tuple[bytes, bytes], ...], bool] = ExpiringCache(VERDICT_CACHE_SIZE)

    async def judge(self, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        """Let pass who holds a good token and is a member of the tenant they name, if they name one.

        `headers` are all the values of Authorization and X-Tenant-Id.

        Raises:
            Unauthenticated, TenantHeaderInvalid, NotAMember: as they are named.
            SigningKeysAway, ServiceUnreachable: the auth service cannot be asked.
        """
        if self._passed.get(headers):
            return
        token = bearer_token(headers)
        tenant_id = tenant_of(headers)
        verdict = self._verdicts.get(token)
        if verdict is None:
            verdict = await self._ask(token)
        if tenant_id is not None and tenant_id not in verdict.tenants:
            if monotonic() - verdict.judged_at > _ASK_AGAIN_SECONDS:
                verdict = await self._ask(token)
            if tenant_id not in verdict.tenants:
                raise NotAMember
        self._passed.put(headers, True, verdict.good_until - monotonic())

    async def _ask(self, token: str) -> _Verdict:
        identity = await self._tokens.verify(token)
        try:
            answer = await self._http.get(self._auth_url + "/auth/me", headers={"Authorization": f"Bearer {token}"})
        except httpx.HTTPError as error:
            raise ServiceUnreachable("auth") from error
        if answer.status_code == _UNAUTHORIZED:
            message = "the auth service does not take it"
            raise TokenRefused(message)
        if not answer.is_success:
            raise ServiceUnreachable("auth")
        tenants = frozenset(UUID(tenant["id"]) for tenant in answer.json()["tenants"])
        seconds = min(VERDICT_SECONDS, identity.expires_at - time.time())
        verdict = _Verdict(tenants, monotonic(), monotonic() + seconds)
        self._verdicts.put(token, verdict, seconds)
        return verdict
