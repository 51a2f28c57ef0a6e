"""What a reader hands over at a time: lines turned into rows, and those that could not be."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import msgspec

from common.files import Place
from services.data_service.domain.csv_files.plan import FilePlan, ImportOptions
from services.data_service.store.ads.ad_row import AdRow
from services.data_service.store.events.staged_batch import StagedBatch
from services.data_service.store.events.staged_rows import StagedRows
from services.data_service.store.files.rejected_line import RejectedLine
from services.data_service.store.people.contact_row import ContactRow

# What is kept of a record that is not taken: hardly any is longer, and thousands of them lie in a chunk.
MAX_KEPT_CHARACTERS: Final = 8_000
_MAX_TEXT_CHARACTERS: Final = 2_000


class ReadChunk(msgspec.Struct, frozen=True):
    """Up to `lines_done` all lines are accounted for. `bytes_done` is of the stored file, for the progress.

    A CSV's first chunk is its `plan` alone, where the order had none. `repeated` counts rows whose id stands again
    further down in the chunk, of ads those that are there twice; `totals` sums that an export has among its rows. The
    last chunk has `is_last`, and a `problem` where the file could not be read to its end. Rates stand for up to
    `fill_days` days behind them, too.
    """

    lines_done: int
    bytes_done: int
    events: StagedBatch | None = None
    contacts: list[ContactRow] = []
    rows: StagedRows | None = None
    fill_days: int = 0
    ads: list[AdRow] = []
    plan: FilePlan | None = None
    repeated: int = 0
    totals: int = 0
    rejects: list[RejectedLine] = []
    is_last: bool = False
    problem: str = ""


class ReadOrder(msgspec.Struct, frozen=True):
    """What to read: a stored file, from after `skip_lines` on; `location_source` is the tenant's rule.

    Of a CSV: the `plan` by which it is read, or what one is made of: the `options` that were chosen with it, the
    tenant's `country`, time `zone` and `currency`, and the latest `year` that two digits may mean.
    """

    place: Place
    path: str
    kind: str
    form: str
    is_gzip: bool
    skip_lines: int
    location_source: str | None = None
    options: ImportOptions = ImportOptions()
    plan: FilePlan | None = None
    country: str = ""
    zone: str = "UTC"
    currency: str = ""
    year: int = 0


def shown(text: str) -> str:
    """A rejected text as it is kept: bounded, and without what Postgres cannot hold."""
    cut = text if len(text) <= _MAX_TEXT_CHARACTERS else text[: _MAX_TEXT_CHARACTERS - 1] + "…"
    return cut.replace("\0", "\ufffd")


def rejected_line(line: int, reason: str, cells: Sequence[str]) -> RejectedLine:
    """A record that is not taken; of one that is too long the first cells are kept, each whole.

    Cells that are missing show whoever imports it again that this is not all of it.
    """
    if len(cells) == 1:
        return RejectedLine(line, reason, [shown(cells[0])])
    lengths = accumulate(len(cell) + 1 for cell in cells)
    fitting = sum(1 for length in lengths if length <= MAX_KEPT_CHARACTERS)
    if fitting < len(cells):
        reason = f"{reason} (of its {len(cells):,} cells the first {fitting:,} are kept)"
    return RejectedLine(line, reason, [cell.replace("\0", "\ufffd") for cell in cells[:fitting]])
