"""Files of ads with lines that are not taken, read without a service: which days go in, and which wait."""

import pytest

from services.data_service.domain.csv_files.plan import FilePlan
from services.data_service.domain.csv_files.read_table import table_chunks
from tests.data_service.files.planned import ADS, plan
from tests.data_service.files.uploads import lines

HEADER = "date,platform,campaign_id,campaign_name,impressions,clicks,spend,device"
GOOD = (
    "2026-03-01,meta,C1,Spring,10,1,5,a",
    "2026-03-01,meta,C2,Autumn,10,1,3,a",
    "2026-03-02,meta,C1,Spring,10,1,4,a",
)


def read(*rows: str, header: str = HEADER) -> tuple[dict[str, int], dict[int, str], int]:
    """The spend of each day that goes in, why each line is not taken, and how many are passed over as sums."""
    found: FilePlan = plan(ADS, header, *rows)
    days: dict[str, int] = {}
    reasons: dict[int, str] = {}
    totals = 0
    for chunk in table_chunks(ADS, found, iter([lines(header, *rows)]), skip=0, bytes_done=lambda: 0):
        days |= {f"{row.day[-2:]} {row.campaign_id}": int(row.spend) for row in chunk.ads if not row.refusal}
        refused = [line.rejected(row.refusal) for row in chunk.ads if row.refusal for line in row.lines]
        reasons |= {line.line: line.reason for line in (*chunk.rejects, *refused)}
        totals += chunk.totals
    return days, reasons, totals


@pytest.mark.parametrize(
    "damaged",
    [
        "2026-03-01,meta,C1,Spring, big,10,1,7,b",
        "2026-03-01,meta,C1,Spring",
        '2026-03-01,meta,C1,"Spring,10,1,7,b',
        "2026-03-01,meta,C1,Sp\0ring,10,1,7,b",
    ],
)
def test_a_line_whose_cells_cannot_be_told_apart_refuses_all_of_its_day(damaged: str):
    days, reasons, _ = read(*GOOD, damaged)
    assert days == {"02 C1": 4}
    assert sorted(reasons) == [2, 3, 5]
    assert "correct it in the whole file" not in reasons[5]


def test_a_day_is_found_behind_a_cell_that_was_split():
    header = "campaign_id,campaign_name,date,platform,impressions,clicks,spend"
    days, _, _ = read(
        "C1,Spring,2026-03-01,meta,1,1,5",
        "C1,Spring, big,2026-03-01,meta,1,1,7",
        "C1,Spring,2026-03-02,meta,1,1,4",
        header=header,
    )
    assert days == {"02 C1": 4}


def test_a_row_of_no_campaign_and_a_blank_one_leave_all_others_as_they_are():
    days, reasons, totals = read(
        *GOOD, "2026-03-01,meta,(not set),(not set),1,1,9,a", ",,,,,,,", "Subtotal,,C1,,20,2,9,", "Suma,,C1,,20,2,9,"
    )
    assert days == {"01 C1": 5, "01 C2": 3, "02 C1": 4}
    assert (list(reasons), totals) == ([5], 2)
    assert "correct it in the whole file" in reasons[5]


def test_a_rejected_line_of_another_platform_refuses_no_day():
    days, _, _ = read(*GOOD, "2026-03-01,google,C1,Spring,10,1,five,a")
    assert days == {"01 C1": 5, "01 C2": 3, "02 C1": 4}


def test_what_was_rejected_alone_is_not_corrected_among_the_rejects():
    alone = "campaign_id is missing; which campaign's day it is part of cannot be read: correct it in the whole file"
    rows = (
        f"9,{alone},2026-03-01,meta,C1,Spring,10,1,7,b",
        "10,line 9 of its campaign's day is rejected,2026-03-01,meta,C1,Spring,10,1,5,a",
        "11,five,2026-03-02,meta,C1,Spring,10,1,4,a",
        "12,it was cut (of its 8 cells the first 5 are kept),2026-03-02,meta,C1,Spring",
        "13,five,2026-03-03,meta,C1,Spring,10,1,4,a",
    )
    days, reasons, _ = read(*(row.replace(alone, f'"{alone}"') for row in rows), header=f"line,reason,{HEADER}")
    assert days == {"03 C1": 4}
    assert reasons[2].count("correct it in the whole file") == 1
    assert sorted(reasons) == [2, 3, 4, 5]


def test_ids_that_a_spreadsheet_has_rounded_are_none():
    days, reasons, _ = read(*GOOD[2:], "2026-03-01,meta,1.20213E+17,Lamps,1,1,1,a", "2026-03-01,meta,1,Chairs,1,1,9,a")
    assert days == {"02 C1": 4}
    assert "campaign_id was rounded by a spreadsheet: '1.20213E+17'" in reasons[3]
