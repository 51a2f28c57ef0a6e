"""Pages that a report's links open: no script, no outside file, one style whose hash the policy names."""

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from services.email_service.domain.render_report import TEMPLATES

if TYPE_CHECKING:
    from jinja2 import Template

HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """A page that says one thing, perhaps with one button that posts `field=1`."""

    title: str
    text: str
    eyebrow: str = ""
    button: str = ""
    field: str = "go"
    quiet: bool = False


def render_page(template: str, page: Any) -> str:
    """A page of `templates/`, everything in it escaped."""
    return _template(template).render(page=page, style=Markup(_style()))  # noqa: S704 -- our own file


def page_headers() -> dict[str, str]:
    """The headers of a page: nothing may be loaded, framed or posted elsewhere."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return HEADERS | {"Content-Security-Policy": _policy(f"'sha256-{digest}'")}


def report_headers() -> dict[str, str]:
    """The headers of a report shown in a browser: its styles stand in the tags."""
    return HEADERS | {"Content-Security-Policy": _policy("'unsafe-inline'")}


def _policy(style: str) -> str:
    return f"default-src 'none'; style-src {style}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


@lru_cache(maxsize=1)
def _style() -> str:
    return (TEMPLATES / "page.css").read_text()


@lru_cache(maxsize=8)
def _template(name: str) -> "Template":
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(f"{name}.html")
