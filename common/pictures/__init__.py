"""Pictures that people send, made anew: `squared` decodes in a process of its own and answers a clean WebP.

What a stranger's file does to a decoder ends with that process: it has no secret in its environment, bounded memory
and time, and of what it answers nothing is the sender's own bytes.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import Final

from common.pictures.square import MAX_PIXELS, Refusal, is_picture
from common.problem import PayloadTooLarge, Unavailable, Unprocessable, UnsupportedMediaType

MAX_BYTES: Final = 10 << 20
_SECONDS: Final = 30
_AT_ONCE, _MOST_WAITING = 1, 8
_ROOT: Final = Path(__file__).parents[2]
_NEEDED: Final = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")


class NotAPicture(UnsupportedMediaType):
    """Judged by its content, not by what it is called."""

    type = "not-a-picture"
    title = "Send a PNG, JPEG, WebP or GIF picture"


class PictureTooLarge(PayloadTooLarge):
    """More bytes, or more pixels, than a picture may have."""

    type = "picture-too-large"
    title = "The picture is too large"


class PictureBroken(Unprocessable):
    """It begins like a picture, but cannot be decoded."""

    type = "picture-broken"
    title = "The picture cannot be read"


class Studio:
    """Makes pictures of one event loop, few at a time."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._present = 0

    async def squared(self, content: bytes) -> bytes:
        """The middle of a picture, upright, as a square WebP of at most 512 pixels, with nothing else in it.

        Of an animation the first frame.

        Raises:
            NotAPicture, PictureTooLarge, PictureBroken
            Unavailable: too many others are waiting.
        """
        if not is_picture(content):
            raise NotAPicture
        if self._present > _MOST_WAITING:
            message = "too many pictures are being worked on"
            raise Unavailable(message)
        self._present += 1
        try:
            async with self._room:
                return await _squared(content)
        finally:
            self._present -= 1


async def _squared(content: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "common.pictures.square",
        cwd=_ROOT,
        env={name: os.environ[name] for name in _NEEDED if name in os.environ},
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    try:
        made, _ = await asyncio.wait_for(process.communicate(content), _SECONDS)
    except TimeoutError:
        made = b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == Refusal.TOO_LARGE:
        message = f"more than {MAX_PIXELS // 1_000_000} megapixels"
        raise PictureTooLarge(message)
    if process.returncode != 0 or not made:
        raise PictureBroken
    return made
