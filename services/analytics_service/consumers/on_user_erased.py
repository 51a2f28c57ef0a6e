"""`data.user.erased.v1`: erases a person's data here, and has every summary recomputed without them."""

from common.db import Connection
from common.db.jsonb import from_jsonb
from common.events import Event, publish
from common.events.contracts.analytics_user_erased import UserErased as ErasedHere
from common.events.contracts.data_user_erased import UserErased
from common.events.forget import erasure_at_work, forget_in_events, forget_notes
from common.http.context import ServiceContext
from services.analytics_service.store.dirty_keys import mark_batch
from services.analytics_service.store.erasure import erase_tasks
from services.analytics_service.store.search import index_users


async def on_user_erased(connection: Connection, event: Event[UserErased], context: ServiceContext) -> None:
    """Erase, mark what the person's events touched dirty and report the end; do nothing if the erasure has ended."""
    erased = await erasure_at_work(connection, event.tenant_id, event.data.erasure_id)
    if erased is None:
        return
    tasks = await erase_tasks(connection, event.tenant_id, erased.user_id, erased.own_devices)
    await index_users(connection, event.tenant_id, [erased.user_id])
    await forget_in_events(connection, context.name, event.tenant_id, erased.user_id, erased.own_devices)
    await forget_notes(connection, context.name, event.tenant_id, tasks.keys)
    await mark_batch(connection, event.tenant_id, event.data.batch_id, from_jsonb(erased.touched))
    done = ErasedHere(erasure_id=event.data.erasure_id, counts={"task_status": tasks.notes})
    await publish(connection, context.name, done, event.tenant_id)
