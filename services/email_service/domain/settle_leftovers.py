"""Settling the deliveries of an interrupted run with what can still be known of them."""

from uuid import UUID

from common.db import Database
from common.mail.folder import MailFolder
from services.email_service.domain.message_name import message_name
from services.email_service.store.deliveries import (
    drop_deferred,
    drop_delivery,
    finish_delivery,
    left_sending,
)

CUT_OFF = "the service stopped between handing the message over and the server's answer"


async def settle_leftovers(db: Database, tenant_id: UUID, job_id: UUID, folder: MailFolder) -> None:
    """Settle an earlier run's open deliveries.

    One handed to a mail server becomes `unknown`. One written to a file is sent if the file exists, otherwise it is
    made again. Deferred ones are tried again.
    """
    async with db.tenant(tenant_id) as connection:
        for left in await left_sending(connection, tenant_id, job_id):
            if left.route == "smtp":
                await finish_delivery(connection, tenant_id, left.delivery_id, "unknown", CUT_OFF)
                continue
            name = message_name(left.report_date, left.branch_code, left.delivery_id)
            if folder.holds(name):
                written = f"written to {folder.shown}/{folder.place(name).name}"
                await finish_delivery(connection, tenant_id, left.delivery_id, "written", written)
            else:
                await drop_delivery(connection, tenant_id, left.delivery_id)
        await drop_deferred(connection, tenant_id, job_id)
