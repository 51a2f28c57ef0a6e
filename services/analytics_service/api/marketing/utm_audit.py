"""The UTM audit: money that brought no leads, and leads that no campaign can be credited with."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.http.context import context_of
from common.pagination import Page
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.asked import Asking
from services.analytics_service.api.marketing.utm_audit_shapes import UtmAudit
from services.analytics_service.api.quality_header import quality_header
from services.analytics_service.store.utm_audit import (
    get_leads_of_no_campaign,
    get_spend_on_no_leads,
)

router = APIRouter(tags=["marketing"], prefix="/api/analytics")


@router.get(
    "/utm-audit",
    summary="Spend without leads, leads without a campaign",
    response_model=None,
    responses={200: {"model": UtmAudit}},
)
async def utm_audit(request: Request, asked: Asking, page: Page) -> Response:
    """Two lists under one `page` and `limit`, by spend and by leads; `totals` are of all pages.

    `reason`, the first that holds: `no_utm` (no source, no campaign, no id), `other_platform` (another platform has a
    campaign of that id or name: the source is wrong), `no_ads` (no ads of the platform were ever told of),
    `no_campaign` (a source alone), `unknown_id`, `unknown_name` (no campaign of the platform goes by it).
    """
    days = await asked.days()
    async with context_of(request).db.of(asked.caller, readonly=True) as connection:
        meant = (asked.caller.tenant_id, days, asked.platforms)
        spend = await get_spend_on_no_leads(connection, *meant, page)
        leads = await get_leads_of_no_campaign(connection, *meant, page)
        quality = await quality_header(connection, asked.caller.tenant_id, days)
    totals = spend.totals | leads.totals
    content = {
        "spend_without_leads": spend.rows,
        "leads_without_campaign": leads.rows,
        "totals": totals,
        "page": page.page,
        "limit": page.limit,
        "has_more": page.page * page.limit < max(totals["campaigns"], totals["kinds"]),
    }
    return etagged(request, content, quality)
