import pytest

from common.spreadsheet_safe import safe_cell, unguarded_cell

GUARDED = {
    "=1+1": "'=1+1",
    "@SUM(A1)": "'@SUM(A1)",
    "+84 901 234 567": "'+84 901 234 567",
    "-1.234,50": "'-1.234,50",
    "\u00a0=1": "'\u00a0=1",
    "\u200b=1": "'\u200b=1",
    "\uff1d1+1": "'\uff1d1+1",
    "x;=1+1": "x;'=1+1",
    "x; =1+1": "x;' =1+1",
    "x;-5": "x;'-5",
    "x\t@y": "x\t'@y",
    "x,+y": "x,'+y",
    'x;"=1+1"': 'x;\'"=1+1"',
    "two\nlines;=1": "two lines;'=1",
    # An apostrophe of the file's own stays apart from ours.
    "'=1": "''=1",
}
LEFT_ALONE = ("", "-5", "+1.5e3", "a=b", "O'Brien", "two - three; four", "a,,b", "Да;нет")


@pytest.mark.parametrize(("text", "safe"), GUARDED.items())
def test_what_any_separator_makes_a_formula_is_guarded(text: str, safe: str):
    assert safe_cell(text) == safe


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_all_other_text_stays_as_it_is(text: str):
    assert safe_cell(text) == text


@pytest.mark.parametrize("text", [*GUARDED, *LEFT_ALONE])
def test_a_guarded_cell_is_read_as_it_was(text: str):
    assert unguarded_cell(safe_cell(text)) == text.replace("\n", " ")


def test_a_long_run_of_blanks_is_looked_at_once():
    # A look at each blank from each blank before it would take minutes.
    for long in (" " * 100_000 + "x", ";" * 100_000 + "x", "\t;" * 50_000 + "x", "' " * 50_000 + "x"):
        assert unguarded_cell(safe_cell(long)).strip("\t ") == long.strip("\t ")
