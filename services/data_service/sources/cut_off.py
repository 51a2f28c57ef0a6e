"""An end to a call that takes too long, whatever trickles in: a socket's own time-out begins anew with every byte."""

import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from threading import Event, Timer
from typing import Any

from requests.adapters import HTTPAdapter


class CutOff(HTTPAdapter):
    """Connections of `requests` that can be cut from outside while a thread waits at them."""

    def __init__(self) -> None:
        super().__init__()
        self._opened: list[Any] = []

    def get_connection_with_tls_context(self, *given: Any, **named: Any) -> Any:
        """The pool of a place, whose connections are noted."""
        pool: Any = super().get_connection_with_tls_context(*given, **named)
        if "ConnectionCls" not in vars(pool):
            make = pool.ConnectionCls

            def noted(**asked: Any) -> Any:
                self._opened.append(make(**asked))
                return self._opened[-1]

            pool.ConnectionCls = noted
        return pool

    @contextmanager
    def after(self, seconds: float) -> Generator[None]:
        """Cut what is open then.

        Raises:
            TimeoutError: it was cut.
        """
        is_over = Event()
        timer = Timer(seconds, self._cut, (is_over,))
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception:
            if is_over.is_set():
                raise TimeoutError from None
            raise
        finally:
            timer.cancel()

    def _cut(self, is_over: Event) -> None:
        is_over.set()
        for connection in self._opened:
            # (one that is closed, or not open yet)
            with suppress(AttributeError, OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)
