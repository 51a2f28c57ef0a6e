"""What a shop sent is worked through beside the event loop, which others' calls wait for."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")
# Threads of their own: a vendor's library that waits in the usual ones keeps no page from being read.
_READERS: Final = ThreadPoolExecutor(2, thread_name_prefix="read-shop")


async def in_thread(work: Callable[_Given, _Made], *given: _Given.args, **named: _Given.kwargs) -> _Made:
    """What `work` makes of what it is given; it touches nothing else."""
    return await asyncio.get_running_loop().run_in_executor(_READERS, partial(work, *given, **named))
