"""Single cells and lines as spreadsheets leave them, read without a service."""

import pytest

from services.data_service.domain.csv_files.survey import plan_of_head
from services.data_service.domain.csv_files.table_records import table_records
from services.data_service.domain.files.rejection import Rejected
from tests.data_service.files.planned import around, plan
from tests.data_service.files.uploads import lines


def reasons(kind: str, *rows: str) -> list[str]:
    """Why each record of a file is not taken, '' where it is."""
    records = table_records(kind, plan(kind, *rows), iter([lines(*rows)]))
    return [record.reason for record in records]


@pytest.mark.parametrize(
    ("kind", "header", "cells", "column"),
    [
        ("leads", "created_at,lead_id,name", "2026-03-01,{},x", "lead_id"),
        ("leads", "lead_id,created_at,phone", "L1,2026-03-01,{}", "phone"),
        ("leads", "lead_id,created_at,utm_id", "L1,2026-03-01,{}", "utm_id"),
        ("users", "user_id,cell_phone", "U1,{}", "cell_phone"),
    ],
)
def test_digits_that_a_spreadsheet_has_rounded_are_rejected(kind: str, header: str, cells: str, column: str):
    for rounded in ("1.20213E+17", '"8,49E+10"', "8E+10"):
        (reason,) = reasons(kind, header, cells.format(rounded))
        assert reason.startswith(f"{column} was rounded by a spreadsheet"), rounded
    for own in ("+84 901 234 567", "1.5E", "E+17", "12E+17x"):
        assert reasons(kind, header, cells.format(own)) == [""], own


def test_a_long_cell_of_a_further_column_is_cut_and_one_of_ours_is_rejected():
    rows = ("lead_id,created_at,name,note", f"L1,2026-03-01,Ann,{'ế' * 1_400}", f"L2,2026-03-01,{'ế' * 1_400},")
    cut, long = table_records("leads", plan("leads", *rows), iter([lines(*rows)]))
    assert cut.row is not None
    assert cut.row.attributes == {"note": "ế" * 1_333}
    assert long.reason == "name is longer than 4000 bytes"


def test_rows_of_empty_cells_are_blank_lines():
    assert reasons("contracts", "contract_id;lead_id;signed_at;amount", "C1;L1;2026-03-01;5", ";;;", " ; ;;;;") == [""]


def test_null_as_databases_print_it_is_absent():
    rows = (
        "lead_id,created_at,utm_source,platform,is_paid,location_id,note",
        "L1,2026-03-01,NULL,NULL,NULL, NULL ,NULL",
        "NULL,2026-03-01,,,,,",
    )
    one, nobody = table_records("leads", plan("leads", *rows), iter([lines(*rows)]))
    assert one.row is not None
    assert [value for value in one.row.values if value] == ["L1", "2026-03-01"]
    assert one.row.attributes == {}
    assert nobody.reason == "lead_id is missing"
    header = "date,platform,campaign_id,campaign_name,impressions,clicks,spend,conversions,revenue,currency"
    assert reasons("campaign-performance", header, "2026-03-01,meta,1,A,10,1,2.50,NULL,NULL,NULL") == [""]


def test_a_file_may_have_two_marks_but_not_the_line_ends_of_old_macs():
    content = "\ufeff\ufefflead_id,created_at\nL1,2026-03-01\n".encode()
    found = plan_of_head(content, "leads", around())
    (record,) = table_records("leads", found, iter([content]))
    assert record.row is not None
    with pytest.raises(Rejected, match=r"\(CR\)"):
        plan_of_head(content.replace(b"\n", b"\r"), "leads", around())
