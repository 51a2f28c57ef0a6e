"""Signs in continuously on many connections: `login_load.py URL SECONDS CONNECTIONS PASSWORD EMAIL…`.

It prints how many sign-ins succeeded; any other answer ends it.
"""

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit

import uvloop


async def _sign_in(url: str, body: bytes, until: float) -> int:
    place, succeeded = urlsplit(url), 0
    reader, writer = await asyncio.open_connection(place.hostname or "", place.port or 80)
    head = f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/json\r\n"
    question = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    while time.monotonic() < until:
        writer.write(question)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer[:300]
        await reader.readexactly(int(answer.lower().partition(b"content-length:")[2].split(b"\r\n")[0]))
        succeeded += 1
    writer.close()
    return succeeded


async def sign_ins(url: str, seconds: float, connections: int, password: str, emails: list[str]) -> int:
    """Return how many sign-ins succeeded."""
    bodies = [json.dumps({"email": email, "password": password}).encode() for email in emails]
    until = time.monotonic() + seconds
    calls = (_sign_in(url, bodies[number % len(bodies)], until) for number in range(connections))
    return sum(await asyncio.gather(*calls))


if __name__ == "__main__":
    print(uvloop.run(sign_ins(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5:])))
