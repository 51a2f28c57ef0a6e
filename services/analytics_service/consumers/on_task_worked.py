"""`email.task.worked.v1`: a rep worked a task on the page that a link in a report opens."""

from common.db import Connection
from common.events import Event
from common.events.contracts.email_task_worked import TaskWorked
from common.http.context import ServiceContext
from services.analytics_service.store.task_status import set_status
from services.analytics_service.store.worked_task import Worked, WorkedStatus


async def on_task_worked(connection: Connection, event: Event[TaskWorked], context: ServiceContext) -> None:
    """Save the status, unless the task has been worked again since."""
    del context
    worked = event.data
    await set_status(
        connection,
        event.tenant_id,
        worked.kind,
        worked.task_key,
        Worked(WorkedStatus(worked.status, worked.note, worked.snooze_until), worked.worked_by, worked.worked_at),
    )
