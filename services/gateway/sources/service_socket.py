"""Opens a socket to a service."""

from collections.abc import Sequence
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from common.problem import NotFound, Problem, Unauthenticated
from services.gateway.errors import ServiceUnreachable, SocketRefused, TooManyRequests
from services.gateway.sources.upstream import Place

MAX_MESSAGE_BYTES: Final = 1 << 20
_MAX_QUEUED_MESSAGES: Final = 16
_OPEN_SECONDS: Final = 5
_CLOSE_SECONDS: Final = 2
_REFUSALS: Final[dict[int, type[Problem]]] = {401: Unauthenticated, 404: NotFound, 429: TooManyRequests}


async def open_socket(
    service: str, place: Place, target: str, headers: Sequence[tuple[str, str]], subprotocols: Sequence[str]
) -> ClientConnection:
    """Open a socket to a service at this path and query. A message above MAX_MESSAGE_BYTES ends the socket.

    Raises:
        Unauthenticated, NotFound, TooManyRequests, SocketRefused: the service refuses it.
        ServiceUnreachable: the service does not answer, or its answer is not a valid handshake.
    """
    try:
        return await connect(
            f"ws://{place[0]}:{place[1]}{target}",
            additional_headers=headers,
            subprotocols=[Subprotocol(name) for name in subprotocols] or None,
            user_agent_header=None,
            compression=None,
            proxy=None,
            open_timeout=_OPEN_SECONDS,
            close_timeout=_CLOSE_SECONDS,
            max_size=MAX_MESSAGE_BYTES,
            max_queue=_MAX_QUEUED_MESSAGES,
        )
    except InvalidStatus as refused:
        status = refused.response.status_code
        message = f"the service answered {status}"
        raise _REFUSALS.get(status, SocketRefused)(message) from refused
    except (OSError, InvalidHandshake) as error:
        raise ServiceUnreachable(service) from error
