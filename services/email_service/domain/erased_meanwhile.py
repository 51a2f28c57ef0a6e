"""Who was erased after a run had read its tasks.

What reports told of a person is removed once, when they are erased. A run that read its tasks before must not write
them down again afterwards; what it had put into an email by then is on its way.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from common.db import Connection
from common.erased_people import erased_hash
from common.settings import Settings
from services.email_service.store.branch_task import BranchTask
from services.email_service.store.deliveries import Sending
from services.email_service.store.erasure import erased_since

# An erasure that ended since the tasks were read was asked for shortly before that.
_LONGEST_ERASURE: Final = timedelta(minutes=10)


async def erased_meanwhile(
    connection: Connection, settings: Settings, sending: Sending
) -> Callable[[BranchTask], bool]:
    """Tells of a task whether its customer is being erased, or was since the run began."""
    hashes = await erased_since(connection, sending.tenant_id, sending.as_of - _LONGEST_ERASURE)

    def is_theirs(task: BranchTask) -> bool:
        whose = {task.user_key, task.user_id or task.user_key} if hashes else ()
        return any(erased_hash(settings, sending.tenant_id, user_id) in hashes for user_id in whose)

    return is_theirs
