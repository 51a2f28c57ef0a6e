"""The rules of definitions.md that one row shows, and readers that must not care how the bytes arrive."""

import gzip
import hashlib
import json
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.spreadsheet_safe import safe_cell
from services.data_service.domain.events.event_id import id_of_hit, id_of_row
from services.data_service.domain.events.export_json import read_json_line
from services.data_service.domain.events.export_row import event_of_line, event_of_row
from services.data_service.domain.events.location_rule import read_rule
from services.data_service.domain.events.posted_event import event_of_posted
from services.data_service.domain.files.rejection import Rejected
from services.data_service.sources.broken_file import BrokenFile
from services.data_service.sources.gunzip import gunzip
from services.data_service.sources.lines import LongLine, numbered_lines
from services.data_service.store.events.copy_text import copy_text
from services.data_service.store.events.staged_event import StagedEvent
from tests.data_service.export_rows import NOON, row

REAL = Path(__file__).parents[3] / "shared" / "data"
NO_RULE = read_rule(None)


def first_16(text: str) -> str:
    return hashlib.sha256(text.encode()).digest()[:16].hex()


def test_a_hit_with_a_bundle_is_known_by_it():
    hit = {"event_bundle_sequence_id": "42", "batch_page_id": 7, "batch_event_index": "0", "geo": {"city": "Oslo"}}
    assert id_of_hit(hit, "d.1", NOON, "purchase") == first_16(f"d.1\x1f{NOON}\x1fpurchase\x1f42\x1f7\x1f0")
    enriched = {**hit, "event_bundle_sequence_id": 42, "geo": None, "traffic_source": {"source": "x"}}
    assert id_of_hit(enriched, "d.1", NOON, "purchase") == id_of_hit(hit, "d.1", NOON, "purchase")


def test_a_hit_without_a_bundle_is_known_by_all_it_says():
    line = '{"event_name": "søk", "b": [1, {"z": null, "a": 1.50}], "event_timestamp": 1714392000000000, "gone": null}'
    said = '{"b":[1,{"a":1.5,"z":null}],"event_name":"s\\u00f8k","event_timestamp":1714392000000000}'
    assert event_of_line(line.encode(), NO_RULE).event_id == first_16(said)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), json_values, max_size=5))
def test_the_canonical_form_of_a_row_is_that_of_json(row: dict[str, Any]):
    said = {key: value for key, value in row.items() if value is not None}
    assert id_of_row(row) == first_16(json.dumps(said, sort_keys=True, separators=(",", ":")))


FIELDS = (
    *("event_name", "event_timestamp", "event_date", "event_params", "user_properties", "geo", "user_id", "items"),
    *("user_pseudo_id", "ecommerce", "event_bundle_sequence_id", "batch_page_id", "ga_session_id", "value", "currency"),
    *("params", "session_id", "search_term", "transaction_id", "location_id", "event_id"),
)
odd_values = st.recursive(
    json_values | st.sampled_from(["1e5", "-3", "20240230", "2024-01-01T00:00:00+23:59", "0001-01-01", "(not set)"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["key", "value", "int_value", "item_id", "price", "quantity", "city"]), inner)
    ),
    max_leaves=8,
)


@given(odd=st.dictionaries(st.sampled_from(FIELDS), odd_values, max_size=5), rule=st.sampled_from(["geo.city", ""]))
def test_however_odd_a_row_is_it_is_taken_or_rejected(odd: dict[str, Any], rule: str):
    line = {"event_name": "purchase", "event_timestamp": NOON, **odd}
    for read in (event_of_row, event_of_posted):
        try:
            event = read(line, read_rule(rule))
        except Rejected as rejected:
            assert rejected.reason  # noqa: PT017 -- either outcome is right, an accident is not
        else:
            assert all(type(value) is str for value in event)


@pytest.mark.parametrize("inner", ['"ø"', "1"], ids=["not ASCII", "plain"])
@pytest.mark.parametrize("depth", [900, 980, 990, 996])
def test_a_line_that_cannot_be_written_back_is_rejected_and_ends_nothing(inner: str, depth: int):
    deep = f'{{"event_name": "scroll", "event_timestamp": {NOON}, "a": {"[" * depth}{inner}{"]" * depth}}}'
    try:
        assert event_of_line(deep.encode(), NO_RULE).event_id
    except Rejected as rejected:
        assert "nested too deeply" in rejected.reason  # noqa: PT017 -- how deep is too deep is the machine's affair


def test_an_absent_device_is_the_empty_text_of_the_id():
    for absent in (None, "", " ", "(not set)", "null"):
        event = event_of_row(row(user_pseudo_id=absent, event_bundle_sequence_id=9), NO_RULE)
        assert event.user_pseudo_id == ""
        assert event.event_id == first_16(f"\x1f{NOON}\x1fpage_view\x1f9")


@pytest.mark.parametrize(
    ("more", "value", "transaction_id"),
    [
        (
            {"event_params": [{"key": "value", "value": {"int_value": "5"}}], "ecommerce": {"purchase_revenue": 7}},
            "5",
            None,
        ),
        ({"ecommerce": {"purchase_revenue": "7.25", "transaction_id": "E1"}}, "7.25", "E1"),
        ({"ecommerce": {"transaction_id": "(not set)"}}, "0", None),
        ({"event_params": [{"key": "transaction_id", "value": {"string_value": "P1"}}], "ecommerce": None}, "0", "P1"),
    ],
)
def test_a_purchase_has_always_a_value_and_a_transaction(more: dict[str, Any], value: str, transaction_id: str | None):
    event = event_of_row(row("purchase", **more), NO_RULE)
    assert event.value == value
    assert event.subject.replace("-", "") == (transaction_id or event.event_id)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("event_param:branch", "12"),
        ("user_property:home", "D07"),
        ("geo.country", "Norway"),
        ("geo.region", ""),
        ("geo.city", ""),
        ("geo.continent", ""),
        ("event_param:", ""),
        ("", ""),
    ],
)
def test_the_location_comes_from_the_tenants_rule(rule: str, expected: str):
    event = event_of_row(
        row(
            event_params=[{"key": "branch", "value": {"int_value": 12}}],
            user_properties=[{"key": "home", "value": {"string_value": "D07", "set_timestamp_micros": "1"}}],
            geo={"country": "Norway", "city": "(not set)"},
        ),
        read_rule(rule),
    )
    assert event.location_id == expected


