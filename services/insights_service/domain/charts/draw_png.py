"""A chart as PNG: the SVG rendered in this process, with a font that is installed as a package.

Servers have no browser, and small ones no fonts. Open Sans has all letters of English and Vietnamese. Only if a name
has other letters are the machine's own fonts searched, which is slow.
"""

import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import resvg_py

FAMILY: Final = "Open Sans"
# Twice the SVG's resolution, for dense screens; mails show the image at half its size.
_ZOOM: Final = 2.0
_FILES: Final = ("OpenSans-Regular.ttf", "OpenSans-SemiBold.ttf")
# Latin with all its marks, Greek, Cyrillic, punctuation, currencies, arrows and signs.
_BEYOND_THE_FONT: Final = re.compile(r"[^\x00-\u052f\u1e00-\u20cf\u2100-\u214f\u2200-\u22ff]")


def draw_png(svg: str) -> bytes:
    """Render an SVG document as PNG, at twice its width and height in pixels."""
    return resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=_ZOOM,
        font_files=list(_font_files()),
        font_family=FAMILY,
        sans_serif_family=FAMILY,
        skip_system_fonts=_BEYOND_THE_FONT.search(svg) is None,
    )


@lru_cache(maxsize=1)
def _font_files() -> tuple[str, ...]:
    """Return the paths of the font files; the package is not imported, because that would load Pillow."""
    spec = find_spec("ttf_opensans")
    if spec is None or spec.origin is None:
        message = "the package ttf-opensans is not installed"
        raise ModuleNotFoundError(message)
    folder = Path(spec.origin).parent / "ttf"
    return tuple(str(folder / name) for name in _FILES)
