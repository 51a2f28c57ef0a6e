"""A Redis or Valkey server of the tests' own, where this machine has one."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext

from common.embedded.process import listens
from common.testing.held_ports import held_row

MISSING = (
    "no Redis: neither valkey-server nor redis-server is on the PATH (the system's package redis or valkey has it)"
)
PROGRAM = shutil.which("valkey-server") or shutil.which("redis-server")
_START_SECONDS = 60


@contextmanager
def redis_server(held_port: int | None = None) -> Generator[str]:
    """The address of an empty server on this port, or on one of its own, which keeps nothing on disk."""
    if PROGRAM is None:
        raise FileNotFoundError(MISSING)
    mine = held_row(1) if held_port is None else nullcontext(held_port)
    with mine as port, tempfile.TemporaryDirectory() as home:
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", home]
        server = subprocess.Popen([PROGRAM, *options], stdout=subprocess.DEVNULL)  # noqa: S603 -- as found on PATH
        try:
            deadline = time.monotonic() + _START_SECONDS
            while not listens(port):
                if server.poll() is not None or time.monotonic() > deadline:
                    message = f"{PROGRAM} does not listen"
                    raise RuntimeError(message)
                time.sleep(0.02)
            yield f"redis://127.0.0.1:{port}"
        finally:
            server.kill()
            server.wait()
