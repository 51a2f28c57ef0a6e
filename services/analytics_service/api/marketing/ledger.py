"""The reconciliation ledger: what platforms claim beside what the company's own books say, never added."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.http.context import context_of
from common.pagination import Page, page_answer
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.asked import Asking
from services.analytics_service.api.marketing.ledger_shapes import LABELS, Ledger
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.store.ledger import get_ledger, get_ledger_totals

router = APIRouter(tags=["marketing"], prefix="/api/analytics")


@router.get(
    "/ledger",
    summary="Platforms' claims beside our books, by day and campaign",
    response_model=None,
    responses={200: {"model": Ledger}},
)
async def ledger(request: Request, asked: Asking, page: Page) -> Response:
    """By day, then spend, platform and name. `totals` are of all pages.

    `revenue` and `roas` are the contracts', as in every marketing figure; `our_revenue` and `our_roas` count orders
    too. `gap` is `claimed_revenue` − `our_revenue` and equals what `gaps` and `unexplained` add up to, in every line:
    `refund` (given back since), `window` (the click lies on another day, or the customer came back directly),
    `time_zone` (the click lies on the order's day, and by the ad account's clock on another), `duplicate` (the order
    counts for another campaign, which was clicked later), `untracked` (contracts, and what came by no campaign),
    `currency` (money that has no rate), `thresholded` (a vendor withheld rows of the day).
    """
    days = await asked.days()
    meant = (asked.caller.tenant_id, days, asked.platforms)
    # (not kept: it rests on orders and flags too, whose days no event of marketing tells)
    async with context_of(request).db.of(asked.caller, readonly=True) as connection:
        lines = [_labelled(line) for line in await get_ledger(connection, *meant, page)]
        totals = _labelled(await get_ledger_totals(connection, *meant))
        quality = await quality_header(connection, asked.caller.tenant_id, days)
    return etagged(request, page_answer(lines, totals.pop("lines"), page, totals=totals), quality)


def _labelled(line: dict[str, Any]) -> dict[str, Any]:
    gaps = {label: line.pop(f"{label}_gap") for label in LABELS}
    return line | {"gap": line["claimed_revenue"] - line["our_revenue"], "gaps": gaps}
