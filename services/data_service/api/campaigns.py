"""`/api/campaigns`: campaigns that were created here or on their platforms, and their metrics."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from common import audit
from common.auth.principal import Principal
from common.auth.whole_company import of_whole_company
from common.db import Connection
from common.http.context import Context
from common.http.json import JsonAnswer
from common.http.require import require
from common.pagination import Page, page_answer
from services.data_service.api import campaign_shapes as shapes
from services.data_service.api.days import Asked, Days
from services.data_service.domain.ads.campaign_form import CampaignChange, CampaignStatus, NewCampaign
from services.data_service.domain.ads.campaign_metrics import daily_metrics, metrics_of
from services.data_service.domain.ads.change_campaign import (
    changed_campaign,
    check_dates,
    platform_fields,
    shown_settings,
)
from services.data_service.domain.ads.platform import Platform
from services.data_service.domain.ads.refuse_strangers import refuse_strangers
from services.data_service.domain.day_range import DayRange
from services.data_service.errors import CampaignKeptInStep, CampaignNotFound
from services.data_service.store.ads import campaigns
from services.data_service.store.ads.campaign_figures import daily_figures_of, figures_of
from services.data_service.store.ads.campaigns import Campaign, CampaignFilter

router = APIRouter(prefix="/api/campaigns", tags=["campaigns"])


def _of_the_company(caller: Principal) -> Principal:
    """Refuse callers limited to branches: they see no ad figures here or in analytics, and every answer has some."""
    return of_whole_company(caller, "ads are figures")


def _reader(caller: Annotated[Principal, Depends(require("analytics:read"))]) -> Principal:
    return _of_the_company(caller)


def _writer(caller: Annotated[Principal, Depends(require("campaigns:write"))]) -> Principal:
    return _of_the_company(caller)


Reader = Annotated[Principal, Depends(_reader)]
Writer = Annotated[Principal, Depends(_writer)]


@router.get("", summary="List campaigns", response_model=None, responses={200: {"model": shapes.CampaignPage}})
async def list_campaigns(
    caller: Reader,
    context: Context,
    page: Page,
    days: Days,
    platform: Platform | None = None,
    status: CampaignStatus | None = None,
    team_id: UUID | None = None,
    query: Annotated[
        str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="text that the name contains")
    ] = None,
) -> JsonAnswer:
    """List campaigns, newest first, each with its metrics from `date_from` to `date_to`.

    Without dates the metrics cover the last 30 complete days. `platform=facebook` means `meta`.
    """
    async with context.db.of(caller, readonly=True) as connection:
        asked = await days.of(connection, caller)
        wanted = CampaignFilter(platform, status, team_id, query)
        found, total = await campaigns.list_campaigns(connection, caller.tenant_id, wanted, page)
        answers = await _with_metrics(connection, caller, found, asked)
    return JsonAnswer(page_answer(answers, total, page))


@router.post(
    "", status_code=201, summary="Create a campaign", response_model=None, responses={201: {"model": shapes.Campaign}}
)
async def create_campaign(body: NewCampaign, caller: Writer, context: Context) -> JsonAnswer:
    """Create a campaign by hand.

    If a source or an imported file later brings a campaign of the same platform and name, it is linked to this one:
    `user_id`, `team_id` and `settings` stay, and its figures are added.
    """
    check_dates(body.start_date, body.end_date)
    async with context.db.of(caller) as connection:
        await refuse_strangers(connection, caller.tenant_id, body.user_id, body.team_id)
        campaign_id = await campaigns.add_campaign(connection, caller.tenant_id, body.model_dump())
        campaign = await _campaign(connection, caller, campaign_id)
        await _record(connection, caller, "campaign.created", campaign, {})
        [answer] = await _with_metrics(connection, caller, [campaign], await Asked().of(connection, caller))
    context.wake_relay()
    return JsonAnswer(answer, status_code=201)


@router.get("/{id}", summary="Get a campaign", response_model=None, responses={200: {"model": shapes.Campaign}})
async def get_campaign(id: UUID, caller: Reader, context: Context, days: Days) -> JsonAnswer:  # noqa: A002 -- the contract's name
    """Return a campaign with its metrics from `date_from` to `date_to`; by default of the last 30 complete days."""
    async with context.db.of(caller, readonly=True) as connection:
        campaign = await _campaign(connection, caller, id)
        [answer] = await _with_metrics(connection, caller, [campaign], await days.of(connection, caller))
    return JsonAnswer(answer)


@router.put("/{id}", summary="Change a campaign", response_model=None, responses={200: {"model": shapes.Campaign}})
async def change_campaign(
    id: UUID,  # noqa: A002 -- likewise
    body: CampaignChange,
    caller: Writer,
    context: Context,
) -> JsonAnswer:
    """Change the fields in the body; omitted fields stay unchanged.

    For a campaign that a source keeps in step, only `user_id`, `team_id` and settings of your own can be changed.
    Fields of the platform may be sent back with their present values. Changing one is answered with 409, which names
    the fields, because the next sync would undo the change.
    """
    given = body.model_dump(exclude_unset=True)
    async with context.db.of(caller) as connection:
        before = await _campaign(connection, caller, id, lock=True)
        become = changed_campaign(before, given)
        changed = sorted(name for name in given if getattr(become, name) != getattr(before, name))
        # Check only changed values: a form sends back an unchanged user or team even if it no longer exists.
        user_id, team_id = (getattr(become, name) if name in changed else None for name in ("user_id", "team_id"))
        await refuse_strangers(connection, caller.tenant_id, user_id, team_id)
        if changed:
            await campaigns.change_campaign(connection, caller.tenant_id, before, become)
            await _record(connection, caller, "campaign.changed", become, {"changed": changed})
        campaign = await _campaign(connection, caller, id)
        [answer] = await _with_metrics(connection, caller, [campaign], await Asked().of(connection, caller))
    context.wake_relay()
    return JsonAnswer(answer)


@router.delete("/{id}", status_code=204, summary="Delete a campaign")
async def delete_campaign(id: UUID, caller: Writer, context: Context) -> None:  # noqa: A002 -- likewise
    """Delete a campaign; its figures still count for its platform.

    If a source keeps the campaign in step, the answer is 409 until the source is paused or removed, because the next
    sync would restore it. Resuming the source, or importing a file with the campaign, restores it.
    """
    async with context.db.of(caller) as connection:
        campaign = await _campaign(connection, caller, id, lock=True)
        if campaign.is_kept_in_step:
            message = "the next sync of its source would bring it back: pause or remove the source first"
            raise CampaignKeptInStep(message)
        await campaigns.remove_campaign(connection, caller.tenant_id, id)
        await _record(connection, caller, "campaign.removed", campaign, {})
    context.wake_relay()


@router.get(
    "/{id}/performance",
    summary="Get daily metrics of a campaign",
    response_model=None,
    responses={200: {"model": shapes.PerformancePage}},
)
async def get_performance(id: UUID, caller: Reader, context: Context, page: Page, days: Days) -> JsonAnswer:  # noqa: A002 -- likewise
    """Return the metrics of each day in ascending order; by default of the last 30 complete days.

    Days without figures have zeros. `total` is the number of days in the range. `totals` are the metrics of the whole
    range on every page.
    """
    async with context.db.of(caller, readonly=True) as connection:
        await _campaign(connection, caller, id)
        asked = await days.of(connection, caller)
        figures = await daily_figures_of(connection, caller.tenant_id, id, asked.first, asked.last)
        totals = await figures_of(connection, caller.tenant_id, [id], asked.first, asked.last)
    first = asked.first + timedelta(days=min(page.offset, asked.length))
    rows = daily_metrics(figures, first, max(0, min(page.limit, asked.length - page.offset)))
    about = {"campaign_id": id, "date_from": asked.first, "date_to": asked.last}
    return JsonAnswer(page_answer(rows, asked.length, page, totals=metrics_of(totals.get(id)), **about))


async def _campaign(connection: Connection, caller: Principal, campaign_id: UUID, *, lock: bool = False) -> Campaign:
    campaign = await campaigns.get_campaign(connection, caller.tenant_id, campaign_id, lock=lock)
    if campaign is None:
        raise CampaignNotFound
    return campaign


async def _with_metrics(
    connection: Connection, caller: Principal, found: Sequence[Campaign], asked: DayRange
) -> list[dict[str, Any]]:
    ids = [campaign.campaign_id for campaign in found]
    figures = await figures_of(connection, caller.tenant_id, ids, asked.first, asked.last)
    return [_answer(campaign, metrics_of(figures.get(campaign.campaign_id))) for campaign in found]


def _answer(campaign: Campaign, metrics: dict[str, Any]) -> dict[str, Any]:
    answer = campaign._asdict() | {"settings": shown_settings(campaign), "metrics": metrics}
    answer["platform_fields"] = platform_fields(campaign)
    del answer["platform_settings"], answer["source_kind"]
    return {"id": answer.pop("campaign_id"), **answer}


async def _record(
    connection: Connection, caller: Principal, action: str, campaign: Campaign, detail: dict[str, Any]
) -> None:
    detail = {"name": campaign.name, "platform": campaign.platform, **detail}
    target = str(campaign.campaign_id)
    await audit.record(connection, "data", caller.tenant_id, caller, action, target=target, detail=detail)
