"""The client of Redis or Valkey: an answer is quick or does not come, and nothing is asked a second time."""

from typing import Any, Final, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

_ANSWER_SECONDS: Final = 0.25
# Connecting is rare, and seems slow where this process is busy itself.
_CONNECT_SECONDS: Final = 2
# One protocol under both names, which the driver knows by one.
_SCHEMES: Final = {"valkey": "redis", "valkeys": "rediss"}


def redis_client(url: str) -> Redis:
    """A client of the server at this `REDIS_URL`; it connects when it is first asked."""
    scheme, _, place = url.partition("://")
    return cast("Any", Redis).from_url(
        f"{_SCHEMES.get(scheme, scheme)}://{place}",
        socket_timeout=_ANSWER_SECONDS,
        socket_connect_timeout=_CONNECT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
