"""What tests of files share: uploads with options, previews, and what lies in the tables."""

import csv
import io
import json
from typing import Any

from tests.data_service.harness import Company, Data

Mapping = dict[str, Any]


def lines(*rows: str) -> bytes:
    """A file of these lines."""
    return ("\n".join(rows) + "\n").encode()


def as_fields(options: dict[str, Any]) -> dict[str, str]:
    """Options as the form fields that say them."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in options.items()}


async def send(data: Data, company: Company, path: str, content: bytes, **options: Any) -> Any:
    """Upload a file with options; the answer."""
    return await data.api.post(
        f"/data/import/{path}",
        files={"file": ("file.csv", content)},
        data=as_fields(options),
        headers=company.headers,
        timeout=120,
    )


async def imported(data: Data, company: Company, kind: str, content: bytes, **options: Any) -> dict[str, Any]:
    """Import a file with options; the job once it has ended."""
    answer = await send(data, company, kind, content, **options)
    assert answer.status_code == 202, answer.text
    return await data.ended(company, answer.json())


async def previewed(data: Data, company: Company, kind: str, content: bytes, **options: Any) -> dict[str, Any]:
    """Preview a file with options."""
    answer = await send(data, company, f"{kind}/preview", content, **options)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def rejects(data: Data, company: Company, job: dict[str, Any]) -> list[list[str]]:
    """The rejects of a job, without their header."""
    answer = await data.api.get(f"/data/import/jobs/{job['job_id']}/rejects", headers=company.headers)
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]


async def stored(data: Data, company: Company, table: str, order: str) -> list[dict[str, Any]]:
    """A tenant's rows, without whose they are, when they changed, and what they are found by."""
    rows = await data.admin.fetch(
        f"select to_jsonb(t) - 'tenant_id' - 'updated_at' - 'search_text' as row from data.{table} t"
        f" where tenant_id = $1 order by {order}",
        company.tenant_id,
    )
    return [json.loads(row["row"]) for row in rows]
