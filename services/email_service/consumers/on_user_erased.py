"""Handle `data.user.erased.v1`: remove a person from sent reports, with the links and the reps' notes."""

from common.db import Connection
from common.events import Event, publish
from common.events.contracts.data_user_erased import UserErased
from common.events.contracts.email_delivery_changed import DeliveryChanged
from common.events.contracts.email_user_erased import UserErased as ErasedHere
from common.events.forget import erasure_at_work, forget_in_events, forget_notes
from common.http.context import ServiceContext
from services.email_service.store.erasure import erase_reported, reported_tasks


async def on_user_erased(connection: Connection, event: Event[UserErased], context: ServiceContext) -> None:
    """Erase the person and publish the counts. Do nothing if the erasure is already complete."""
    erased = await erasure_at_work(connection, event.tenant_id, event.data.erasure_id)
    if erased is None:
        return
    keys = await reported_tasks(connection, event.tenant_id, erased.user_id, erased.own_devices)
    counts = await erase_reported(connection, event.tenant_id, erased.user_id, erased.own_devices)
    await forget_in_events(connection, context.name, event.tenant_id, erased.user_id, erased.own_devices)
    await forget_notes(connection, context.name, event.tenant_id, keys)
    if keys:
        await publish(connection, context.name, DeliveryChanged(task_keys=keys), event.tenant_id)
    done = ErasedHere(erasure_id=event.data.erasure_id, counts=counts)
    await publish(connection, context.name, done, event.tenant_id)
