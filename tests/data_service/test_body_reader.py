import asyncio
import json
import signal

import psutil
import pytest

from services.data_service.api import body_reader_process
from services.data_service.api.body_reader_process import BodyReader
from services.data_service.domain.events.read_body import BodyOrder
from tests.data_service.body_readers import END_SECONDS, events, readers


async def test_a_reader_that_does_not_answer_is_killed_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_reader_process, "_CLOSE_SECONDS", 0.5)
    reader = BodyReader()
    await reader.read(BodyOrder(json.dumps({"events": events()}).encode(), None))
    (process,) = readers()
    process.send_signal(signal.SIGSTOP)

    await reader.close()

    assert psutil.wait_procs([process], timeout=END_SECONDS)[1] == []


async def test_signals_to_the_group_leave_the_reader_to_its_service() -> None:
    reader = BodyReader()
    order = BodyOrder(json.dumps({"events": events()}).encode(), None)
    await reader.read(order)
    (process,) = readers()
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)

    read = await reader.read(order)

    assert read.batch
    assert readers() == [process]
    await reader.close()


async def test_closing_ends_the_reader_after_what_it_was_given() -> None:
    reader = BodyReader()
    body = b'{"events": [' + b"0," * 40_000 + b"0]}"
    reading = asyncio.create_task(reader.read(BodyOrder(body[: 32 << 10] + b" " * 9_000, None)))
    async with asyncio.timeout(END_SECONDS):
        while not reader.is_waiting:
            await asyncio.sleep(0.01)

    await reader.close()

    with pytest.raises(Exception, match="JSON"):
        await reading
    assert not readers()
