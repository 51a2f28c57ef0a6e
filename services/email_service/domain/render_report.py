"""A presented report as HTML and as plain text.

The HTML template is valid HTML with Jinja's statements in comments, so that its styles can be moved into the tags
once, when the service starts, and not once per mail: that is 100 times cheaper, and what comes out is the same.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import css_inline
from jinja2 import Environment, StrictUndefined

from services.email_service.domain.build_report import Report
from services.email_service.domain.formats import Formats
from services.email_service.domain.present_report import MOST_BLOCKS, Links, ReportView, present_report
from services.email_service.domain.render_text import render_text

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = Path(__file__).parent.parent / "templates"
# Gmail clips a mail at 102 kB and hides the way out with the rest.
MOST_BYTES = 100_000
# Keeps the text that follows out of the preview line of the inbox.
_FILLER = "\u034f\u200c\u00a0" * 40
_CLASS = re.compile(r' class="([^"]*)"')
_COLOUR_SPACES = re.compile(r"\s*([:;])\s*")
_STYLE = re.compile(r' style="([^"]*)"')


@dataclass(frozen=True, slots=True)
class RenderedReport:
    """The two parts of the mail and its subject."""

    subject: str
    html: str
    text: str


def render_report(report: Report, formats: Formats, links: Links) -> RenderedReport:
    """Render a report in at most 100 kB of HTML: with fewer blocks, and more behind the link, where it must be."""
    most_blocks = MOST_BLOCKS
    while True:
        view = present_report(report, formats, links, most_blocks)
        html = render_html(view)
        if len(html.encode()) <= MOST_BYTES or most_blocks == 1:
            return RenderedReport(view.subject, html, render_text(view))
        most_blocks -= 1


def render_html(view: ReportView) -> str:
    """The HTML part."""
    return _template().render(report=view, filler=_FILLER)


@lru_cache(maxsize=1)
def _template() -> "Template":
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        block_start_string="<!--%",
        block_end_string="%-->",
    )
    return environment.from_string(_inlined_source())


def _inlined_source() -> str:
    """The template with every rule in its tag, and only the classes that the phone and dark rules still need."""
    dark = (TEMPLATES / "report_dark.css").read_text()
    outlook_app = "".join(f"[data-ogsc] {rule}\n" for rule in _single_selectors(dark))
    kept = (TEMPLATES / "report_kept.css").read_text().replace("DARK\n", dark) + outlook_app
    inliner = css_inline.CSSInliner(extra_css=(TEMPLATES / "report.css").read_text(), load_remote_stylesheets=False)
    source = inliner.inline((TEMPLATES / "report.html").read_text())
    used = set(re.findall(r"\.([a-z]+)", kept))
    source = _CLASS.sub(lambda found: _kept_classes(found.group(1), used), source)
    source = _STYLE.sub(lambda found: _tight(found.group(0)), source)
    return source.replace("<!--KEPT-->", f"<style>{kept.strip()}</style>")


def _single_selectors(css: str) -> list[str]:
    """`.a,.b{x}` as `.a{x}` and `.b{x}`: a prefix has to stand before each."""
    rules: list[str] = []
    for rule in css.split():
        selectors, _, body = rule.partition("{")
        rules += [f"{selector}{{{body}" for selector in selectors.split(",")]
    return rules


def _kept_classes(names: str, used: set[str]) -> str:
    kept = " ".join(name for name in names.split() if name in used)
    return f' class="{kept}"' if kept else ""


def _tight(style: str) -> str:
    return _COLOUR_SPACES.sub(r"\1", style).replace(';"', '"')
