"""Threads for Meta's client library, which blocks."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")
# Of its own: where Meta keeps them waiting, nobody else's work does. As many as syncs and backfills of Meta are let in
# at once, since one waits for a call at a time; none is started before the first call.
_THREADS: Final = ThreadPoolExecutor(20, "meta")


async def in_thread(work: Callable[_Given, _Made], *given: _Given.args, **named: _Given.kwargs) -> _Made:
    """Run a blocking call beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, partial(work, *given, **named))
