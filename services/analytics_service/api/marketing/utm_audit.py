"""The route of the UTM audit: spend without leads, and leads without a campaign."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.http.context import context_of
from common.pagination import Page
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.marketing.marketing_query import PlatformsQuery
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
async def utm_audit(request: Request, query: PlatformsQuery, page: Page) -> Response:
    """Return two lists that share `page` and `limit`, by spend and by leads; `totals` covers all pages.

    `reason` is the first that holds: `no_utm` (no source, campaign or id), `other_platform` (another platform has a
    campaign with that id or name, so the source is wrong), `no_ads` (the platform never reported any ads),
    `no_campaign` (a source without a campaign), `unknown_id`, `unknown_name` (the platform has no such campaign).
    """
    days = await query.days()
    async with context_of(request).db.of(query.caller, readonly=True) as connection:
        parameters = (query.caller.tenant_id, days, query.platforms)
        spend = await get_spend_on_no_leads(connection, *parameters, page)
        leads = await get_leads_of_no_campaign(connection, *parameters, page)
        quality = await quality_header(connection, query.caller.tenant_id, days)
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
