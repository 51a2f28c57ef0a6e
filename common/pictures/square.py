"""The process that decodes: `python -m common.pictures.square` makes of the picture on its input a square one."""

import io
import sys
import warnings
from enum import IntEnum
from typing import Final

from PIL import Image, ImageOps

MAX_PIXELS: Final = 50_000_000
SIDE: Final = 512
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
_MAX_MEMORY: Final = 1 << 30
_MAX_CPU_SECONDS: Final = 20
_QUALITY: Final = 85
_WEBP_NAME: Final = slice(8, 12)


class Refusal(IntEnum):
    """The process's exit codes."""

    TOO_LARGE = 3
    BROKEN = 4


class TooManyPixels(Exception):
    """More than MAX_PIXELS, as its header says."""


def is_picture(content: bytes) -> bool:
    """Does it begin like one of the formats that are read?"""
    if content.startswith(b"RIFF"):
        return content[_WEBP_NAME] == b"WEBP"
    return content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a"))


def square(content: bytes) -> bytes:
    """The middle of a picture as WebP.

    Raises:
        TooManyPixels: judged by the header, before anything is decoded.
        Exception: whatever the decoders say of a broken file.
    """
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        picture = Image.open(io.BytesIO(content), formats=_FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise TooManyPixels from error
    with picture:
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise TooManyPixels
        orientation = picture.getexif().get(0x0112, 1)
        # JPEG is decoded at the scale that is needed.
        picture.draft("RGB", (2 * SIDE, 2 * SIDE))
        picture.load()
        return _encoded(_upright(_middle(_in_colour(picture)), orientation))


def _in_colour(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):
        # Sixteen bits of grey, of which conversion would keep the lowest eight.
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    has_alpha = picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info
    return picture.convert("RGBA" if has_alpha else "RGB")


def _middle(picture: Image.Image) -> Image.Image:
    """The largest square in the middle: the same one however the picture is turned."""
    width, height = picture.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    to_side = min(side, SIDE)
    box = (left, top, left + side, top + side)
    return picture.resize((to_side, to_side), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def _upright(picture: Image.Image, orientation: object) -> Image.Image:
    turned = Image.new(picture.mode, picture.size)
    turned.paste(picture)  # onto an empty one: nothing of the file's own comes along
    turned.getexif()[0x0112] = orientation if isinstance(orientation, int) else 1
    return ImageOps.exif_transpose(turned)


def _encoded(picture: Image.Image) -> bytes:
    made = io.BytesIO()
    picture.save(made, "WEBP", quality=_QUALITY, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return made.getvalue()


def _bound_this_process() -> None:
    try:
        import resource  # noqa: PLC0415 -- not on Windows
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_MAX_CPU_SECONDS, _MAX_CPU_SECONDS))


def main() -> int:
    """Read a picture, write the square one; the exit code is a Refusal where there is none."""
    _bound_this_process()
    content = sys.stdin.buffer.read()
    try:
        made = square(content)
    except TooManyPixels:
        return Refusal.TOO_LARGE
    except Exception:  # noqa: BLE001 -- decoders raise whatever they like
        return Refusal.BROKEN
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
