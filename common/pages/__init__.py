"""Pages for people who followed a link of a mail: no script, no outside file, one style whose hash the policy names.

A service keeps its own pages in its `templates/`; they extend `page.html` of this folder.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Template

_FOLDER = Path(__file__).parent
# For a router's `responses`: its errors are pages too.
PAGE_ANSWERS: dict[int | str, dict[str, Any]] = {
    "default": {"description": "A page, or the gateway's word, that says what went wrong", "content": {"text/html": {}}}
}
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """A page (`notice.html`) that says one thing, perhaps with one button that posts `field=1`, or one link."""

    title: str
    text: str
    eyebrow: str = ""
    button: str = ""
    field: str = "go"
    quiet: bool = False
    way: str = ""
    way_label: str = ""


def page_response(templates: Path, name: str, page: Any, status: int = 200) -> HTMLResponse:
    """The page `<name>.html` of these templates or of this folder, everything in it escaped, with its headers."""
    html = _template(templates, name).render(page=page, style=Markup(_style()))  # noqa: S704 -- our own file
    return HTMLResponse(html, status, _page_headers())


def _page_headers() -> dict[str, str]:
    """Nothing may be loaded, framed or posted elsewhere."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return HEADERS | {"Content-Security-Policy": _policy(f"'sha256-{digest}'")}


def mail_headers() -> dict[str, str]:
    """The headers of a mail shown in a browser: its styles stand in the tags."""
    return HEADERS | {"Content-Security-Policy": _policy("'unsafe-inline'")}


def _policy(style: str) -> str:
    return f"default-src 'none'; style-src {style}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


@lru_cache(maxsize=1)
def _style() -> str:
    return (_FOLDER / "page.css").read_text()


@lru_cache(maxsize=16)
def _template(templates: Path, name: str) -> "Template":
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader([templates, _FOLDER]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(f"{name}.html")
