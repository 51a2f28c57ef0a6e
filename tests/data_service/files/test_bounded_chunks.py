"""What of a file is held at a time: bounded, however long its records are."""

from collections.abc import Iterator

import msgspec

from services.data_service.domain.csv_files.plan import ImportOptions
from services.data_service.domain.csv_files.read_table import CHUNK_BYTES, table_chunks
from services.data_service.domain.csv_files.survey import Surroundings, plan_of_head
from services.data_service.domain.files.read_chunk import MAX_KEPT_CHARACTERS, ReadChunk, rejected_line
from services.data_service.sources.csv_records import MAX_RECORD_BYTES
from services.data_service.store.files.rejected_line import RejectedLine

AROUND = Surroundings(ImportOptions(), "US", "UTC", "USD", 2026)


def chunks_of(kind: str, header: str, records: Iterator[str]) -> list[ReadChunk]:
    plan = plan_of_head(f"{header}\n".encode(), kind, AROUND)
    blocks = (f"{text}\n".encode() for text in (header, *records))
    return list(table_chunks(kind, plan, blocks, skip=0, bytes_done=lambda: 0))


def check_bounds(chunks: list[ReadChunk], *, longest: int) -> None:
    sizes = [len(msgspec.msgpack.encode(chunk)) for chunk in chunks]
    assert max(sizes) < CHUNK_BYTES + 2 * longest
    assert [chunk.is_last for chunk in chunks] == [False] * (len(chunks) - 1) + [True]


def test_long_records_close_a_chunk_early():
    names = [f"note {number}" for number in range(15)]
    header = ",".join(["lead_id", "created_at", *names])
    notes = ",".join(["x" * 3_900] * 15)
    chunks = chunks_of("leads", header, (f"L{number},2026-03-01,{notes}" for number in range(200)))
    check_bounds(chunks, longest=MAX_RECORD_BYTES)
    assert sum(chunk.rows.count for chunk in chunks if chunk.rows) == 200


def test_names_of_further_columns_count_with_each_row():
    names = [f"{number:0120}" for number in range(1_000)]
    header = ",".join(["lead_id", "created_at", *names])
    ones = ",".join(["1"] * 1_000)
    chunks = chunks_of("leads", header, (f"L{number},2026-03-01,{ones}" for number in range(100)))
    check_bounds(chunks, longest=len(header) + 10 * 1_000)
    assert sum(chunk.rows.count for chunk in chunks if chunk.rows) == 100


def test_campaign_days_are_handed_over_in_bounded_pieces_and_taken_up_again_between_them():
    header = "date,platform,campaign_id,campaign_name,impressions,clicks,spend,note,more"
    records = [f"2026-03-01,meta,{number:04},A,1,1,1,{'x' * 3_900},{'y' * 3_900}" for number in range(1_200)]
    chunks = chunks_of("campaign-performance", header, iter(records))
    pieces = [chunk for chunk in chunks if chunk.ads]
    assert [len(piece.ads) < 600 for piece in pieces] == [True] * len(pieces)
    plan = plan_of_head(f"{header}\n".encode(), "campaign-performance", AROUND)
    blocks = [f"{text}\n".encode() for text in (header, *records)]
    again = list(table_chunks("campaign-performance", plan, blocks, skip=pieces[0].lines_done, bytes_done=lambda: 0))
    ids = [row.campaign_id for chunk in (pieces[0], *again) for row in chunk.ads]
    assert ids == [f"{number:04}" for number in reversed(range(1_200))]


def test_of_a_long_reject_the_first_cells_are_kept_whole():
    header = "lead_id,created_at,one,two,three,four"
    cell = "x" * 3_000
    (chunk,) = chunks_of("leads", header, iter([f"L1,soon,{cell},{'y' * 5_000},{cell},z"]))
    assert [len(kept) for kept in chunk.rejects[0].original] == [2, 4, 3_000]
    assert chunk.rejects[0].reason.endswith("(of its 6 cells the first 3 are kept)")
    assert len(rejected_line(1, "", [""] * 60_000).original) == MAX_KEPT_CHARACTERS
    assert rejected_line(1, "why", ["a\0", "b"]) == RejectedLine(1, "why", ["a\ufffd", "b"])
    assert len(rejected_line(1, "", ["x" * 3_000]).original[0]) == 2_000
