"""Settle the deliveries that an interrupted run left open."""

import asyncio
from uuid import UUID

from common.db import Database
from common.mail.folder import MailFolder
from services.email_service.domain.message_name import message_name
from services.email_service.store.deliveries import (
    Unfinished,
    drop_deferred,
    drop_delivery,
    find_unfinished,
    finish_delivery,
)

CUT_OFF = "the service stopped between handing the message over and the server's answer"


async def settle_leftovers(db: Database, tenant_id: UUID, job_id: UUID, folder: MailFolder) -> None:
    """Settle the open deliveries of a job's earlier run.

    A delivery to a mail server becomes `unknown`. A delivery to a file becomes `written` if the file exists, and is
    otherwise deleted so that this run makes it again. Deferred deliveries are deleted and tried again too.
    """
    # The rows are read first, then the disk, and the outcome is recorded in one transaction. A row is committed before
    # its file is written, so every file that the earlier run left belongs to a row that is read here. Nothing changes
    # before that transaction, neither in the database nor on the disk, so after a run that is killed before its commit,
    # the next one finds the same. No transaction is open while the disk, which may be slow, is read.
    async with db.tenant(tenant_id, readonly=True) as connection:
        lefts = await find_unfinished(connection, tenant_id, job_id)
    files = [left for left in lefts if left.route != "smtp"]
    written = await asyncio.to_thread(_written, folder, files)
    async with db.tenant(tenant_id) as connection:
        for left in lefts:
            if left.route == "smtp":
                await finish_delivery(connection, tenant_id, left.delivery_id, "unknown", CUT_OFF)
            elif left.delivery_id in written:
                await finish_delivery(connection, tenant_id, left.delivery_id, "written", written[left.delivery_id])
            else:
                await drop_delivery(connection, tenant_id, left.delivery_id)
        await drop_deferred(connection, tenant_id, job_id)


def _written(folder: MailFolder, lefts: list[Unfinished]) -> dict[UUID, str]:
    """Which messages are in the folder, and where."""
    names = {left.delivery_id: message_name(left.report_date, left.branch_code, left.delivery_id) for left in lefts}
    return {
        delivery_id: f"written to {folder.shown}/{folder.place(name).name}"
        for delivery_id, name in names.items()
        if folder.holds(name)
    }
