"""GA4's Measurement Protocol: `POST /mp/collect` records hits, `POST /debug/mp/collect` only validates them."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from common.http.context import Context
from common.http.json import JsonAnswer
from common.pagination import Page, page_answer
from services.data_service.api.callers import Reader
from services.data_service.domain.measurement_protocol.judge_request import judge_request
from services.data_service.domain.measurement_protocol.take_hit import stream_named, take_hit
from services.data_service.domain.measurement_protocol.vendor_rules import MAX_BODY_BYTES
from services.data_service.errors import SourceNotFound
from services.data_service.store.measurement.measurement_hits import refused_hits
from services.data_service.store.syncs.sources import get_source

router = APIRouter(tags=["measurement protocol"])


class ValidationMessage(BaseModel):
    """One thing that is wrong with a hit, in the vendor's codes."""

    fieldPath: str  # noqa: N815 -- the vendor's name
    description: str
    validationCode: str  # noqa: N815 -- the vendor's name


class Judged(BaseModel):
    """The result of a validation; the list is empty if the hit is valid."""

    validationMessages: list[ValidationMessage]  # noqa: N815 -- the vendor's name


class RefusedHit(BaseModel):
    """A refused event, or a whole refused hit with its number of `events`; `original` is its text, possibly cut."""

    refused_at: datetime
    field_path: str
    description: str
    code: str
    events: int
    original: str | None


class RefusedHitPage(BaseModel):
    """A page of refused hits, latest first."""

    data: list[RefusedHit]
    total: int
    page: int
    limit: int
    has_more: bool


async def _body(request: Request) -> bytes:
    """Read the body, whatever its content type (beacons send text/plain), but not far beyond the limit of its size."""
    blocks: list[bytes] = []
    size = 0
    async for block in request.stream():
        blocks.append(block)
        size += len(block)
        if size >= MAX_BODY_BYTES:
            break
    return b"".join(blocks)


_Body = Annotated[bytes, Depends(_body)]
# Every body gets the same answer, so the OpenAPI document allows any; the example shows a hit.
_BODY_DOCUMENT: Final[dict[str, Any]] = {
    "requestBody": {
        "content": {
            "application/json": {
                "schema": {
                    "description": "A hit of any content type; `client_id` (apps: `app_instance_id`) is the device."
                },
                "example": {
                    "client_id": "1234567890.1687777777",
                    "user_id": "customer-17",
                    "timestamp_micros": 1687777777000000,
                    "user_properties": {"tier": {"value": "gold"}},
                    "user_location": {"city": "Munich", "region_id": "DE-BY", "country_id": "DE"},
                    "device": {"category": "mobile"},
                    "consent": {"ad_user_data": "DENIED", "ad_personalization": "DENIED"},
                    "events": [
                        {
                            "name": "purchase",
                            "params": {
                                "session_id": "1687777000",
                                "engagement_time_msec": 100,
                                "transaction_id": "T-1",
                                "value": 25,
                                "currency": "EUR",
                                "items": [{"item_id": "P-1", "item_name": "Pump", "price": 12.5, "quantity": 2}],
                            },
                        }
                    ],
                },
            }
        }
    }
}


@router.post(
    "/mp/collect", status_code=204, summary="Send a hit", response_class=Response, openapi_extra=_BODY_DOCUMENT
)
async def collect(
    body: _Body,
    context: Context,
    measurement_id: str = "",
    firebase_app_id: str = "",
    api_secret: str = "",
) -> Response:
    """Record a hit of up to 25 events; the answer is sent once they are durable.

    As in Google's API the answer is 204 whether or not the hit is valid. An error means that nothing could be recorded
    and the hit must be sent again. Refused events are counted and kept with the reason; see
    `GET /data/sources/{id}/refused-hits`. A wrong `measurement_id` or `api_secret` also gets 204, and nothing is
    recorded; `/debug/mp/collect` reports it. App libraries, which send `firebase_app_id` and `app_instance_id`, use the
    source's `measurement_id` as `firebase_app_id`.
    """
    stream = await stream_named(context, measurement_id or firebase_app_id, api_secret)
    if stream is not None:
        await take_hit(context, stream, body)
        context.wake_relay()
    return Response(status_code=204)


@router.post(
    "/debug/mp/collect",
    summary="Validate a hit",
    response_model=None,
    responses={200: {"model": Judged}},
    openapi_extra=_BODY_DOCUMENT,
)
async def judge(
    body: _Body,
    context: Context,
    measurement_id: str = "",
    firebase_app_id: str = "",
    api_secret: str = "",
) -> JsonAnswer:
    """Validate a hit and return Google's validation codes; nothing is recorded.

    Unlike Google's validation server, it also reports a `measurement_id` and `api_secret` that do not belong together.
    """
    remarks = await judge_request(context, measurement_id or firebase_app_id, api_secret, body)
    return JsonAnswer({"validationMessages": [remark.message() for remark in remarks]})


@router.get(
    "/data/sources/{id}/refused-hits",
    summary="List refused hits",
    response_model=None,
    responses={200: {"model": RefusedHitPage}},
)
async def get_refused_hits(id: UUID, caller: Reader, context: Context, page: Page) -> JsonAnswer:  # noqa: A002 -- as beside it
    """List the last 100 refused events and hits of a `measurement_protocol` source, each with the reason."""
    async with context.db.of(caller, readonly=True) as connection:
        if await get_source(connection, caller.tenant_id, id) is None:
            raise SourceNotFound
        refused, total = await refused_hits(connection, caller.tenant_id, id, page)
    return JsonAnswer(page_answer(refused, total, page))
