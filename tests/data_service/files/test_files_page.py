"""docs/files.md says the same as the code."""

from pathlib import Path

import pytest

from services.data_service.domain.csv_files.ad_days import MAX_CAMPAIGN_DAYS
from services.data_service.domain.csv_files.find_header import MAX_COLUMNS
from services.data_service.domain.csv_files.kinds import CAMPAIGN_PERFORMANCE, FILE_KINDS
from services.data_service.domain.csv_files.options import OPTION_SCHEMAS
from services.data_service.domain.csv_files.presets import GENERIC, presets_of
from services.data_service.domain.csv_files.read_cell import MAX_TEXT_BYTES
from services.data_service.domain.csv_files.survey import HEADER_BYTES
from services.data_service.domain.files.preview_file import PREVIEW_SECONDS
from services.data_service.domain.files.read_chunk import MAX_KEPT_CHARACTERS
from services.data_service.sources.csv_records import MAX_RECORD_BYTES, MAX_RECORD_LINES
from services.data_service.store.files.import_files import MAX_KEPT_REJECTS

PAGE = (Path(__file__).parents[3] / "docs" / "files.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FILE_KINDS)
def test_the_page_lists_the_columns_of_each_kind(name: str):
    kind = FILE_KINDS[name]
    optional = [column.name for column in kind.columns if not column.is_required]
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
    assert row.startswith(f"| `{name}` | `{', '.join(kind.required)}` | `{', '.join(optional)}`")


def test_the_page_names_every_option_preset_and_bound():
    for field in OPTION_SCHEMAS:
        assert f"| `{field}` |" in PAGE or f"`{field}` names" in PAGE, field
    for preset in presets_of(CAMPAIGN_PERFORMANCE):
        if preset.name != GENERIC:
            row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{preset.name}` |"))
            assert all(mark in row for mark in preset.marks), preset.name
    for bound in (
        f"other texts {MAX_TEXT_BYTES:,}",
        f"{MAX_RECORD_BYTES >> 10} kB; {MAX_RECORD_LINES} lines",
        f"{MAX_COLUMNS:,} columns, within the first {HEADER_BYTES >> 10} kB",
        f"{MAX_CAMPAIGN_DAYS:,} campaigns' days",
        f"| {MAX_KEPT_REJECTS:,} |",
        f"{MAX_KEPT_CHARACTERS:,} characters",
        f"after {PREVIEW_SECONDS}",
    ):
        assert bound in PAGE
