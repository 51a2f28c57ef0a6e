"""What a reader hands over at a time: lines turned into rows, and those that could not be."""

import msgspec

from common.files import Place
from services.data_service.store.contact_row import ContactRow
from services.data_service.store.rejected_line import RejectedLine
from services.data_service.store.staged_batch import StagedBatch

MAX_ORIGINAL_CHARACTERS = 2_000


class ReadChunk(msgspec.Struct, frozen=True):
    """Up to `lines_done` all lines are accounted for. `bytes_done` is of the stored file, for the progress.

    The last chunk has `is_last`, and a `problem` where the file could not be read to its end.
    """

    lines_done: int
    bytes_done: int
    events: StagedBatch | None = None
    contacts: list[ContactRow] = []
    rejects: list[RejectedLine] = []
    is_last: bool = False
    problem: str = ""


class ReadOrder(msgspec.Struct, frozen=True):
    """What to read: a stored file, from after `skip_lines` on; `location_source` is the tenant's rule."""

    place: Place
    path: str
    kind: str
    form: str
    is_gzip: bool
    skip_lines: int
    location_source: str | None


def shown(text: str) -> str:
    """A rejected text as it is kept: bounded, and without what Postgres cannot hold."""
    cut = text if len(text) <= MAX_ORIGINAL_CHARACTERS else text[: MAX_ORIGINAL_CHARACTERS - 1] + "…"
    return cut.replace("\0", "\ufffd")
