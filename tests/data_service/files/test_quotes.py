"""Lines into records, with quotes where they belong and where they do not."""

import pytest

from services.data_service.sources.csv_records import MAX_RECORD_BYTES, MAX_RECORD_LINES, Record, csv_records

UNCLOSED = "a quote is opened and not closed"


def records(*lines: str, separator: str = ",") -> list[Record]:
    return list(csv_records(((number, line.encode()) for number, line in enumerate(lines, 1)), separator))


def good(line: int, *fields: str) -> Record:
    return Record(line, list(fields), "")


def test_a_quote_that_opens_no_value_is_a_sign_like_any_other():
    assert records('1,5" pipe', "2,good", '3,8" pipe', "4,good") == [
        good(1, "1", '5" pipe'),
        good(2, "2", "good"),
        good(3, "3", '8" pipe'),
        good(4, "4", "good"),
    ]
    assert records('7\tJohn "Jo Doe', "8\tAnn", separator="\t") == [good(1, "7", 'John "Jo Doe'), good(2, "8", "Ann")]


def test_a_quoted_value_may_hold_separators_quotes_and_lines():
    assert records('1,"a, ""b""","two', "", 'lines",x', '2,"",""', '3,"ends', 'here"') == [
        good(1, "1", 'a, "b"', "two\n\nlines", "x"),
        good(4, "2", "", ""),
        good(5, "3", "ends\nhere"),
    ]


@pytest.mark.parametrize(
    "behind",
    [
        ["2,good", "3,good too"],
        ["2,good", '3,"two', 'lines"', "5,good"],
        ['2,"",x', '3,"good, too"'],
        [f"{number},good" for number in range(2, 2 * MAX_RECORD_LINES)],
        [f"{number},{'long' * 5_000}" for number in range(2, 8)],
    ],
    ids=["to the end", "before a quoted value", "before empty quotes", "for too many lines", "for too many bytes"],
)
def test_only_the_line_of_a_quote_that_is_not_closed_is_lost(behind: list[str]):
    alone = [record._replace(line=record.line + 1) for record in records(*behind)]
    assert all(not record.problem for record in alone)
    assert records('1,"inch pipe', *behind) == [Record(1, ['1,"inch pipe'], UNCLOSED), *alone]


def test_a_damaged_line_within_quotes_is_told_beside_the_line_that_opened_them():
    lines = [(1, b'1,"two'), (2, b"li\xffnes"), (3, b"3,good")]
    assert [(one.line, one.problem) for one in csv_records(lines)] == [
        (1, UNCLOSED),
        (2, "the line is not UTF-8 text"),
        (3, ""),
    ]


def test_what_goes_on_behind_a_closing_quote_is_refused_alone():
    first, second = records('1,"5" pipe', "2,good")
    assert first.problem.startswith("not valid CSV")
    assert second == good(2, "2", "good")


def test_a_record_is_no_longer_than_a_line_may_be():
    half = "x" * (MAX_RECORD_BYTES // 2)
    assert [one.problem for one in records(f'1,"{half}', f'{half}"', "3,good")] == [UNCLOSED, "", ""]


def test_no_line_is_read_more_than_twice_however_quotes_are_strewn():
    read = 0

    class Counted(bytes):
        def decode(self, *args: str, **kwargs: str) -> str:
            nonlocal read
            read += 1
            return super().decode(*args, **kwargs)

    hostile = (b'b","c', b'"x', b'""","', b'b" x', b'a,"', b'""')
    lines = [Counted(hostile[number * number % 7 % len(hostile)]) for number in range(600)]
    lines += [Counted(b'b","c')] * 600
    found = list(csv_records(enumerate(lines, 1)))
    assert found[-1].line == len(lines)
    assert read <= 2 * len(lines)
