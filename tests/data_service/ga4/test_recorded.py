"""What was recorded of real properties, served byte for byte to Google's own client.

No file of ../shared/data is an answer as Google's Data API sends it. `ga4_api/usagov/*/*.json` are answers of its
reports with columns renamed by who recorded them: here they are put back into Google's form, each value as it is.
Some (`users`, `devices`, …) kept only totals, their rows are in CSV files of the same name (test_agencies.py);
`top-exit-pages` are of the API before GA4. `ga4_data_api_reporter_fixtures/reports_usa.json` holds no answers, but what
somebody else's program asks: requests in Google's form, eleven of them whole, which the stand-in takes as they are.
`ga4_export/` are rows of BigQuery. Meta's: meta_ads/test_real_files.py.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.data_service.domain.ga4.report_rows import ReportRows, number_in
from services.data_service.sources.ga4.google_client import GoogleClient
from services.data_service.sources.ga4.report import Report
from tests.standins.ga4.catalogue import DIMENSIONS, METRICS
from tests.standins.ga4.held import Fact, HeldProperty
from tests.standins.ga4.recorded import names_asked, wire_body
from tests.standins.ga4.rest import RestStandin
from tests.standins.ga4.server import Ga4Standin

DATA = Path(__file__).parents[4] / "shared" / "data" / "ga4_api"
REPORTS = DATA / "usagov"
DEFINITIONS = DATA / "ga4_data_api_reporter_fixtures" / "reports_usa.json"
DAY = date(2024, 1, 4)
PROPERTY = "395236978"


def with_rows(path: Path) -> bool:
    """Whether a file has rows of GA4's."""
    told = json.loads(path.read_bytes())
    return bool(told.get("data")) and not isinstance(told["query"]["metrics"][0], str)


RECORDED = sorted(path.relative_to(REPORTS) for path in REPORTS.glob("*/*.json") if with_rows(path))


@pytest.fixture(scope="module")
def rest(google: Ga4Standin) -> Iterator[RestStandin]:
    with RestStandin(google) as running:
        yield running


def own_texts(row: dict[str, str]) -> tuple[str, ...]:
    """A recorded row as Google told it."""
    return tuple(text.replace("-", "") if name == "date" else text for name, text in row.items())


@pytest.mark.skipif(not REPORTS.is_dir(), reason="the agencies' reports (../shared/data) are not here")
@pytest.mark.parametrize("path", RECORDED, ids=str)
def test_a_recorded_report_is_read_to_the_letter(rest: RestStandin, path: Path) -> None:
    recorded: dict[str, Any] = json.loads((REPORTS / path).read_bytes())
    body = wire_body(recorded)
    dimensions, metrics = names_asked(recorded["query"])
    report = Report("recorded", tuple(dimensions), tuple(metrics), DAY, DAY)
    rest.replays += [body, body]
    assert httpx.post(f"{rest.url}/v1beta/properties/{PROPERTY}:batchRunReports", json={}).content == body
    client = GoogleClient(rest.url, "")
    [page] = client.pages(PROPERTY, [(report, 0)])
    client.close()
    rows = recorded["data"]
    assert page.rows == [own_texts(row) for row in rows]
    assert (page.row_count, page.currency, page.time_zone, page.flags) == (len(rows), "USD", "America/New_York", {})
    read = list(ReportRows((*dimensions, *metrics), page.rows).by_column())
    names = list(rows[0])[len(dimensions) :]
    pairs = zip(names, metrics, strict=True)
    summed = {name: sum(number_in(row[metric], metric) for row in read) for name, metric in pairs}
    assert summed == {name: sum(Decimal(row[name]) for row in rows) for name in names}
    # (what the recorder added up itself)
    totals = recorded["totals"]
    assert {name: summed[name] for name in totals.keys() & summed.keys()} == {
        name: total for name, total in totals.items() if name in summed
    }


def whole_requests() -> list[str]:
    """The requests of the definitions that name their days, letter for letter, each once."""
    if not DEFINITIONS.is_file():
        return []
    text = DEFINITIONS.read_text(encoding="utf-8")
    found: list[str] = []
    for begins in (match.end() for match in re.finditer(r'"query": (?=\{)', text)):
        query, end = json.JSONDecoder().raw_decode(text, begins)
        if "dateRanges" in query and text[begins:end] not in found:
            found.append(text[begins:end])
    return found


@pytest.mark.skipif(not DEFINITIONS.is_file(), reason="the definitions of reports (../shared/data) are not here")
def test_requests_of_somebody_elses_program_are_answered_as_they_are_written(
    rest: RestStandin, google: Ga4Standin
) -> None:
    held = HeldProperty(PROPERTY, clock=lambda: datetime(2024, 1, 5, 12, tzinfo=UTC))
    google.properties[PROPERTY] = held
    # (one of them is of Windows alone)
    for value, metric in (("Windows", 30), ("(other)", 40)):
        dimensions = dict.fromkeys(DIMENSIONS, value) | {"dateHourMinute": f"{DAY:%Y%m%d}1200"}
        held.facts.append(Fact(DAY, dimensions, dict.fromkeys(METRICS, metric)))
    requests = whole_requests()
    refused: list[str] = []
    for body in requests:
        answer = httpx.post(f"{rest.url}/v1beta/properties/{PROPERTY}:runReport", content=body)
        told, asked = answer.json(), json.loads(body)
        if answer.is_client_error:
            refused.append(told["error"]["status"])
            continue
        of_rows, metrics = names_asked(asked)
        # What the request leaves out is left out, and what it does not tell apart is added up.
        values = ["Windows"] if "(other)" in body else ["(other)", "Windows"] if of_rows else [""]
        numbers = {"Windows": "30", "(other)": "40", "": "70"}
        read = [[cell["value"] for kind in row.values() for cell in kind] for row in told["rows"]]
        assert sorted(read) == [[value] * len(of_rows) + [numbers[value]] * len(metrics) for value in values]
    # Two are mistakes of theirs: a list within a filter by text, and a field that is no dimension.
    assert (len(requests), refused) == (11, ["INVALID_ARGUMENT"] * 2)
