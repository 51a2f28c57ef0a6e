"""A shop's customers."""

from collections.abc import Sequence
from typing import Any

from common.db import Connection
from services.data_service.domain.woocommerce.known_fields import CUSTOMERS, unknown_fields
from services.data_service.domain.woocommerce.people import customers_of
from services.data_service.domain.woocommerce.reading import Move, ShopReading
from services.data_service.sources.woocommerce.page_apart import Aside, page_around
from services.data_service.sources.woocommerce.reader_threads import in_thread
from services.data_service.sources.woocommerce.shop import PER_PAGE, ShopPage
from services.data_service.store.shop.shop_people import fill_contacts, users_by_email


async def read_customers(reading: ShopReading) -> None:
    """Read customers that are new since the last time, newest first: the API has no filter for changed ones.

    Changes of a contact arrive with its next order, or by webhook. The cursor moves with each page, so an interrupted
    read continues there; the last customer is requested again, because deleted customers shift the pages.
    """
    position: dict[str, int] = await reading.run.position(CUSTOMERS) or {}
    known, newest = position.get("id", 0), position.get("newest", 0)
    down_to, offset, back = position.get("down_to", 0), position.get("offset", 0), PER_PAGE
    while True:
        page, others = await _page(reading, offset)
        ids = others + [int(record["id"]) for record in page.records if isinstance(record.get("id"), int)]
        if offset and max(ids, default=0) < down_to:
            offset, back = max(0, offset - back), 2 * back
            continue
        newest, down_to = max([newest, known, *ids]), min(ids, default=known)
        is_last = down_to <= known or offset + len(page.records) + len(others) >= page.total
        offset, back = offset + max(1, len(page.records) + len(others) - 1), PER_PAGE
        fresh = [record for record in page.records if not isinstance(record.get("id"), int) or record["id"] > known]
        reached = {"id": newest} if is_last else {"id": known, "newest": newest, "down_to": down_to, "offset": offset}
        if fresh or reached != position:
            await take_customers(reading, fresh, (CUSTOMERS, reached))
        if is_last:
            return
        reading.run.make_way()


async def _page(reading: ShopReading, offset: int) -> tuple[ShopPage, list[int]]:
    """A page, newest first, and the ids of the customers that broke it and are left out."""
    others: list[int] = []
    asked = {"orderby": "id", "order": "desc", "role": "all"}

    async def leave(path: str, number: int) -> None:
        await reading.leave_aside(path, number)
        others.append(number)

    aside = Aside(leave, reading.hear) if reading.is_wary else None
    page = await page_around(reading.shop, "customers", asked, {"offset": offset}, aside)
    return page, others


async def take_customers(reading: ShopReading, records: Sequence[dict[str, Any]], move: Move | None = None) -> None:
    """Store customers' contacts, with the user who has the address already, or else under the customer's own id."""
    run = reading.run
    customers = await in_thread(customers_of, records, reading.config)
    unknown = await in_thread(unknown_fields, CUSTOMERS, records)

    async def take(connection: Connection, rule: str | None) -> dict[str, int]:
        del rule
        known = await users_by_email(connection, run.tenant_id, (email for _, email in customers if email))
        contacts = [contact._replace(user_id=known.get(email, contact.user_id)) for contact, email in customers]
        changed = await fill_contacts(connection, run.tenant_id, run.job.job_id, contacts, is_news=True)
        await run.note_unknown(connection, CUSTOMERS, unknown)
        return {"users": changed} if changed else {}

    await reading.commit(take, move)
