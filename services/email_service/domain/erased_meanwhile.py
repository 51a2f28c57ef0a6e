"""Find the people who were erased after a run had read its tasks.

An erasure removes a person from the stored reports once, so a run that read its tasks before must not store them
afterwards. Emails that were sent by then cannot be recalled.
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

# An erasure that ended since the tasks were read was requested shortly before.
_LONGEST_ERASURE: Final = timedelta(minutes=10)


async def erased_meanwhile(
    connection: Connection, settings: Settings, sending: Sending
) -> Callable[[BranchTask], bool]:
    """Return a predicate: whether a task's customer is being erased, or was erased since the run began."""
    hashes = await erased_since(connection, sending.tenant_id, sending.as_of - _LONGEST_ERASURE)

    def is_erased(task: BranchTask) -> bool:
        user_ids = {task.user_key, task.user_id or task.user_key} if hashes else ()
        return any(erased_hash(settings, sending.tenant_id, user_id) in hashes for user_id in user_ids)

    return is_erased
