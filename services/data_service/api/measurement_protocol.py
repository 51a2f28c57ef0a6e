"""GA4's Measurement Protocol: `POST /mp/collect`, and `/debug/mp/collect`, which judges and records nothing."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict

from common.http.body_schema import json_body_of
from common.http.context import Context
from common.http.json import JsonAnswer
from services.data_service.domain.measurement_protocol.judge_request import judge_request
from services.data_service.domain.measurement_protocol.take_hit import stream_named, take_hit
from services.data_service.domain.measurement_protocol.vendor_rules import MAX_BODY_BYTES

router = APIRouter(tags=["measurement protocol"])


class HitEvent(BaseModel):
    """An event; `items` stands among its params, `timestamp_micros` beside or among them."""

    name: str
    params: dict[str, Any] = {}
    timestamp_micros: int | None = None


class Hit(BaseModel):
    """What the vendor's documentation says a hit holds; what it does not say is kept as it comes."""

    model_config = ConfigDict(extra="allow")

    client_id: str
    user_id: str | None = None
    timestamp_micros: int | None = None
    user_properties: dict[str, Any] = {}
    user_location: dict[str, Any] = {}
    device: dict[str, Any] = {}
    consent: dict[str, str] = {}
    non_personalized_ads: bool | None = None
    validation_behavior: str | None = None
    events: list[HitEvent]


class ValidationMessage(BaseModel):
    """One thing that is wrong with a hit, in the vendor's codes."""

    fieldPath: str  # noqa: N815 -- the vendor's name
    description: str
    validationCode: str  # noqa: N815 -- the vendor's name


class Judged(BaseModel):
    """What the validation server says; nothing where all is well."""

    validationMessages: list[ValidationMessage]  # noqa: N815 -- the vendor's name


async def _body(request: Request) -> bytes:
    """The body whatever it calls itself (beacons are text/plain), and no more of it than shows that it is too large."""
    blocks: list[bytes] = []
    size = 0
    async for block in request.stream():
        blocks.append(block)
        size += len(block)
        if size >= MAX_BODY_BYTES:
            break
    return b"".join(blocks)


_Body = Annotated[bytes, Depends(_body)]
_BODY_DOCUMENT: Final = json_body_of(Hit)


@router.post(
    "/mp/collect", status_code=204, summary="Send a hit", response_class=Response, openapi_extra=_BODY_DOCUMENT
)
async def collect(
    body: _Body,
    context: Context,
    measurement_id: str = "",
    api_secret: str = "",
) -> Response:
    """Record a hit of up to 25 events; the answer comes once they are durable.

    Like the vendor's it is 204 whatever came; only where nothing could be recorded is it an error, and the hit to be
    sent again. What is refused is counted and kept with the reason: `POST /data/sources/{id}/test` shows it. Who
    names no source, or not its secret, gets 204 and nothing else happens; `/debug/mp/collect` says so.
    """
    stream = await stream_named(context, measurement_id, api_secret)
    if stream is not None:
        await take_hit(context, stream, body)
        context.wake_relay()
    return Response(status_code=204)


@router.post(
    "/debug/mp/collect",
    summary="Judge a hit",
    response_model=None,
    responses={200: {"model": Judged}},
    openapi_extra=_BODY_DOCUMENT,
)
async def judge(
    body: _Body,
    context: Context,
    measurement_id: str = "",
    api_secret: str = "",
    firebase_app_id: str = "",
) -> JsonAnswer:
    """Say what is wrong with a hit, in the vendor's codes; nothing is recorded.

    Unlike the vendor's it also says where measurement_id and api_secret do not belong together.
    """
    remarks = await judge_request(context, measurement_id, api_secret, firebase_app_id, body)
    return JsonAnswer({"validationMessages": [remark.message() for remark in remarks]})
