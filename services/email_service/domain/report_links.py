"""Build the URLs in a report, and the rows in which the hashes of their tokens are stored."""

from datetime import datetime, timedelta

from services.email_service.domain.build_report import Report
from services.email_service.domain.link_tokens import LinkTokens, token_hash, with_action
from services.email_service.domain.present_report import Links

LINK_DAYS = 30


def report_links(base_url: str, tokens: LinkTokens) -> Links:
    """Return the URLs that a report's templates print."""
    base = base_url.rstrip("/")
    return Links(
        action=lambda number, action: f"{base}/email/t/{with_action(tokens.customer(number), action)}",
        full_list=f"{base}/email/t/{tokens.full_list}",
        stop=f"{base}/email/unsubscribe/{tokens.stop()}",
    )


def stored_links(
    tokens: LinkTokens, report: Report, sent_at: datetime
) -> list[tuple[bytes, str, int | None, datetime | None]]:
    """Return `(hash, purpose, customer number, expiry)` of every link; the link to unsubscribe never expires."""
    expires_at = sent_at + timedelta(days=LINK_DAYS)
    customers = [
        (token_hash(tokens.customer(customer.number)), "customer", customer.number, expires_at)
        for customer in report.customers
    ]
    return [
        *customers,
        (token_hash(tokens.full_list), "list", None, expires_at),
        (token_hash(tokens.stop()), "unsubscribe", None, None),
    ]
