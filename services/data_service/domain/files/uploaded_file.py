"""Check that an uploaded file has the format and columns of its kind."""

from typing import Final, NamedTuple

from services.data_service.domain.csv_files.kinds import FILE_KINDS
from services.data_service.domain.csv_files.plan import FilePlan
from services.data_service.domain.csv_files.read_row import RowReader
from services.data_service.domain.csv_files.survey import Surroundings, plan_of_head
from services.data_service.domain.files.rejection import Rejected
from services.data_service.errors import FileNotTaken
from services.data_service.sources.broken_file import BrokenFile
from services.data_service.sources.file_shape import shape_of

EVENTS: Final = "ga4-export"
IMPORT_KINDS: Final = (EVENTS, *FILE_KINDS)
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


class UploadedFile(NamedTuple):
    """The detected format: `form` is `text` or `parquet`; `plan` is made from the beginning of a CSV."""

    form: str
    is_gzip: bool
    plan: FilePlan | None


def judge_file(kind: str, head: bytes, around: Surroundings) -> UploadedFile:
    """Validate a file by its first bytes and the options of its upload.

    Raises:
        FileNotTaken: says what the file is, or which column is missing.
    """
    try:
        shape = shape_of(head)
        if kind == EVENTS:
            _refuse_other_text(shape.head)
            return UploadedFile(shape.form, shape.is_gzip, None)
        if shape.form == "parquet":
            message = f"the file is Parquet; {kind} come as CSV"
            raise FileNotTaken(message)
        plan = plan_of_head(shape.head, kind, around)
        RowReader(kind, plan)  # rejects a constant value that does not fit its column
        return UploadedFile(shape.form, shape.is_gzip, plan)
    except BrokenFile as broken:
        raise FileNotTaken(str(broken)) from None
    except Rejected as rejected:
        raise FileNotTaken(rejected.reason) from None


def _refuse_other_text(head: bytes) -> None:
    if head.startswith(_UTF_16):
        message = "the file is UTF-16 text"
        raise FileNotTaken(message)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        message = "the file is a JSON array; an export has one object a line (newline-delimited JSON)"
        raise FileNotTaken(message)
