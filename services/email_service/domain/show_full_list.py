"""Show every customer of a sent report, with the links of the email."""

from common.settings import Settings
from services.email_service.domain.link_tokens import LinkTokens
from services.email_service.domain.open_link import Opened
from services.email_service.domain.present_report import present_report
from services.email_service.domain.render_report import render_html
from services.email_service.domain.report_links import report_links


def show_full_list(settings: Settings, opened: Opened) -> str:
    """Return the report as HTML without a limit of blocks, with the figures of the sending time."""
    links = report_links(settings.base_url, LinkTokens(opened.token))
    view = present_report(opened.report, opened.formats, links, len(opened.report.customers))
    return render_html(view)
