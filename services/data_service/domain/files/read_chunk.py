"""The messages between the service and the file reader: the order, and chunks of rows and rejected lines."""

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

# How much of a rejected record is kept. Few are longer, and a chunk may hold thousands of them.
MAX_KEPT_CHARACTERS: Final = 8_000
_MAX_TEXT_CHARACTERS: Final = 2_000


class ReadChunk(msgspec.Struct, frozen=True):
    """The rows and rejects of a part of a file.

    All lines up to `lines_done` are accounted for. `bytes_done` counts bytes of the stored file, for the progress. If
    the order had no plan, the first chunk of a CSV has only the `plan`. `repeated` counts rows whose id occurs again
    further down in the chunk, and for ads the exact repetitions. `totals` counts the totals that an export puts among
    its rows. The last chunk has `is_last`, and a `problem` if the file could not be read to its end. Exchange rates
    are carried forward to at most `fill_days` following days.
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
    """An order to read a stored file after its first `skip_lines`; `location_source` is the tenant's location rule.

    A CSV is read by `plan`. Without one, a plan is made from the upload's `options`, the tenant's `country`, time
    `zone` and `currency`, and the latest `year` that two digits may mean.
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
    """Bound a rejected text and replace NUL characters, which Postgres cannot store."""
    cut = text if len(text) <= _MAX_TEXT_CHARACTERS else text[: _MAX_TEXT_CHARACTERS - 1] + "…"
    return cut.replace("\0", "\ufffd")


def rejected_line(line: int, reason: str, cells: Sequence[str]) -> RejectedLine:
    """Make a rejected line; if the record is too long, only its first cells are kept, each complete.

    Dropping whole cells makes a later import reject the line for its width, rather than accept cut values.
    """
    if len(cells) == 1:
        return RejectedLine(line, reason, [shown(cells[0])])
    lengths = accumulate(len(cell) + 1 for cell in cells)
    fitting = sum(1 for length in lengths if length <= MAX_KEPT_CHARACTERS)
    if fitting < len(cells):
        reason = f"{reason} (of its {len(cells):,} cells the first {fitting:,} are kept)"
    return RejectedLine(line, reason, [cell.replace("\0", "\ufffd") for cell in cells[:fitting]])
