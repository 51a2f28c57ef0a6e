"""The check of a shop: can it be reached and read, is its clock right, and do its webhooks arrive."""

from datetime import datetime, timedelta
from typing import Final

from common.clock import now
from services.data_service.domain.syncs.sync_run import Finding, SourceAccess
from services.data_service.domain.woocommerce.open_reading import config_of
from services.data_service.domain.woocommerce.order_digest import digest_of_settings
from services.data_service.sources.vendor import VendorError
from services.data_service.sources.woocommerce.shop import Shop, ShopPage, open_shop
from services.data_service.store.shop.shop_orders import read_otherwise
from services.data_service.store.shop.webhook_deliveries import last_delivery

_MUCH_SKEW: Final = timedelta(minutes=2)
_LATELY: Final = timedelta(days=7)


async def check(access: SourceAccess) -> list[Finding]:
    """Findings about the shop for the source's owner, as sentences."""
    findings: list[Finding] = []
    try:
        key, secret = access.secrets["consumer_key"], access.secrets["consumer_secret"]
        async with open_shop(access.service.settings, config_of(access).store_url, key, secret) as shop:
            await _ask(shop, findings)
    except VendorError as error:
        findings.append(Finding(ok=False, text=_sentence(error.reason)))
    findings += await _past(access)
    findings.append(await _webhooks(access))
    return findings


async def _ask(shop: Shop, findings: list[Finding]) -> None:
    orders = await shop.page("orders", per_page=1, orderby="modified", dates_are_gmt="true")
    findings.append(Finding(ok=True, text="The shop answers and takes the key."))
    findings.append(_clock(orders.shop_time))
    findings.append(Finding(ok=True, text=f"It has {_count(orders, 'order')} outside the trash."))
    customers = await shop.page("customers", per_page=1, role="all")
    findings.append(Finding(ok=True, text=f"It has {_count(customers, 'customer')} with an account."))
    findings.append(
        Finding(
            ok=True,
            text="An order counts as a purchase once it is processing or completed, and stays one when it is refunded;"
            " on-hold, pending, failed and cancelled orders do not.",
        )
    )


def _clock(shop_time: datetime | None) -> Finding:
    if shop_time is None:
        return Finding(ok=True, text="It does not say what time it has; times are taken as it writes them.")
    ahead = shop_time - now()
    if abs(ahead) < _MUCH_SKEW:
        return Finding(ok=True, text="Its clock is right.")
    minutes = round(abs(ahead).total_seconds() / 60)
    side = "fast" if ahead > timedelta() else "slow"
    return Finding(
        ok=True,
        text=f"Its clock is {minutes} minutes {side}. Nothing is missed by that, but orders are dated by it.",
    )


async def _past(access: SourceAccess) -> list[Finding]:
    """A finding if orders were read by other settings: they change at their next modification, or by a backfill."""
    settings = digest_of_settings(config_of(access))
    async with access.service.db.tenant(access.tenant_id) as connection:
        found = await read_otherwise(connection, access.tenant_id, access.source.source_id, settings)
    if found is None:
        return []
    zone = access.tenant.zone
    first, last = (made.astimezone(zone).date() for made in found[1:])
    text = (
        f"Its settings (transaction_id, item_id, prefixes) have changed since {found[0]} of its orders were read:"
        f" backfill {first} to {last}, or they are not the purchases that the shop's tag sent."
    )
    return [Finding(ok=True, text=text)]


async def _webhooks(access: SourceAccess) -> Finding:
    if not access.secrets.get("webhook_secret"):
        return Finding(ok=True, text="No webhook_secret is set: orders come every 15 minutes, not at once.")
    async with access.service.db.tenant(access.tenant_id) as connection:
        last = await last_delivery(connection, access.tenant_id, access.source.source_id)
    if last is None:
        return Finding(ok=True, text="No webhook has come yet: orders come every 15 minutes, not at once.")
    if now() - last > _LATELY:
        return Finding(
            ok=True,
            text=f"The last webhook came on {last:%Y-%m-%d}. A shop switches a webhook off when five deliveries failed:"
            " see whether it is still active.",
        )
    return Finding(ok=True, text=f"The last webhook came at {last:%Y-%m-%d %H:%M} UTC.")


def _count(page: ShopPage, noun: str) -> str:
    return f"{page.total} {noun}{'' if page.total == 1 else 's'}"


def _sentence(reason: str) -> str:
    return reason[:1].upper() + reason[1:] + ("" if reason.endswith(("?", ".", "!")) else ".")
