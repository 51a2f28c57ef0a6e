"""The route of the reconciliation ledger: platforms' claims beside the company's own books, never added together."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.http.context import context_of
from common.pagination import Page, page_answer
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.ledger_shapes import GAP_CAUSES, Ledger
from services.analytics_service.api.marketing.marketing_query import PlatformsQuery
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.store.ledger import get_ledger, get_ledger_totals

router = APIRouter(tags=["marketing"], prefix="/api/analytics")


@router.get(
    "/ledger",
    summary="Platforms' claims beside our books, by day and campaign",
    response_model=None,
    responses={200: {"model": Ledger}},
)
async def ledger(request: Request, query: PlatformsQuery, page: Page) -> Response:
    """List the lines by day, then spend, platform and name. `totals` covers all pages.

    `revenue` and `roas` count contracts only, as every marketing figure does; `our_revenue` and `our_roas` count orders
    too. `gap` is `claimed_revenue` − `our_revenue`. In every line, `gaps` and `unexplained` add up to it. The causes:
    `refund` (refunded since), `window` (the click was on another day, or the customer came back directly), `time_zone`
    (the click was on the order's day, but on another day by the ad account's clock), `duplicate` (the order counts for
    another campaign, which was clicked later), `untracked` (contracts, and orders without a campaign), `currency`
    (money without an exchange rate), `thresholded` (a vendor withheld rows of the day).
    """
    days = await query.days()
    parameters = (query.caller.tenant_id, days, query.platforms)
    # Not cached: the ledger also rests on orders and quality flags, and no marketing event names their days.
    async with context_of(request).db.of(query.caller, readonly=True) as connection:
        lines = [_with_gaps(line) for line in await get_ledger(connection, *parameters, page)]
        totals = _with_gaps(await get_ledger_totals(connection, *parameters))
        quality = await quality_header(connection, query.caller.tenant_id, days)
    return etagged(request, page_answer(lines, totals.pop("lines"), page, totals=totals), quality)


def _with_gaps(line: dict[str, Any]) -> dict[str, Any]:
    gaps = {label: line.pop(f"{label}_gap") for label in GAP_CAUSES}
    return line | {"gap": line["claimed_revenue"] - line["our_revenue"], "gaps": gaps}