def test_items_fall_back_and_keep_what_else_they_carry():
    event = event_of_row(
        row(
            "view_item", items=[{"item_name": "Pipe", "price": "2.50", "quantity": None, "item_brand": "Ko", "x": None}]
        ),
        NO_RULE,
    )
    assert json.loads(event.items) == [
        {"item_id": "Pipe", "item_name": "Pipe", "price": 2.5, "quantity": 1, "item_brand": "Ko"}
    ]


@pytest.mark.skipif(not REAL.exists(), reason="the folder of real data is not beside the project")
def test_rows_without_a_device_and_with_flattened_params_are_taken():
    lines = (REAL / "ga4_export/dbt_ga4_velir/bq_rows_from_unit_tests.ndjson").read_bytes().splitlines()
    events = [event_of_line(line, NO_RULE) for line in lines]
    assert {event.subject for event in events} == {"first_visit"}
    assert {event.session_id for event in events} == {"", "1617691775"}


@given(value=st.dictionaries(st.text(), json_values, max_size=5), compact=st.booleans(), ascii_only=st.booleans())
def test_any_object_is_read_as_it_was_written(value: dict[str, Any], *, compact: bool, ascii_only: bool):
    text = json.dumps(value, separators=(",", ":") if compact else None, ensure_ascii=ascii_only)
    try:
        line = text.encode()
    except UnicodeEncodeError:
        return
    if "\\u0000" in json.dumps(value):
        return
    assert read_json_line(line) == value


@given(
    value=st.dictionaries(
        st.text(st.characters(codec="ascii", exclude_characters="\0")), json_values, min_size=1, max_size=4
    )
)
def test_a_key_given_twice_is_always_noticed(value: dict[str, Any]):
    key = json.dumps(next(iter(value)))
    text = json.dumps(value, ensure_ascii=False)
    with pytest.raises(Rejected):
        read_json_line(f"{text[:-1]}, {key}: 1}}".encode("utf-8", "replace"))


@given(data=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300), max_size=8))
def test_lines_are_the_same_however_the_bytes_arrive(data: bytes, cuts: list[int]):
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    blocks = [data[one:other] for one, other in pairwise(places)] or [b""]
    text = b"x" + data  # no byte-order mark in front
    expected = list(enumerate((line.removesuffix(b"\r") for line in text.split(b"\n")), 1))
    if not expected[-1][1] and not text.endswith(b"\r"):
        expected.pop()
    assert list(numbered_lines([b"x", *blocks])) == expected


def test_a_long_line_is_passed_over_and_the_next_one_read():
    blocks = [b"a\n", b"x" * 30, b"x" * 30 + b"\nb", b"c\r\n", b"y" * 80]
    found = list(numbered_lines(blocks, max_bytes=40))
    assert [(number, isinstance(line, LongLine)) for number, line in found] == [
        (1, False),
        (2, True),
        (3, False),
        (4, True),
    ]
    assert found[2][1] == b"bc"


@given(parts=st.lists(st.binary(max_size=200), min_size=1, max_size=3), size=st.integers(1, 50))
def test_gzip_members_are_one_file_and_a_missing_end_is_noticed(parts: list[bytes], size: int):
    packed = b"".join(gzip.compress(part) for part in parts)
    blocks = [packed[start : start + size] for start in range(0, len(packed), size)]
    assert b"".join(gunzip(blocks)) == b"".join(parts)
    assert b"".join(gunzip([*blocks, b"\0" * 512])) == b"".join(parts)
    with pytest.raises(BrokenFile):
        list(gunzip([packed[:-5]]))


def test_gzip_that_expands_without_end_is_given_out_in_small_blocks():
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = bomb.compress(b"\0" * (64 << 20)) + bomb.flush()
    assert max(map(len, gunzip([packed]))) <= 1 << 20


@given(st.lists(st.lists(st.text(), min_size=14, max_size=14), min_size=1, max_size=4))
def test_copy_text_carries_any_value(rows: list[list[str]]):
    unescape = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}
    events = [StagedEvent(*[value.encode("utf-8", "replace").decode() for value in one]) for one in rows]
    lines = copy_text(events).decode().split("\n")
    assert lines.pop() == ""
    read: list[list[str]] = []
    for line in lines:
        assert "\r" not in line
        cells: list[str] = []
        for cell in line.split("\t"):
            text, place = "", 0
            while place < len(cell):
                step = 2 if cell[place] == "\\" else 1
                text += unescape.get(cell[place : place + step], cell[place : place + step])
                place += step
            cells.append(text)
        read.append(cells)
    assert read == [list(event) for event in events]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1-555", "'+1-555"),
        ("-12.5", "-12.5"),
        ("@x", "'@x"),
        ("\t=x", "'=x"),
        ("a\r\nb", "a b"),
        ("", ""),
    ],
)
def test_a_cell_is_never_a_formula(text: str, safe: str):
    assert safe_cell(text) == safe
