"""`POST /data/webhooks/woocommerce/{source_id}`: receive a shop's notification of a change."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel

from common.http.context import Context, ServiceContext
from common.http.json import JsonAnswer
from common.http.upload import bounded
from common.problem import PayloadTooLarge
from services.data_service.api.delivery_writer import DeliveryWriter
from services.data_service.domain.woocommerce.webhook import (
    SIGNATURE,
    delivery_of,
    is_ping,
    is_signed,
    may_be_signature,
)
from services.data_service.errors import WebhookRefused
from services.data_service.store.shop.webhook_secrets import WebhookSecrets

router = APIRouter(tags=["webhooks"])
_MOST_BYTES: Final = 2 << 20
_MOST_BYTES_OF_PING: Final = 64


class Received(BaseModel):
    """Confirms that the delivery is durable, or that it had nothing to store."""

    received: bool


@router.post(
    "/data/webhooks/woocommerce/{source_id}",
    summary="Receive a shop's webhook",
    response_model=None,
    responses={200: {"model": Received}},
)
async def take_woocommerce_webhook(
    source_id: Annotated[str, Path(description="The source's id, as its list shows it")],
    request: Request,
    context: Context,
) -> JsonAnswer:
    """Receive a delivery that the shop has signed with the source's `webhook_secret`; 401 if the signature is wrong.

    The answer is sent once the delivery is durable. A delivery is only a hint: the present state is soon read from the
    shop, so deliveries may come twice, late, out of order or not at all. The unsigned ping that a shop sends when a
    webhook is switched on is answered and has no effect.
    """
    signature = request.headers.get(SIGNATURE, "")
    if not signature:
        await _refuse_unless_ping(request)
        return JsonAnswer({"received": True})
    if not may_be_signature(signature):
        raise WebhookRefused
    body = await _body(request, _MOST_BYTES)
    tenant_id, source = await _verified(context, source_id, body, signature)
    delivery = delivery_of(request.headers, body)
    if delivery is not None:
        writer: DeliveryWriter = context.extras["deliveries"]
        await writer.write(tenant_id, source, delivery)
    return JsonAnswer({"received": True})


async def _verified(context: ServiceContext, source_id: str, body: bytes, signature: str) -> tuple[UUID, UUID]:
    """Return the tenant and source of a delivery; an unknown source is refused like a wrong signature."""
    try:
        source = UUID(source_id)
    except ValueError:
        raise WebhookRefused from None
    secrets: WebhookSecrets = context.extras["webhook_secrets"]
    known = secrets.remembered(source)
    if known is None or not is_signed(known.secret, body, signature):
        # The remembered secret may be outdated, so it is looked up before a delivery is refused.
        known = await secrets.look_up(context, source)
        if known is None or not is_signed(known.secret, body, signature):
            raise WebhookRefused
    return known.tenant_id, source


async def _refuse_unless_ping(request: Request) -> None:
    try:
        body = await _body(request, _MOST_BYTES_OF_PING)
    except PayloadTooLarge:
        raise WebhookRefused from None
    if not is_ping(body):
        raise WebhookRefused


async def _body(request: Request, most_bytes: int) -> bytes:
    return b"".join([block async for block in bounded(request, most_bytes)])
