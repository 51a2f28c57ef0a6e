"""Run one service by itself, restarted when its code changes: python scripts/run_service.py data.

It needs Postgres and NATS: those of a stack that runs in the same home (beside which it needs a port of its own), or
of POSTGRES_HOST and NATS_URL.
"""

import os
import sys

from branchwise.app import report_errors
from branchwise.stack.child import command_of
from branchwise.stack.ports import answers_already, refuse_shared_ports
from common.settings import SERVICES, Settings, get_settings, port_setting


def main() -> None:
    """Become the service's server."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in SERVICES:
        sys.exit(f"usage: python scripts/run_service.py {'|'.join(SERVICES)}")
    with report_errors():
        settings = get_settings()
        refuse_shared_ports(settings)
    if hindrance := _hindrance(name, settings):
        sys.exit(hindrance)
    watch = "--reload-paths" if name == "gateway" else "--reload-dir"  # granian, uvicorn
    command = [*command_of(name, settings), "--reload", watch, "services", watch, "common"]
    os.umask(0o077)  # what it writes into the home is nobody else's, as under the launcher
    os.execv(command[0], command)  # noqa: S606 -- no shell is wanted


def _hindrance(name: str, settings: Settings) -> str | None:
    """Why it cannot run, in a sentence; None where nothing is known to be in its way."""
    if name != "gateway" and not settings.postgres_host:
        return (
            f"No stack runs in {settings.home}, whose Postgres and NATS {name} would use."
            " Start one (make run), or set POSTGRES_HOST and NATS_URL."
        )
    if answers_already(settings, name):
        return (
            f"Port {settings.port_of(name)} is taken, perhaps by the {name} of a stack that runs:"
            f" choose another with {port_setting(name).upper()}=…"
        )
    return None


if __name__ == "__main__":
    main()
