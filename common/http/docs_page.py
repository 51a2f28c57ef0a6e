"""Serve Swagger's page with its script and style from this server, so that it needs no other host."""

from functools import cache
from importlib.resources import files
from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, Response

DOCS = "/docs"
# The files that the page loads. Whoever may see the page may load them.
DOCS_FILES = {
    f"{DOCS}/swagger-ui-bundle.js": "text/javascript",
    f"{DOCS}/swagger-ui.css": "text/css",
    f"{DOCS}/favicon-32x32.png": "image/png",
}
# An upgrade changes the files but not their names, so they are cached only for a short time.
KEEP_FOR_AN_HOUR = {"Cache-Control": "public, max-age=3600"}
_SCRIPT, _STYLE, _ICON = DOCS_FILES

router = APIRouter(include_in_schema=False)


class DocsFile(NamedTuple):
    """The content and media type of one of DOCS_FILES."""

    content: bytes
    media_type: str


def docs_page(title: str) -> bytes:
    """Return the page as HTML. It loads `/openapi.json` from the server that served it."""
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=title,
        swagger_js_url=_SCRIPT,
        swagger_css_url=_STYLE,
        swagger_favicon_url=_ICON,
    )
    return bytes(page.body)


@cache
def docs_file(path: str) -> DocsFile:
    """Return the content and media type of one of DOCS_FILES, by its path."""
    content = files("fastapi_swagger.resources").joinpath(path.rpartition("/")[2]).read_bytes()
    return DocsFile(content, DOCS_FILES[path])


@router.get(DOCS)
async def show_docs(request: Request) -> HTMLResponse:
    """Return the docs page of this service."""
    return HTMLResponse(docs_page(request.app.title))


async def _send_file(request: Request) -> Response:
    file = docs_file(request.url.path)
    return Response(file.content, media_type=file.media_type, headers=KEEP_FOR_AN_HOUR)


for _path in DOCS_FILES:
    router.add_api_route(_path, _send_file)
