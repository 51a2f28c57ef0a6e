"""An SMTP server for a process of its own: prints its port, and accepts and discards every message."""

import asyncio
import socket
from typing import Any

from aiosmtpd.smtp import SMTP


class Forget:
    """Accepts every message."""

    async def handle_DATA(self, _server: object, _session: object, _envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        """Discard a message."""
        return "250 taken"


async def main() -> None:
    """Serve until the process is killed."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Forget(), hostname="sink", data_size_limit=2**25), sock=listening
    )
    print(listening.getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
