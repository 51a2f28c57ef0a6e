"""Create the client of Redis or Valkey, with short timeouts and without retries."""

from typing import Any, Final, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

_ANSWER_SECONDS: Final = 0.25
# Connecting is rare, and seems slow when this process itself is busy.
_CONNECT_SECONDS: Final = 2
# Both names stand for the same protocol, but the driver knows only that of Redis.
_SCHEMES: Final = {"valkey": "redis", "valkeys": "rediss"}


def redis_client(url: str) -> Redis:
    """Return a client of the server at this `REDIS_URL`. It connects at its first command."""
    scheme, _, place = url.partition("://")
    return cast("Any", Redis).from_url(
        f"{_SCHEMES.get(scheme, scheme)}://{place}",
        socket_timeout=_ANSWER_SECONDS,
        socket_connect_timeout=_CONNECT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
