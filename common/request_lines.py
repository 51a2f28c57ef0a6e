"""The line that each request leaves in the log; those of one turn of the event loop are written together.

What an entry costs (its record, its locks, its way into a file and to the terminal) is paid once for all of them, and
a busy service answers a dozen requests in a turn. They are written before the next turn: none is held back.
"""

import asyncio
import time
from datetime import datetime, tzinfo
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import NamedTuple

from loguru import logger

from common.logging import mask, request_id_var, tenant_id_var, trace_id_var, without_control


class RequestLine(NamedTuple):
    """What was asked and answered, when (seconds since 1970), and what it belongs to; masked already."""

    at: float
    text: str
    request_id: str
    tenant_id: str
    trace_id: str

    def as_json(self, zone: tzinfo | None, service: str, source: str) -> str:
        """With the names that other entries have, in their order."""
        second, offset = _written(int(self.at), zone)
        return (
            f'{{"time": "{second}.{int(self.at % 1 * 1e6):06}{offset}", "level": "INFO",'
            f' "message": {quoted(self.text)}, "service": {quoted(service)}, "request_id": {quoted(self.request_id)},'
            f' "tenant_id": "{self.tenant_id}", "trace_id": "{self.trace_id}", "source": {quoted(source)}}}'
        )

    def as_text(self, zone: tzinfo | None, service: str) -> str:
        """As other entries stand on the terminal."""
        second, _ = _written(int(self.at), zone)
        time_of_day = f"{second[11:]}.{int(self.at % 1 * 1e3):03}"
        return f"{time_of_day} INFO    {service} {without_control(self.text)} {self.request_id}"


@lru_cache(maxsize=4)
def _written(second: int, zone: tzinfo | None) -> tuple[str, str]:
    """A moment without its fraction, and what follows that."""
    moment = datetime.fromtimestamp(second, zone).isoformat()
    return moment[:19], moment[19:]


class RequestLines:
    """Those of one service."""

    def __init__(self) -> None:
        self._waiting: list[RequestLine] = []

    def note(self, text: str) -> None:
        """Write this of the request in hand, in this turn."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._write)
        request_id = mask(request_id_var.get())
        self._waiting.append(RequestLine(time.time(), mask(text), request_id, tenant_id_var.get(), trace_id_var.get()))

    def _write(self) -> None:
        lines, self._waiting = self._waiting, []
        logger.bind(_requests=lines).info("{}", "\n".join([line.text for line in lines]))
