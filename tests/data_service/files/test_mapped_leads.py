"""Files whose headers are not ours: what maps them, and the real leads of a company that sells courses."""

import csv
import io
from collections import Counter
from pathlib import Path

import pytest

from tests.data_service.files.uploads import imported, lines, previewed, send, stored
from tests.data_service.harness import Data

pytestmark = pytest.mark.asyncio(loop_scope="module")
REAL = Path(__file__).parents[4] / "shared" / "data" / "leads" / "x_education_leads" / "Leads.csv"
CRM = lines("Id|Signed up|Who|Spent", "7|03.04.2026 09:15|Ann|1.200,50", "8|13.04.2026 10:00|Bo|", "|13.04.2026||")


def without_outer_quotes(text: str) -> str:
    """The file's lines; some program has quoted a few hundred of them as a whole."""
    return "\n".join(
        line[1:-1].replace('""', '"') if line.startswith('"') and line.endswith('"') else line
        for line in text.splitlines()
    )


async def test_a_mapping_names_their_headers_and_values_for_every_row(data: Data):
    company = await data.company()
    mapping = {"lead_id": "Id", "created_at": "Signed up", "name": "Who", "platform": {"value": "facebook"}}
    job = await imported(data, company, "leads", CRM, mapping=mapping)
    assert job["counts"] == {"lead": 2, "duplicates": 0, "rejected": 1}
    first, second = await stored(data, company, "lead", "lead_id")
    assert (first["name"], first["created_day"], first["platform"]) == ("Ann", "2026-04-03", "meta")
    assert (first["attributes"], second["attributes"]) == ({"Spent": "1.200,50"}, {})


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"mapping": {"lead": "Id"}}, "mapping.lead"),
        ({"mapping": {"lead_id": {"column": "Id", "value": "7"}}}, "mapping.lead_id"),
        ({"mapping": {"name": {"column": "Who", "dates": "dmy"}}}, "mapping.name.dates"),
        ({"mapping": {"created_at": {"column": "Signed up", "dates": "ddmm"}}}, "mapping.created_at.dates"),
        ({"mapping": {"lead_id": {"header": "Id"}}}, "mapping"),
        ({"mapping": "[1]"}, "mapping"),
        ({"preset": "meta-ads"}, "preset"),
        ({"dates": "ddmm"}, "dates"),
        ({"decimal": "."}, "decimal"),
        ({"maping": "{}"}, "maping"),
    ],
    ids=str,
)
async def test_an_option_that_does_not_hold_is_refused_by_its_name(data: Data, options: dict[str, object], field: str):
    company = await data.company()
    answer = await send(data, company, "leads", CRM, **options)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    jobs = await data.api.get("/data/ingest/jobs", headers=company.headers)
    assert jobs.json()["total"] == 0


async def test_a_mapped_header_that_is_not_there_is_named(data: Data):
    company = await data.company()
    mapping = {"lead_id": "Id", "created_at": "Signed up", "name": "Nome"}
    answer = await send(data, company, "leads", CRM, mapping=mapping)
    assert answer.status_code == 422
    assert "'Nome' (mapped to name) is missing" in answer.json()["detail"]


async def test_a_value_for_every_row_must_fit_its_column(data: Data):
    company = await data.company()
    answer = await send(data, company, "leads", CRM, mapping={"lead_id": "Id", "created_at": {"value": "soon"}})
    assert answer.status_code == 422
    assert "created_at is not a date" in answer.json()["detail"]


async def test_options_of_an_export_of_events_are_refused(data: Data):
    company = await data.company()
    answer = await send(data, company, "ga4-export", b"{}\n", dates="dmy")
    assert answer.status_code == 422


@pytest.mark.skipif(not REAL.exists(), reason="the folder of real data is not beside the project")
async def test_the_real_leads_go_in_whole_and_their_sums_are_those_of_the_file(data: Data):
    company = await data.company()
    content = REAL.read_bytes()
    mapping = {
        "lead_id": "Prospect ID",
        "created_at": {"value": "2026-03-01"},
        "utm_source": "Lead Source",
        "product_name": "Specialization",
    }
    preview = await previewed(data, company, "leads", content, mapping=mapping)
    job = await imported(data, company, "leads", content, mapping=mapping)
    assert job["counts"] == preview["counts"] == {"lead": 9_240, "duplicates": 0}
    expected = list(csv.DictReader(io.StringIO(without_outer_quotes(content.decode("utf-8-sig")))))
    rows = await stored(data, company, "lead", "lead_id")
    assert {row["lead_id"] for row in rows} == {row["Prospect ID"] for row in expected}
    assert Counter(row["utm_source"] or "" for row in rows) == Counter(row["Lead Source"] for row in expected)
    for column in ("TotalVisits", "Total Time Spent on Website", "Converted"):
        theirs = sum(float(row[column] or 0) for row in expected)
        assert sum(float(row["attributes"].get(column, 0)) for row in rows) == theirs
    again = await imported(data, company, "leads", content, mapping=mapping)
    assert again["counts"] == {"lead": 0, "duplicates": 9_240}
