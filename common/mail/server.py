"""One connection to an SMTP server, reused from message to message.

The envelope is settled first. Only when the server has taken the recipient is the caller told that the message is
about to be handed over, so that it can write that down; whatever fails before is certain not to have sent anything.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parseaddr
from socket import SHUT_RDWR, socket

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from common.mail.message import Message
from common.mail.outcome import Outcome, ServerAway
from common.outbound.guard import Guard

TIMEOUT_SECONDS = 30
TLS_FROM_THE_START_PORT = 465
_FOR_NOW, _FOR_GOOD = 400, 500


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where mail is handed over, and as whom. With `use_tls`, port 465 begins in TLS and any other must STARTTLS.

    With a `guard` only what it lets through is connected to: for servers that a tenant names.
    """

    server: str
    port: int
    from_address: str
    username: str = ""
    password: str = ""
    use_tls: bool = True
    guard: Guard | None = None


class MailServer:
    """A connection that opens when it is first needed and again when it was lost."""

    def __init__(self, address: ServerAddress, timeout: float = TIMEOUT_SECONDS) -> None:
        self.address = address
        self._timeout = timeout
        self._client: SMTP | None = None

    async def send(self, message: Message, before_data: Callable[[], Awaitable[bool]]) -> Outcome | None:
        """Send a message; None where `before_data` said that it is not to go.

        `before_data` is awaited between the envelope and the message: what it writes down commits before a byte of
        the message leaves.

        Raises:
            ServerAway: nothing was sent, and nothing else can be.
        """
        try:
            client = await self._envelope(message)
        except SMTPResponseException as error:
            return await self._not_taken(error)
        except (SMTPException, OSError) as error:
            await self.close()
            raise ServerAway(_words(error)) from error
        if not await before_data():
            await self._begin_anew(client)
            return None
        try:
            as_it_is = message.eight_bit if client.supports_extension("8bitmime") else None
            response = await client.data(as_it_is or message.seven_bit())
        except SMTPResponseException as error:
            if error.code >= _FOR_NOW:
                return await self._not_taken(error)
            # An answer that is none (-1), or one that neither takes nor refuses: the message may have been taken.
            await self.close()
            return Outcome("unknown", f"an answer that tells nothing: {_words(error)}")
        except (SMTPException, OSError) as error:
            await self.close()
            return Outcome("unknown", f"the connection was lost before the server answered: {_words(error)}")
        return Outcome("sent", f"{response.code} {response.message}"[:500])

    async def check(self) -> str:
        """Open the connection, sign in and have the sender accepted; nothing is sent.

        Returns:
            What the server said to the sender.

        Raises:
            ServerAway: with its reason.
        """
        client = await self._connected()
        try:
            response = await client.mail(parseaddr(self.address.from_address)[1])
        except (SMTPException, OSError) as error:
            raise ServerAway(_words(error)) from error
        return f"{response.code} {response.message}"[:500]

    async def _envelope(self, message: Message) -> SMTP:
        """Settle sender and recipient; a connection that the server had closed meanwhile is opened again."""
        try:
            return await self._address(message)
        except SMTPServerDisconnected:
            await self.close()
        return await self._address(message)

    async def _address(self, message: Message) -> SMTP:
        client = await self._connected()
        options = ["BODY=8BITMIME"] if client.supports_extension("8bitmime") else []
        await client.mail(message.sender, options=options)
        await client.rcpt(message.recipient)
        return client

    async def _connected(self) -> SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        from_the_start = self.address.use_tls and self.address.port == TLS_FROM_THE_START_PORT
        opened = await self._guarded_socket(self.address.guard) if self.address.guard else None
        client = SMTP(
            hostname=self.address.server,
            port=None if opened else self.address.port,
            sock=opened,
            username=self.address.username or None,
            password=self.address.password or None,
            use_tls=from_the_start,
            start_tls=self.address.use_tls and not from_the_start,
            timeout=self._timeout,
        )
        try:
            await client.connect()
            await client.ehlo()
        except (SMTPException, OSError, UnicodeError) as error:  # UnicodeError: a name that the DNS cannot hold
            client.close()
            if opened is not None:
                _let_go(opened)
            raise ServerAway(_words(error)) from error
        self._client = client
        return client

    async def _guarded_socket(self, guard: Guard) -> socket:
        try:
            return await guard.open_socket(self.address.server, self.address.port, self._timeout)
        except (OSError, UnicodeError) as error:
            message = f"Error connecting to {self.address.server} on port {self.address.port}: {_words(error)}"
            raise ServerAway(message) from error

    async def _not_taken(self, error: SMTPResponseException) -> Outcome:
        """Tell what the server will never take from what may pass."""
        if self._client is not None and self._client.is_connected:
            await self._begin_anew(self._client)
        else:
            await self.close()
        return Outcome("refused" if error.code >= _FOR_GOOD else "deferred", _words(error))

    async def _begin_anew(self, client: SMTP) -> None:
        try:
            await client.rset()
        except (SMTPException, OSError):
            await self.close()

    async def close(self) -> None:
        """End the session; errors no longer matter."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            if client.is_connected:
                await client.quit(timeout=2)
        except (SMTPException, OSError):
            pass
        finally:
            client.close()


def _let_go(opened: socket) -> None:
    """End a connection whose number may still stand in the event loop, for TLS that is saying goodbye.

    Closing it here would give the number to the next connection, and the goodbye would end that one. Whoever holds the
    socket last closes it: TLS, at once, now that nobody listens, or Python.
    """
    with suppress(OSError):
        opened.shutdown(SHUT_RDWR)


def _words(error: BaseException) -> str:
    """One line of what went wrong."""
    if isinstance(error, SMTPRecipientRefused):
        text = f"recipient refused: {error.code} {error.message}"
    elif isinstance(error, SMTPResponseException):
        text = f"{error.code} {error.message}"
    else:
        text = str(error) or type(error).__name__
    return " ".join(text.split())[:500]
