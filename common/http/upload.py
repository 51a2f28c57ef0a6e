"""Reading one file out of a multipart body as it streams in."""

from collections.abc import AsyncGenerator
from typing import Any, Final

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from common.problem import PayloadTooLarge, Unprocessable, UnsupportedMediaType

_PART = b"file"
_MAX_NAME_CHARACTERS = 200

# The OpenAPI description of such a body: the routes read it by themselves, past FastAPI.
MULTIPART: Final[dict[str, Any]] = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
    }
}


class NotMultipart(UnsupportedMediaType):
    """An upload that is not multipart/form-data."""

    type = "not-multipart"
    title = "An upload is multipart/form-data with a part named file"


class UploadMalformed(Unprocessable):
    """The multipart body breaks off, or has no part named file."""

    type = "upload-malformed"
    title = "The upload cannot be read"


async def bounded(request: Request, most_bytes: int | None) -> AsyncGenerator[bytes]:
    """A body as it arrives. Raises PayloadTooLarge where it is longer than `most_bytes`, said so or not."""
    taken = 0
    async for chunk in request.stream():
        taken += len(chunk)
        if most_bytes is not None and taken > most_bytes:
            message = f"at most {most_bytes} bytes"
            raise PayloadTooLarge(message)
        yield chunk


class Upload:
    """The part named `file` of a request; other parts are passed over.

    After `blocks()` has run, `name` is what the client calls the file, and `size` its bytes. With `most_bytes` the
    whole body is no longer than that.

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
        """The file's bytes as they arrive.

        Raises:
            UploadMalformed: the body breaks off, is not multipart, or has no part named `file`.
            PayloadTooLarge: it is longer than it may be.
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

    def _begin(self) -> None:
        self._is_file = False

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            # Of several parts of that name the first is the file.
            if options.get(b"name") == _PART and not self._ended:
                self._is_file = True
                name = options.get(b"filename", b"").decode(errors="replace").replace("\0", "")
                self.name = name[:_MAX_NAME_CHARACTERS] or "file"
        self._header = self._value = b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._ready.append(data[start:end])

    def _end(self) -> None:
        if self._is_file:
            self._ended, self._is_file = True, False
