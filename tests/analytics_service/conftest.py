"""Fixtures: the analytics service on real servers, with a company whose rows tests can write."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import httpx
import msgspec
import pytest
from fastapi import FastAPI
from nats.js.api import DeliverPolicy

from common.clock import now
from common.db.jsonb import to_jsonb
from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.events.contracts.data_batch_recorded import BatchRecorded
from common.events.envelope import Contract, RawEvent, subject_of
from common.http.context import ServiceContext
from common.testing.apps import app_of
from common.testing.cluster import MigratedDatabase
from common.testing.people import Person, add_person, add_tenant, settings_for_people
from common.testing.serve import client_of
from services.analytics_service import SPEC
from tests.analytics_service.reference import Row
from tests.analytics_service.stored import Stored, micros, reused_connections


@dataclass
class Service:
    """The running service, the company's database rows, and its bus."""

    client: httpx.AsyncClient
    context: ServiceContext
    stored: Stored
    people: dict[str, Person]

    @property
    def tenant_id(self) -> UUID:
        return self.stored.tenant_id

    async def get(self, path: str, who: str = "admin", **params: Any) -> httpx.Response:
        return await self.client.get(path, params=params, headers=self.people[who].headers)

    async def publish(self, data: Contract) -> None:
        """Publish an event as another service's relay would."""
        event = RawEvent(
            id=uuid4(),
            type=data.TYPE,
            tenant_id=self.tenant_id,
            occurred_at=now(),
            data=to_raw(data),
        )
        subject = subject_of(data.TYPE, self.tenant_id)
        await self.context.bus.publish(subject, to_jsonb(event).encode(), str(event.id))

    async def record(self, rows: Sequence[Row]) -> UUID:
        """Store rows, publish their batch, and wait until the answers include them."""
        await self.stored.add(rows)
        batch = batch_of(rows)
        await self.publish_and_wait(batch, batch.batch_id)
        return batch.batch_id

    async def publish_and_wait(self, data: Contract, batch_id: UUID) -> None:
        """Publish an event of a batch, and wait until analytics announces that the answers include it."""
        refreshed = await self.context.bus.jetstream.subscribe(
            subject_of(DayRefreshed.TYPE, self.tenant_id), deliver_policy=DeliverPolicy.NEW
        )
        await self.publish(data)
        async for message in refreshed.messages:
            if str(batch_id).encode() in message.data:
                break
        await refreshed.unsubscribe()


def batch_of(rows: Sequence[Row]) -> BatchRecorded:
    """Return the event that the data service publishes after it stored these rows."""
    keys = [(row.device, row.user_id, micros(row.ts), micros(row.ts)) for row in rows]
    first, last = min(key[2] for key in keys), max(key[2] for key in keys)
    return BatchRecorded(batch_id=uuid4(), counts={}, first_ts=first, last_ts=last, keys=keys)


def to_raw(data: Contract) -> msgspec.Raw:
    return msgspec.Raw(to_jsonb(data).encode())


@pytest.fixture
def app(database: MigratedDatabase, nats_url: str) -> Iterator[FastAPI]:
    settings = settings_for_people(database.settings).model_copy(update={"nats_url": nats_url})
    with app_of(SPEC, settings) as app:
        yield app


@pytest.fixture
async def service(app: FastAPI, database: MigratedDatabase) -> AsyncGenerator[Service]:
    tenant_id = await add_tenant(database.superuser_dsn, time_zone="America/Chicago")
    people = {
        "admin": await add_person(database.superuser_dsn, tenant_id),
        "manager": await add_person(database.superuser_dsn, tenant_id, "manager"),
        "analyst": await add_person(database.superuser_dsn, tenant_id, "analyst"),
        "rep of N": await add_person(database.superuser_dsn, tenant_id, "rep", branch_codes=["N"]),
    }
    other_tenant_id = await add_tenant(database.superuser_dsn)
    people["stranger"] = await add_person(database.superuser_dsn, other_tenant_id)
    writer = await asyncpg.connect(database.superuser_dsn)
    async with client_of(app) as client, reused_connections(database):
        context = cast("ServiceContext", app.state.context)
        yield Service(client, context, Stored(writer, tenant_id), people)
    await writer.close()
