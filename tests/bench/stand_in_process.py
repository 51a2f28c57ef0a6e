"""Stand-ins for vendors in processes of their own, so that a benchmark does not pay for their work."""

import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def stand_in_process(vendor: str, *options: str, says: str = r"(http://\S+)") -> Generator[str]:
    """Run `python -m tests.standins.<vendor>` on a free port, and provide the address that its first line contains."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.standins.{vendor}", "--port", "0", *options],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    try:
        assert process.stdout is not None
        found = re.search(says, process.stdout.readline())
        assert found is not None
        yield found[1]
    finally:
        process.kill()
        process.wait()
