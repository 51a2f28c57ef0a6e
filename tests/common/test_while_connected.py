import asyncio

import pytest
from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import Message

from common.http.while_connected import while_connected


def request_until(left: asyncio.Event) -> Request:
    """A request whose caller stays until then."""

    async def receive() -> Message:
        await left.wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http"}, receive)


async def test_work_gives_what_it_gives_while_its_caller_stays():
    async def work() -> str:
        return "done"

    assert await while_connected(request_until(asyncio.Event()), work()) == "done"


async def test_work_is_cancelled_when_its_caller_leaves_and_has_let_go_by_then():
    left, let_go = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        try:
            left.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            let_go.set()

    with pytest.raises(ClientDisconnect):
        await while_connected(request_until(left), work())
    assert let_go.is_set()


async def test_what_goes_wrong_in_the_work_is_its_callers():
    async def work() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        await while_connected(request_until(asyncio.Event()), work())


async def test_who_cancels_the_request_cancels_its_work():
    begun, let_go = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            let_go.set()

    asking = asyncio.ensure_future(while_connected(request_until(asyncio.Event()), work()))
    await begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert let_go.is_set()
