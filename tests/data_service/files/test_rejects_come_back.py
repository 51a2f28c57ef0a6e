"""The rejects of an import: downloaded, corrected, imported again."""

import csv
import io

import pytest

from services.data_service.store.files import import_files
from tests.data_service.files.uploads import imported, lines, previewed, stored
from tests.data_service.harness import Company, Data

pytestmark = pytest.mark.asyncio(loop_scope="module")
CONTRACTS = lines(
    "contract_id;lead_id;signed_at;amount;phone;note",
    "C1;L1;soon;-1.234,50;+84 901 234 567;'=kept",
    "C2;L2;31/01/2026;1.000,50;;good",
    'C3;L3;31/01/2026;five;;"a;=1+1"',
)


async def downloaded(data: Data, company: Company, job: dict[str, object]) -> bytes:
    answer = await data.api.get(f"/data/import/jobs/{job['job_id']}/rejects", headers=company.headers)
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_a_corrected_file_of_rejects_goes_in_as_the_first_file_would_have(data: Data):
    company = await data.company()
    job = await imported(data, company, "contracts", CONTRACTS)
    assert (job["counts"]["contract"], job["counts"]["rejected"]) == (1, 2)
    content = await downloaded(data, company, job)
    assert content.startswith(b"\xef\xbb\xbfline,reason,contract_id,")
    for safe in (b",'+84 901 234 567,", b'"\'-1.234,50"', b",''=kept", b"a;'=1+1"):
        assert safe in content

    corrected = content.replace(b",soon,", b",31/01/2026,")
    preview = await previewed(data, company, "contracts", corrected)
    assert preview["attributes"] == ["phone", "note"]
    again = await imported(data, company, "contracts", corrected)
    assert again["counts"] == {"contract": 1, "duplicates": 0, "rejected": 1}
    first, *_ = await stored(data, company, "contract", "contract_id")
    assert (first["contract_id"], first["signed_day"], first["amount"]) == ("C1", "2026-01-31", -1234.5)
    assert first["attributes"] == {"phone": "+84 901 234 567", "note": "'=kept"}

    # What is rejected again has its columns once.
    header, left = csv.reader(io.StringIO((await downloaded(data, company, again)).decode("utf-8-sig")))
    assert header == ["line", "reason", "contract_id", "lead_id", "signed_at", "amount", "phone", "note"]
    assert left[2:] == ["C3", "L3", "31/01/2026", "five", "", "a;'=1+1"]


async def test_a_campaigns_day_with_a_rejected_line_waits_and_comes_back_whole(data: Data):
    company = await data.company()
    ads = lines(
        "date,platform,campaign_id,campaign_name,impressions,clicks,spend,ad set",
        "2026-03-01,meta,C1,Spring,1,1,10.50,a",
        "2026-03-01,meta,C1,Spring,1,1,1.5k,b",
        "2026-03-01,meta,C2,Autumn,1,1,7.00,a",
        "2026-03-01,meta,C1,Spring,1,1,2.00,c",
        "2026-03-02,meta,C1,Spring,1,1,3.00,a",
        "2026-03-02,meta,C1,Spring,1,1",
    )
    preview = await previewed(data, company, "campaign-performance", ads)
    assert (preview["new"], preview["rejected"], [row["day"] for row in preview["rows"]]) == (
        *(1, 5),
        ["2026-03-01"],
    )
    job = await imported(data, company, "campaign-performance", ads)
    assert job["counts"] == {"ad_performance": 1, "duplicates": 0, "rejected": 5}
    content = await downloaded(data, company, job)
    told = {row[0]: row[1] for row in csv.reader(io.StringIO(content.decode("utf-8-sig")))}
    assert list(told) == ["line", "2", "3", "5", "6", "7"]
    assert "line 3 of its campaign's day is rejected" in told["2"]
    assert "line 7 of its campaign's day is rejected" in told["6"]
    assert "correct it in the whole file" not in content.decode()

    assert (await imported(data, company, "campaign-performance", content))["counts"]["rejected"] == 5
    again = await imported(data, company, "campaign-performance", content.replace(b"1.5k", b"1500"))
    assert again["counts"] == {"ad_performance": 1, "duplicates": 0, "rejected": 2}
    days = await stored(data, company, "ad_performance", "day, campaign_id")
    assert [day["spend"] for day in days] == [1512.5, 7]


async def test_rejects_that_are_not_kept_are_counted_at_the_end_of_the_file(
    data: Data, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(import_files, "MAX_KEPT_REJECTS", 3)
    company = await data.company()
    content = lines("lead_id,created_at", *(f"L{number},soon" for number in range(5)))
    job = await imported(data, company, "leads", content)
    assert job["counts"] == {"rejected": 5}
    *_, last, note = csv.reader(io.StringIO((await downloaded(data, company, job)).decode("utf-8-sig")))
    assert last[0] == "4"
    assert note == ["", "2 more lines were rejected; they are not kept"]
