"""Running the project's scripts as make does."""

import subprocess
import sys
from pathlib import Path

from common.testing.stack import environment

_ROOT = Path(__file__).parents[2]


def run_script(
    name: str, home: Path, *arguments: str, said: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """What a script of `scripts/` says of a home, on the home's own server."""
    command = [sys.executable, str(_ROOT / "scripts" / f"{name}.py"), *arguments]
    env = environment() | {"BRANCHWISE_HOME": str(home)} | settings
    return subprocess.run(command, input=said, capture_output=True, text=True, check=False, timeout=100, env=env)
