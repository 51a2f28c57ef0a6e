"""The routing tables: the service of each path, and the paths that need no token."""

from functools import lru_cache
from typing import Final, NamedTuple

from services.gateway.domain.paths import judged_path

# The longest prefix of whole segments wins: /analytics/email/config belongs to email, /analytics/emails does not.
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
    # Not served to callers: the gateway's own call, and the operator's calls, which are made on the machine itself.
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
    """Return the service of a checked path, or None if no service serves it."""
    segments = path.split("/", _LONGEST_PREFIX + 1)
    for length in range(min(_LONGEST_PREFIX + 1, len(segments)), 1, -1):
        prefix = "/".join(segments[:length])
        if prefix in _SERVICE_OF_PREFIX:
            return _SERVICE_OF_PREFIX[prefix]
    return None


def needs_no_token(path: str) -> bool:
    """Return whether this is one of the few calls that need no token."""
    return path in _OPEN_PATHS or path.startswith(_OPEN_FOLDERS)


class Route(NamedTuple):
    """A decoded path, its service ('' if none serves it), and whether it needs no token."""

    path: str
    service: str
    is_open: bool


@lru_cache(maxsize=4096)
def route_of(raw_path: bytes) -> Route:
    """Check a raw path and return its route.

    Raises:
        PathRefused: the path could be read in two ways.
    """
    path = judged_path(raw_path)
    return Route(path, service_of(path) or "", needs_no_token(path))
