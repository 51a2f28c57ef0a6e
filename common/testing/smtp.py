"""An SMTP server that keeps what it receives."""

import asyncio
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller

from common.testing.held_ports import held_row


@dataclass(frozen=True)
class ReceivedMail:
    """One message as the envelope and the headers tell it."""

    sender: str
    recipients: list[str]
    message: EmailMessage
    content: bytes


class SmtpSink:
    """A real SMTP server on 127.0.0.1, on a port of its own unless one is given. `mails` grows as mail comes in.

    Without TLS or sign-in, unless `options` of aiosmtpd's controller say otherwise.
    """

    host = "127.0.0.1"

    def __init__(self, port: int | None = None, **options: Any) -> None:
        self.mails: list[ReceivedMail] = []
        self._ports = ExitStack()
        self.port = port or self._ports.enter_context(held_row(1))
        self._arrived = threading.Condition()
        self._controller = Controller(self, hostname=self.host, port=self.port, data_size_limit=2**25, **options)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._controller.stop()
        self._ports.close()

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        """Keep a message; called by the server."""
        message = message_from_bytes(envelope.content, EmailMessage, policy=policy.default)
        with self._arrived:
            self.mails.append(ReceivedMail(envelope.mail_from, list(envelope.rcpt_tos), message, envelope.content))
            self._arrived.notify_all()
        return "250 kept"

    async def wait_for(self, count: int, within: float = 20) -> list[ReceivedMail]:
        """The mails received so far, once there are at least `count` of them. Raises TimeoutError."""
        return await asyncio.to_thread(self._wait, count, within)

    def _wait(self, count: int, within: float) -> list[ReceivedMail]:
        deadline = time.monotonic() + within
        with self._arrived:
            while len(self.mails) < count:
                left = deadline - time.monotonic()
                if left <= 0 or not self._arrived.wait(left):
                    message = f"{len(self.mails)} of {count} mails arrived in {within} s"
                    raise TimeoutError(message)
            return list(self.mails)
