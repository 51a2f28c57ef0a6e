"""Read one file and the form fields of a multipart body while it streams in."""

from collections.abc import AsyncGenerator
from typing import Any, Final

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from common.problem import PayloadTooLarge, Unprocessable, UnsupportedMediaType

_PART = b"file"
_MAX_NAME_CHARACTERS = 200
_MAX_FIELDS_BYTES = 64 << 10


def multipart(fields: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the OpenAPI content of a multipart body with a file and these fields, given by name and schema.

    The routes need it because they read the body themselves instead of leaving it to FastAPI.
    """
    properties = {"file": {"type": "string", "format": "binary"}, **(fields or {})}
    return {"multipart/form-data": {"schema": {"type": "object", "required": ["file"], "properties": properties}}}


MULTIPART: Final[dict[str, Any]] = multipart()


class NotMultipart(UnsupportedMediaType):
    """An upload that is not multipart/form-data."""

    type = "not-multipart"
    title = "An upload is multipart/form-data with a part named file"


class UploadMalformed(Unprocessable):
    """The multipart body breaks off, or has no part named file."""

    type = "upload-malformed"
    title = "The upload cannot be read"


async def bounded(request: Request, most_bytes: int | None) -> AsyncGenerator[bytes]:
    """Yield the body of a request as it arrives.

    Raises:
        PayloadTooLarge: it is longer than `most_bytes`, whatever length was announced.
    """
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if most_bytes is not None and size > most_bytes:
            message = f"at most {most_bytes} bytes"
            raise PayloadTooLarge(message)
        yield chunk


class Upload:
    """The part named `file` of a request, and its fields. Other files are ignored.

    After `blocks()` has ended, `name` is the client's name for the file, `size` its length in bytes, and `fields` maps
    the names of the other parts to their texts. `most_bytes` limits the length of the whole body.

    Raises:
        NotMultipart: the request is not multipart/form-data with a boundary.
    """

    def __init__(self, request: Request, most_bytes: int | None = None) -> None:
        kind, options = parse_options_header(request.headers.get("content-type", ""))
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise NotMultipart
        self.name = ""
        self.size = 0
        self.fields: dict[str, str] = {}
        self._field: str | None = None
        self._field_bytes = 0
        self._texts: dict[str, bytearray] = {}
        self._request = request
        self._most_bytes = most_bytes
        self._is_file = False
        self._ended = False
        self._header = b""
        self._value = b""
        self._ready: list[bytes] = []
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_part_data": self._data,
                "on_part_end": self._end,
            },
        )

    async def blocks(self) -> AsyncGenerator[bytes]:
        """Yield the file's bytes as they arrive.

        Raises:
            UploadMalformed: the body is incomplete or not multipart, has no part named `file`, or has fields that are
                too long or not text.
            PayloadTooLarge: the body is longer than `most_bytes`.
        """
        try:
            async for chunk in bounded(self._request, self._most_bytes):
                self._parser.write(chunk)
                for block in self._ready:
                    self.size += len(block)
                    yield block
                self._ready.clear()
        except FormParserError as error:
            raise UploadMalformed(str(error)) from None
        if not self._ended:
            message = "the part named file breaks off" if self.name else "there is no part named file"
            raise UploadMalformed(message)
        try:
            self.fields = {name: text.decode() for name, text in self._texts.items()}
        except UnicodeDecodeError:
            message = "a field beside the file is not UTF-8 text"
            raise UploadMalformed(message) from None

    def _begin(self) -> None:
        self._is_file, self._field = False, None

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            part = options.get(b"name", b"")
            # If several parts have this name, the first one is the file.
            if part == _PART and not self._ended:
                self._is_file = True
                name = options.get(b"filename", b"").decode(errors="replace").replace("\0", "")
                self.name = name[:_MAX_NAME_CHARACTERS] or "file"
            elif part and part != _PART and b"filename" not in options:
                self._field = part.decode(errors="replace").replace("\0", "")[:_MAX_NAME_CHARACTERS]
                self._field_bytes += len(part)
                self._texts[self._field] = bytearray()
        self._header = self._value = b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._ready.append(data[start:end])
        elif self._field is not None:
            self._field_bytes += end - start
            if self._field_bytes > _MAX_FIELDS_BYTES:
                message = f"the fields beside the file are longer than {_MAX_FIELDS_BYTES >> 10} kB"
                raise UploadMalformed(message)
            self._texts[self._field] += data[start:end]

    def _end(self) -> None:
        if self._is_file:
            self._ended, self._is_file = True, False
