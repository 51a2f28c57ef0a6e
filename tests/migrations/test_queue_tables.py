import asyncpg
import pytest
from pgqueuer.core.qm import QueueManager
from pgqueuer.db import AsyncpgDriver

from common.jobs.tickets import queue_queries
from common.settings import SERVICES_WITH_DATABASE
from common.testing.cluster import MigratedDatabase


async def test_every_queue_has_the_tables_that_pgqueuer_wants(database: MigratedDatabase) -> None:
    connection = await asyncpg.connect(database.superuser_dsn)
    try:
        for service in SERVICES_WITH_DATABASE:
            await QueueManager(queue_queries(AsyncpgDriver(connection), service)).verify_structure()
        await connection.execute("alter table data.pgqueuer drop column heartbeat")
        with pytest.raises(RuntimeError, match="heartbeat"):
            await QueueManager(queue_queries(AsyncpgDriver(connection), "data")).verify_structure()
    finally:
        await connection.close()
