"""What was recorded of real properties, served byte for byte to Google's own client.

No file of ../shared/data is an answer as Google's Data API sends it. `ga4_api/usagov/*/*.json` are answers of its
reports with columns renamed by who recorded them: here they are put back into Google's form, each value as it is.
Some (`users`, `devices`, …) kept only totals, their rows are in CSV files of the same name (test_agencies.py);
`top-exit-pages` are of the API before GA4. `ga4_data_api_reporter_fixtures/reports_usa.json` is what somebody else
asks, no answers; `ga4_export/` are rows of BigQuery. Meta's: meta_ads/test_real_files.py.
"""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.data_service.domain.ga4.told_rows import ToldRows, number_in
from services.data_service.sources.ga4.google_client import GoogleClient
from services.data_service.sources.ga4.report import Report
from tests.standins.ga4.recorded import names_asked, wire_body
from tests.standins.ga4.rest import RestStandin
from tests.standins.ga4.server import Ga4Standin

REPORTS = Path(__file__).parents[4] / "shared" / "data" / "ga4_api" / "usagov"
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
    read = list(ToldRows((*dimensions, *metrics), page.rows).by_column())
    names = list(rows[0])[len(dimensions) :]
    pairs = zip(names, metrics, strict=True)
    summed = {name: sum(number_in(row[metric], metric) for row in read) for name, metric in pairs}
    assert summed == {name: sum(Decimal(row[name]) for row in rows) for name in names}
    # (what the recorder added up itself)
    totals = recorded["totals"]
    assert {name: summed[name] for name in totals.keys() & summed.keys()} == {
        name: total for name, total in totals.items() if name in summed
    }
