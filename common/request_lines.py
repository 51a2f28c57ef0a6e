"""The line that each request leaves in the log; those of one turn of the event loop are written together.

What an entry costs (its record, its locks, its way into a file and to the terminal) is paid once for all of them, and
a busy service answers a dozen requests in a turn. They are written before the next turn: none is held back.
"""

import asyncio
import time
from datetime import datetime, tzinfo
from functools import lru_cache
from json.encoder import encode_basestring as quoted

from loguru import logger

from common.logging import mask, request_id_var, tenant_id_var, trace_id_var, without_control

# What was asked, without what was answered: the same calls come again and again.
_masked = lru_cache(maxsize=2_000)(mask)


class LinesOfATurn:
    """Of each request: when it was answered (seconds since 1970), what was asked and answered, and what it belongs to.

    That is its request, tenant and trace. All is masked already.
    """

    def __init__(self) -> None:
        self._lines: list[tuple[float, str, str, str, str]] = []

    def add(self, text: str, request_id: str, tenant_id: str, trace_id: str) -> None:
        """One more, answered now."""
        self._lines.append((time.time(), text, request_id, tenant_id, trace_id))

    def __str__(self) -> str:
        return "\n".join([text for _, text, _, _, _ in self._lines])

    def as_json(self, zone: tzinfo | None, service: str, source: str) -> str:
        """With the names that other entries have, in their order."""
        service, source = quoted(service), quoted(source)
        written: list[str] = []
        for at, text, request_id, tenant_id, trace_id in self._lines:
            second, offset = _written(int(at), zone)
            written.append(
                f'{{"time": "{second}.{int(at % 1 * 1e6):06}{offset}", "level": "INFO", "message": {quoted(text)},'
                f' "service": {service}, "request_id": {quoted(request_id)}, "tenant_id": "{tenant_id}",'
                f' "trace_id": "{trace_id}", "source": {source}}}'
            )
        return "\n".join(written)

    def as_text(self, zone: tzinfo | None, service: str) -> str:
        """As other entries stand on the terminal."""
        written: list[str] = []
        for at, text, request_id, _, _ in self._lines:
            second, _ = _written(int(at), zone)
            written.append(
                f"{second[11:]}.{int(at % 1 * 1e3):03} INFO    {service} {without_control(text)} {request_id}"
            )
        return "\n".join(written)


@lru_cache(maxsize=4)
def _written(second: int, zone: tzinfo | None) -> tuple[str, str]:
    """A moment without its fraction, and what follows that."""
    moment = datetime.fromtimestamp(second, zone).isoformat()
    return moment[:19], moment[19:]


class RequestLines:
    """Those of one service."""

    def __init__(self) -> None:
        self._turn: LinesOfATurn | None = None

    def note(self, call: str, status: int, seconds: float) -> None:
        """Write in this turn how the request in hand was answered."""
        turn = self._turn
        if turn is None:
            turn = self._turn = LinesOfATurn()
            asyncio.get_running_loop().call_soon(self._write)
        text = f"{_masked(call)} {status} {seconds * 1000:.1f} ms"
        turn.add(text, mask(request_id_var.get()), tenant_id_var.get(), trace_id_var.get())

    def _write(self) -> None:
        turn, self._turn = self._turn, None
        logger.bind(_requests=turn).info("{}", turn)
