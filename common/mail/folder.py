"""Where no mail server is configured: each message as an `.eml` file that any mail program opens."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from common.mail.message import Message
from common.mail.outcome import Outcome

FOLDER = "outbox-mail"


class MailFolder:
    """The folder of one owner (a tenant, or a service), `<home>/outbox-mail/<owner>/`."""

    def __init__(self, home: Path, owner: object) -> None:
        self.path = home / FOLDER / str(owner)
        # What the tenant's people are told: where the home is on the server is its operator's business.
        self.shown = f"{FOLDER}/{owner}"

    def place(self, name: str) -> Path:
        """Where the message of a name is or will be; nothing in the name leads elsewhere."""
        safe = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name)
        return self.path / f"{safe.lstrip('.')}.eml"

    def holds(self, name: str) -> bool:
        """Whether the message of a name was written."""
        return self.place(name).exists()

    async def send(self, message: Message, before_data: Callable[[], Awaitable[bool]]) -> Outcome | None:
        """Write a message whole or not at all; None where `before_data` said that it is not to go."""
        if not await before_data():
            return None
        place = self.place(message.name)
        await asyncio.to_thread(_write_atomically, place, message.seven_bit())
        return Outcome("written", f"no mail server is configured: written to {self.shown}/{place.name}")

    async def close(self) -> None:
        """Nothing stays open."""


def _write_atomically(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f".{place.name}.{os.getpid()}")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(place)
