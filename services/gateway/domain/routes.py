"""Which service has which path, and which paths need no token: the contract's tables, in one place."""

from functools import lru_cache
from typing import Final, NamedTuple

from services.gateway.domain.paths import judged_path

# The longest prefix of whole segments wins: /analytics/email/config is email's, /analytics/emails is not.
_SERVICE_OF_PREFIX: Final = {
    "/analytics": "analytics",
    "/analytics/email": "email",
    "/api/analytics": "analytics",
    "/api/analytics/insights": "insights",
    "/api/campaigns": "data",
    "/api/goals": "analytics",
    "/api/organizations": "auth",
    "/api/sync": "data",
    "/api/teams": "auth",
    "/api/users": "auth",
    "/auth": "auth",
    # The gateway's own question, and the operator's calls, which are for the machine itself.
    "/auth/caller": None,
    "/auth/operator": None,
    "/chat": "realtime",
    "/data": "data",
    "/debug/mp": "data",
    "/email": "email",
    "/files": "realtime",
    "/insights": "insights",
    "/mp": "data",
    "/notifications": "realtime",
    "/ws": "realtime",
}
_LONGEST_PREFIX: Final = max(prefix.count("/") for prefix in _SERVICE_OF_PREFIX)

_OPEN_PATHS: Final = frozenset(
    {
        "/auth/callback",
        "/auth/email/verify",
        "/auth/invitations/accept",
        "/auth/login",
        "/auth/password/forgot",
        "/auth/password/login",
        "/auth/password/reset",
        "/auth/refresh",
        "/ws",
    }
)
_OPEN_FOLDERS: Final = (
    "/auth/.well-known/",
    "/data/webhooks/",
    "/debug/mp/",
    "/email/t/",
    "/email/unsubscribe/",
    "/mp/",
)


def service_of(path: str) -> str | None:
    """The service that a judged path belongs to, or None where nobody serves it."""
    segments = path.split("/", _LONGEST_PREFIX + 1)
    for length in range(min(_LONGEST_PREFIX + 1, len(segments)), 1, -1):
        prefix = "/".join(segments[:length])
        if prefix in _SERVICE_OF_PREFIX:
            return _SERVICE_OF_PREFIX[prefix]
    return None


def needs_no_token(path: str) -> bool:
    """Is this one of the few calls that are open to everyone?"""
    return path in _OPEN_PATHS or path.startswith(_OPEN_FOLDERS)


class Route(NamedTuple):
    """A path as decoded, the service that has it (empty where none has), and whether it needs no token."""

    path: str
    service: str
    is_open: bool


@lru_cache(maxsize=4096)
def route_of(raw_path: bytes) -> Route:
    """Judge a path as it came.

    Raises:
        PathRefused: it could be read in two ways.
    """
    path = judged_path(raw_path)
    return Route(path, service_of(path) or "", needs_no_token(path))
