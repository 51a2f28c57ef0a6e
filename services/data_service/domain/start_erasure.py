"""Erasing a person: what a call to do so begins."""

from typing import Any
from uuid import uuid4

from common.auth.principal import Principal
from common.db import Connection
from common.erased_people import erased_hash
from common.http.context import ServiceContext
from common.jobs import get_job, retry
from common.jobs.store import enqueue_as
from services.data_service.errors import UserNotFound
from services.data_service.store.people.erasures import ERASE_JOB, begin_erasure, is_known, past_erasure

_STOPPED = ("failed", "cancelled")


async def start_erasure(
    connection: Connection, context: ServiceContext, caller: Principal, user_id: str
) -> dict[str, Any]:
    """Begin an erasure; asked again the one that is at work, of who is gone the last one. Gives its job.

    Raises:
        UserNotFound: nobody of that id is known, or was erased.
    """
    tenant_id = caller.tenant_id
    user_hash = erased_hash(context.settings, tenant_id, user_id)
    if not await is_known(connection, tenant_id, user_id):
        # (the contact goes last: while it is at work this is the one as well)
        erasure_id = await past_erasure(connection, tenant_id, user_hash)
        if erasure_id is None:
            message = f"there is no user {user_id[:100]!r}"
            raise UserNotFound(message)
    else:
        new_id = uuid4()
        erasure_id = await begin_erasure(connection, tenant_id, new_id, user_id, user_hash)
        if erasure_id == new_id:
            return await enqueue_as(connection, context.name, tenant_id, new_id, ERASE_JOB, {}, caller.account_id)
    job = await get_job(connection, context.name, tenant_id, erasure_id)
    return await retry(connection, context.name, tenant_id, erasure_id) if job["status"] in _STOPPED else job
