"""The headers that say who calls and for which tenant, each read in one place and allowed to stand once."""

import re
from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from common.problem import Forbidden, Problem, Unauthenticated

Headers = Iterable[tuple[bytes, bytes]]
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ABOUT_THE_CALLER = frozenset((b"authorization", b"x-api-key", b"x-tenant-id"))


class TenantHeaderInvalid(Problem):
    """`X-Tenant-Id` is no UUID, or stands there twice."""

    status = 400
    type = "tenant-header-invalid"
    title = "The tenant header is not valid"


class NotAMember(Forbidden):
    """The account does not belong to the tenant; whether that tenant exists is not said."""

    type = "not-a-member"
    title = "Not a member of this tenant"


def bearer_token(headers: Headers) -> str:
    """The access token of `Authorization: Bearer`.

    Raises:
        Unauthenticated: there is none, or the header stands there twice.
    """
    given = _only(headers, b"authorization")
    if not given:
        message = "send the access token as Authorization: Bearer"
        raise Unauthenticated(message)
    scheme, _, token = given.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        message = "the Authorization header carries no bearer token"
        raise Unauthenticated(message)
    return token.strip()


def service_token_in(headers: Headers) -> str | None:
    """The token of `Authorization: Service`, or None where it is no service of ours that calls by itself.

    Raises:
        Unauthenticated: the header stands there twice.
    """
    scheme, _, token = (_only(headers, b"authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "service" else None


def api_key_in(headers: Headers) -> str | None:
    """The key of `X-API-Key`, or None where a person calls.

    Raises:
        Unauthenticated: it is empty or there twice, or a token stands beside it.
    """
    headers = list(headers)
    given = _only(headers, b"x-api-key")
    if given is None:
        return None
    if not given.strip():
        message = "X-API-Key is empty"
        raise Unauthenticated(message)
    if any(key.lower() == b"authorization" for key, _ in headers):
        message = "send either an access token or an API key"
        raise Unauthenticated(message)
    return given.strip()


def tenant_of(headers: Headers) -> UUID | None:
    """The tenant that `X-Tenant-Id` names, or None where the header is absent.

    Raises:
        TenantHeaderInvalid: empty, no UUID, or there twice.
    """
    given = _only(headers, b"x-tenant-id")
    if given is None:
        return None
    return _uuid(given)


@lru_cache(maxsize=10_000)
def _uuid(text: str) -> UUID:
    if not _UUID.fullmatch(text):
        message = "X-Tenant-Id is not a UUID"
        raise TenantHeaderInvalid(message)
    return UUID(text)


def about_the_caller(headers: Headers) -> tuple[tuple[bytes, bytes], ...]:
    """Those of a request's headers that are read here, each as often as it stands there."""
    # (servers give their names in small letters, as ASGI says)
    return tuple([header for header in headers if header[0] in _ABOUT_THE_CALLER])


def _only(headers: Headers, name: bytes) -> str | None:
    """The value of a header that may stand there once: of two, a proxy and a service could pick different ones."""
    values = [value for key, value in headers if key.lower() == name]
    if len(values) > 1:
        message = f"the header {name.decode()} stands there more than once"
        raise (TenantHeaderInvalid(message) if name == b"x-tenant-id" else Unauthenticated(message))
    return values[0].decode("latin-1") if values else None
