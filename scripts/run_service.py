"""Run one service by itself, restarted when its code changes: python scripts/run_service.py data.

It needs Postgres and NATS: those of a stack that runs in the same home, or of POSTGRES_HOST and NATS_URL.
"""

import os
import sys

from branchwise.stack.child import command_of
from common.settings import SERVICES, get_settings


def main() -> None:
    """Become the service's server."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in SERVICES:
        sys.exit(f"usage: python scripts/run_service.py {'|'.join(SERVICES)}")
    command = [*command_of(name, get_settings())]
    if name != "gateway":
        command += ["--reload", "--reload-dir", "services", "--reload-dir", "common"]
    os.umask(0o077)  # what it writes into the home is nobody else's, as under the launcher
    os.execv(command[0], command)  # noqa: S606 -- no shell is wanted


if __name__ == "__main__":
    main()
