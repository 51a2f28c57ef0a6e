"""Restart services when their code changes, for development."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

from watchfiles import watch

from branchwise.stack.supervisor import Supervisor
from common.settings import SERVICES

_ROOT = Path(__file__).parents[2]


def restart_on_change(supervisor: Supervisor) -> None:
    """Watch `common` and `services` in a thread until the launcher ends."""

    def run() -> None:
        for changes in watch(_ROOT / "common", _ROOT / "services", raise_interrupt=False):
            supervisor.code_changed(services_of(Path(path) for _, path in changes))

    threading.Thread(target=run, name="reload", daemon=True).start()


def services_of(paths: Iterable[Path]) -> set[str]:
    """Return the services that run the code of these files. Shared code is run by all services."""
    affected: set[str] = set()
    for path in paths:
        package = path.relative_to(_ROOT).parts[1]
        name = package.removesuffix("_service")
        affected |= {name} if path.is_relative_to(_ROOT / "services") and name in SERVICES else set(SERVICES)
    return affected
