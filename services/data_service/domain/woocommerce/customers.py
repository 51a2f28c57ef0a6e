"""A shop's customers."""

from collections.abc import Sequence
from typing import Any, Final

from common.db import Connection
from services.data_service.domain.woocommerce.people import customers_of
from services.data_service.domain.woocommerce.reading import ShopReading
from services.data_service.sources.woocommerce.reader_threads import in_thread
from services.data_service.sources.woocommerce.shop import PER_PAGE
from services.data_service.store.shop_people import fill_contacts, users_by_email

_STREAM: Final = "customers"


async def read_customers(reading: ShopReading) -> None:
    """Customers that are new since the last time, newest first: the API cannot be asked for changed ones.

    What changes of a contact comes with its next order, and by webhook.
    """
    position = await reading.run.position(_STREAM)
    known = int(position["id"]) if position else 0
    newest, number = known, 1
    while True:
        page = await reading.shop.page(
            "customers", orderby="id", order="desc", role="all", per_page=PER_PAGE, page=number
        )
        ids = [int(record["id"]) for record in page.records if isinstance(record.get("id"), int)]
        newest = max([newest, *ids])
        is_last = number >= page.pages or not ids or min(ids) <= known
        fresh = [record for record in page.records if not isinstance(record.get("id"), int) or record["id"] > known]
        # Only when all are in: whoever is read from the newest on must not stop in between and call it done.
        await take_customers(reading, fresh, newest if is_last and newest > known else None)
        if is_last:
            return
        number += 1


async def take_customers(reading: ShopReading, records: Sequence[dict[str, Any]], newest: int | None = None) -> None:
    """Take customers' contacts in: of who has the address already, else under the customer's own id."""
    if not records and newest is None:
        return
    run = reading.run
    customers = await in_thread(customers_of, records, reading.config)

    async def take(connection: Connection, rule: str | None) -> dict[str, int]:
        del rule
        known = await users_by_email(connection, run.tenant_id, (email for _, email in customers if email))
        contacts = [contact._replace(user_id=known.get(email, contact.user_id)) for contact, email in customers]
        changed = await fill_contacts(connection, run.tenant_id, run.job.job_id, contacts, is_news=True)
        return {"users": changed} if changed else {}

    await reading.commit(take, None if newest is None else (_STREAM, {"id": newest}))
