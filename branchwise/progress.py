"""What a person sees while something long runs: always on stderr, so that stdout stays for results."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console

console = Console(stderr=True, highlight=False)


@contextmanager
def step(doing: str) -> Generator[None]:
    """Show what is being done, then one line with how long it took; a failure shows it as not done."""
    begun = time.monotonic()
    try:
        with console.status(f"{doing} …"):
            yield
    except BaseException:
        console.print(f"[red]✗[/red] {doing}")
        raise
    console.print(f"[green]✓[/green] {doing} [dim]{time.monotonic() - begun:.1f} s[/dim]")
