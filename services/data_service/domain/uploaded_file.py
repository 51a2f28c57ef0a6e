"""Whether an uploaded file is what its import reads."""

import csv
from typing import Final, NamedTuple

from services.data_service.domain.contact_rows import header_of
from services.data_service.domain.rejection import Rejected
from services.data_service.errors import FileNotTaken
from services.data_service.sources.broken_file import BrokenFile
from services.data_service.sources.file_shape import shape_of

IMPORT_KINDS: Final = ("ga4-export", "users", "locations")


class UploadedFile(NamedTuple):
    """`form` is `text` or `parquet`; `columns` the header of a CSV."""

    form: str
    is_gzip: bool
    columns: list[str] | None


def judge_file(kind: str, head: bytes) -> UploadedFile:
    """Judge a file by its first bytes.

    Raises:
        FileNotTaken: saying what it is, or which column is missing.
    """
    try:
        shape = shape_of(head)
        if kind == "ga4-export":
            _refuse_other_json(shape.head)
            return UploadedFile(shape.form, shape.is_gzip, None)
        if shape.form == "parquet":
            message = "the file is Parquet; users and locations come as CSV"
            raise FileNotTaken(message)
        return UploadedFile(shape.form, shape.is_gzip, header_of(_first_record(shape.head), kind))
    except BrokenFile as broken:
        raise FileNotTaken(str(broken)) from None
    except Rejected as rejected:
        raise FileNotTaken(rejected.reason) from None


def _refuse_other_json(head: bytes) -> None:
    if head.lstrip().startswith(b"["):
        message = "the file is a JSON array; an export has one object a line (newline-delimited JSON)"
        raise FileNotTaken(message)


def _first_record(head: bytes) -> list[str]:
    text = head.replace(b"\0", b"").decode(errors="replace")
    try:
        return next((fields for fields in csv.reader(text.splitlines(keepends=True)) if any(fields)), [])
    except csv.Error as error:
        message = f"the header is not valid CSV: {error}"
        raise FileNotTaken(message) from None
