"""Threads for Meta's client library, which blocks."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from services.data_service.sources.vendor_threads import vendor_threads

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


async def in_thread(work: Callable[_Given, _Made], *given: _Given.args, **named: _Given.kwargs) -> _Made:
    """Run a blocking call beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(vendor_threads("meta"), partial(work, *given, **named))
