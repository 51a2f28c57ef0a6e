"""What tests of the Measurement Protocol share: a source, and who sends hits to it."""

import json
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from services.data_service.store.events.staged_event import EVENT_TABLES
from tests.data_service.harness import Company, Data

HOUR = 3_600_000_000


def now_us() -> int:
    """The time in µs."""
    return time.time_ns() // 1000


def hit(*events: Any, **more: Any) -> dict[str, Any]:
    """A hit of one device."""
    return {"client_id": "1234567890.1687777777", "events": list(events), **more}


def event(name: str = "page_view", /, **params: Any) -> dict[str, Any]:
    """An event with a session."""
    return {"name": name, "params": {"session_id": "1687777777", "engagement_time_msec": 100, **params}}


@dataclass
class Sender:
    """Sends hits to a source of a company, with the names that it was made with."""

    data: Data
    company: Company
    source_id: UUID
    names: dict[str, str]

    async def send(self, body: Any, path: str = "/mp/collect", **names: str) -> httpx.Response:
        """Post a body (as JSON, but for bytes) as a server's library does."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.data.api.post(path, params=self.names | names, content=content)

    async def sent(self, body: Any) -> None:
        """Post a body and see that it is answered as always."""
        answer = await self.send(body)
        assert (answer.status_code, answer.content) == (204, b"")

    async def judged(self, body: Any, **names: str) -> list[dict[str, str]]:
        """What the validation server says."""
        answer = await self.send(body, "/debug/mp/collect", **names)
        assert answer.status_code == 200, answer.text
        assert set(answer.json()) == {"validationMessages"}
        return answer.json()["validationMessages"]

    async def rows(self) -> list[dict[str, Any]]:
        """Every event of the company, with its table."""
        found: list[dict[str, Any]] = []
        for table in EVENT_TABLES:
            rows = await self.data.admin.fetch(
                f"select to_jsonb(e) || jsonb_build_object('table', '{table}') as row from data.{table} e"
                " where tenant_id = $1 order by event_ts, event_id",
                self.company.tenant_id,
            )
            found += [json.loads(row["row"]) for row in rows]
        return found

    async def refused(self) -> list[dict[str, Any]]:
        """What was refused, in order."""
        rows = await self.data.admin.fetch(
            "select field_path, description, code, events, original from data.refused_hit"
            " where tenant_id = $1 and source_id = $2 order by refused_id",
            *(self.company.tenant_id, self.source_id),
        )
        return [dict(row) for row in rows]

    async def tested(self) -> dict[str, Any]:
        """What the source's test says."""
        url = f"/data/sources/{self.source_id}/test"
        answer = await self.data.api.post(url, headers=self.company.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def counted(self) -> dict[str, int]:
        """What was counted of the source, today."""
        await self.tested()
        row = await self.data.admin.fetchrow(
            "select hits, taken, duplicates, superseded, refused from data.hit_count where source_id = $1",
            self.source_id,
        )
        return dict(row) if row else {}


async def connect_sender(data: Data, location_source: str | None = None) -> Sender:
    """A new company with a source that takes hits."""
    company = await data.company(location_source, role="admin")
    body = {"kind": "measurement_protocol", "name": "Our website"}
    answer = await data.api.post("/data/sources", json=body, headers=company.headers)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    names = {name: made[name] for name in ("measurement_id", "api_secret")}
    return Sender(data, company, UUID(made["id"]), names)
