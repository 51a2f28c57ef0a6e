"""Show the progress of long operations on stderr, so that stdout contains only results."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console

console = Console(stderr=True, highlight=False)


@contextmanager
def step(doing: str) -> Generator[None]:
    """Show a step while it runs, then print one line with its duration, or mark it as failed."""
    start = time.monotonic()
    try:
        with console.status(f"{doing} …"):
            yield
    except BaseException:
        console.print(f"[red]✗[/red] {doing}")
        raise
    console.print(f"[green]✓[/green] {doing} [dim]{time.monotonic() - start:.1f} s[/dim]")
