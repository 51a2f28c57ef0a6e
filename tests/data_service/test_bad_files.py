import csv
import gzip
import io
import json

import polars as pl
import pytest

from tests.data_service.export_rows import NOON, ndjson, params, row
from tests.data_service.harness import Company, Data

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def rejects(data: Data, company: Company, job: dict[str, object]) -> list[list[str]]:
    answer = await data.api.get(f"/data/import/jobs/{job['job_id']}/rejects", headers=company.headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


BAD_LINES = {
    b'{"event_name": "page_view"': "not valid JSON",
    b"[1, 2]": "not a JSON object",
    b'{"event_name":"page_view","event_name":"purchase","event_timestamp":1714392000000000}': "given twice",
    b'{"event_name":"page_view","geo":{"city":"A","city":"B"},"event_timestamp":1714392000000000}': "given twice",
    b'{"event_name":"page_\0view","event_timestamp":1714392000000000}': "NUL",
    b'{"event_name":"page_\\u0000view","event_timestamp":1714392000000000}': "NUL",
    b'{"event_name":"page_view\xff","event_timestamp":1714392000000000}': "not UTF-8",
    b'{"event_name":"page_view","event_timestamp":1714392000000000,"event_date":"20240230"}': "date that exists",
    b'{"event_name":"page_view","event_timestamp":1714392000}': "before the year 2000",
    b'{"event_name":"page_view","event_timestamp":99999999999999999}': "more than a year ahead",
    b'{"event_name":"page_view","event_timestamp":"soon"}': "not a whole number",
    b'{"event_name":"page_view"}': "event_timestamp is missing",
    b'{"event_timestamp":1714392000000000}': "event_name is missing",
    b'{"event_name":"purchase","event_timestamp":1714392000000000,"items":[{"quantity":"-2"}]}': "negative",
    b'{"event_name":"purchase","event_timestamp":1714392000000000,"items":{"a":1}}': "items is not a list",
    b'{"event_name":"page_view","event_timestamp":1714392000000000,"event_params":"x"}': "event_params is not a list",
    b'{"event_name":"page_view","event_timestamp":1714392000000000,"user_id":{"a":1}}': "user_id is an object",
    b'{"event_name":"page_view","event_timestamp":1714392000000000,"user_id":1.5}': "whole number",
    b'{"a":' * 2_000 + b"1" + b"}" * 2_000: "nested too deeply",
    b'{"event_name":"' + b"x" * (1 << 20) + b'"}': "longer than 1 MB",
}


async def test_each_bad_line_is_rejected_with_its_number_and_reason_and_the_rest_goes_in(data: Data):
    company = await data.company()
    good = ndjson([row(number=1), row(number=2)])
    job = await data.imported(
        company, "ga4-export", good + b"\n".join(BAD_LINES) + b"\n\n\r\n" + ndjson([row(number=3)])
    )
    assert job["status"] == "completed"
    assert job["counts"] == {"page_view": 3, "rejected": len(BAD_LINES)}
    header, *found = await rejects(data, company, job)
    assert header == ["line", "reason", "row"]
    assert [int(line) for line, _, _ in found] == list(range(3, 3 + len(BAD_LINES)))
    for (_, reason, _), expected in zip(found, BAD_LINES.values(), strict=True):
        assert expected in reason


async def test_a_truncated_gzip_goes_in_up_to_the_break_and_says_so(data: Data):
    company = await data.company()
    rows = [row(number=number, noise=str(hash(str(number)))) for number in range(3_000)]
    whole = gzip.compress(ndjson(rows))
    job = await data.imported(company, "ga4-export", whole[: len(whole) // 2])
    assert job["status"] == "failed"
    assert "truncated" in job["error"]
    taken = await data.total(company.tenant_id)
    assert 0 < taken < 3_000
    assert f"{taken} lines before that were read" in job["error"]
    again = await data.imported(company, "ga4-export", whole)
    assert again["counts"] == {"page_view": 3_000 - taken, "duplicates": taken}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04rest", "ZIP"),
        (b"\x89PNG\r\n", "picture"),
        (b'[{"event_name":"x"}]', "JSON array"),
        (b"\x1f\x8bnot gzip", "gzip"),
        ("x".encode("utf-16"), "UTF-16"),
    ],
)
async def test_a_file_of_another_kind_is_refused_by_its_content(data: Data, content: bytes, says: str):
    company = await data.company()
    answer = await data.api.post(
        "/data/import/ga4-export", files={"file": ("events.ndjson", content)}, headers=company.headers
    )
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    kept = data.context.extras["files"].untouched_for(-60)
    assert [name for name in kept if name.startswith(str(company.tenant_id))] == []


async def test_an_upload_that_is_no_multipart_form_is_refused(data: Data):
    company = await data.company()
    for headers, content, status in (
        ({"Content-Type": "application/json"}, b"{}", 415),
        ({"Content-Type": "multipart/form-data"}, b"{}", 415),
        ({"Content-Type": "multipart/form-data; boundary=b"}, b"no parts", 422),
        ({"Content-Type": "multipart/form-data; boundary=b"}, b"--b\r\n\r\nunnamed\r\n--b--\r\n", 422),
        (
            {"Content-Type": "multipart/form-data; boundary=b"},
            b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nbreaks off',
            422,
        ),
    ):
        answer = await data.api.post("/data/import/ga4-export", content=content, headers={**company.headers, **headers})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    jobs = await data.api.get("/data/ingest/jobs", headers=company.headers)
    assert jobs.json()["total"] == 0


async def test_an_unknown_kind_of_import_is_not_found(data: Data):
    company = await data.company()
    answer = await data.api.post("/data/import/secrets", files={"file": ("x", b"")}, headers=company.headers)
    assert answer.status_code == 404


async def test_an_empty_file_is_an_import_of_nothing(data: Data):
    company = await data.company()
    job = await data.imported(company, "ga4-export", b"")
    assert (job["status"], job["counts"]) == ("completed", {})


async def test_a_parquet_export_gives_the_same_rows_as_its_lines(data: Data):
    one, other = await data.company("geo.country"), await data.company("geo.country")
    rows = [
        row(
            "purchase" if number % 3 else "page_view",
            number,
            event_timestamp=NOON + number,
            event_params=[
                {"key": "ga_session_id", "value": {"string_value": None, "int_value": 7, "double_value": None}},
                {"key": "value", "value": {"string_value": None, "int_value": None, "double_value": 1.5 * number}},
            ],
            items=[{"item_id": "P1", "item_name": None, "price": 2.25, "quantity": number}],
            geo={"country": "Norway"},
            user_id=None,
        )
        for number in range(5_500)
    ]
    buffer = io.BytesIO()
    pl.DataFrame(rows).write_parquet(buffer, row_group_size=1_000)
    job = await data.imported(one, "ga4-export", buffer.getvalue())
    assert job["status"] == "completed", job
    await data.imported(other, "ga4-export", ndjson(rows))
    assert sum(job["counts"].values()) == 5_500
    stored = await data.rows(one.tenant_id)
    assert {table: [json.loads(row[0]) for row in rows] for table, rows in stored.items()} == {
        table: [json.loads(row[0]) for row in rows] for table, rows in (await data.rows(other.tenant_id)).items()
    }


async def test_a_truncated_parquet_file_fails_with_a_reason(data: Data):
    company = await data.company()
    buffer = io.BytesIO()
    pl.DataFrame([row(number=1)]).write_parquet(buffer)
    job = await data.imported(company, "ga4-export", buffer.getvalue()[:-20])
    assert job["status"] == "failed"
    assert "Parquet" in job["error"]


async def test_rejects_are_safe_to_open_in_a_spreadsheet(data: Data):
    company = await data.company()
    content = b'user_id,email,cell_phone\n"",=HYPERLINK("x"),+1-555\nu1,"two\nlines",@x,surplus\n'
    job = await data.imported(company, "users", content)
    assert await rejects(data, company, job) == [
        ["line", "reason", "user_id", "email", "cell_phone"],
        ["2", "user_id is missing", "", '\'=HYPERLINK("x")', "'+1-555"],
        ["3", "4 columns where the header has 3", "u1", "two lines", "'@x", "surplus"],
    ]


async def test_only_present_params_are_kept_and_text_integers_count(data: Data):
    company = await data.company()
    line = row(
        "add_to_cart",
        event_params=[
            *params(ga_session_id=12, currency="eur"),
            {"key": "value", "value": {"string_value": None, "int_value": "5", "float_value": None}},
            {"key": "campaign", "value": {"string_value": "(not set)"}},
            {"key": "odd", "value": {"string_value": "kept"}},
        ],
        user_id=None,
    )
    await data.imported(company, "ga4-export", ndjson([line]))
    stored = await data.admin.fetchrow(
        "select session_id, value, currency, items, user_id, extra->'params'"
        " from data.add_to_cart where tenant_id = $1",
        company.tenant_id,
    )
    assert stored is not None
    assert tuple(stored)[:5] == ("12", 5, "EUR", None, None)
    assert json.loads(stored[5]) == {"value": "5", "currency": "eur", "odd": "kept"}
