"""Render a report as HTML and as plain text."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from common.mail.compose import RenderedMail
from common.mail.templates import PREHEADER_FILLER, mail_template
from services.email_service.domain.build_report import Report
from services.email_service.domain.formats import Formats
from services.email_service.domain.present_report import MOST_BLOCKS, Links, ReportView, present_report
from services.email_service.domain.render_text import render_text

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = Path(__file__).parent.parent / "templates"
# Gmail clips a mail at 102 kB, which would hide the unsubscribe link.
MOST_BYTES = 100_000


def render_report(report: Report, formats: Formats, links: Links) -> RenderedMail:
    """Render a report in at most 100 kB of HTML, with as many customers' blocks as fit."""
    most_blocks = MOST_BLOCKS
    while True:
        view = present_report(report, formats, links, most_blocks)
        html = render_html(view)
        if len(html.encode()) <= MOST_BYTES or most_blocks == 1:
            return RenderedMail(view.subject, html, render_text(view))
        most_blocks -= 1


def render_html(view: ReportView) -> str:
    """Render the HTML part."""
    return _template().render(report=view, filler=PREHEADER_FILLER)


@lru_cache(maxsize=1)
def _template() -> "Template":
    return mail_template((TEMPLATES / "report.html").read_text(), TEMPLATES / "report.css")
