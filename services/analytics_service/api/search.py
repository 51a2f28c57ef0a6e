"""Search over what a company knows by name."""

from typing import Annotated, cast

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from common.http.context import context_of
from services.analytics_service.api.callers import Reader
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.shapes import SearchResults
from services.analytics_service.errors import SearchInvalid
from services.analytics_service.store.search import SEARCH_KINDS, SearchKind, search

router = APIRouter(tags=["search"])

_MOST_CHARACTERS = 200
_Text = Annotated[str, Query(description="words, or how they begin; 1 to 200 characters")]
_Kinds = Annotated[str | None, Query(description=f"comma-separated, of {', '.join(SEARCH_KINDS)}; all where left out")]
_Limit = Annotated[int, Query(ge=1, le=100)]


@router.get(
    "/analytics/search",
    summary="Search users, campaigns, products and locations",
    response_model=None,
    responses={200: {"model": SearchResults}},
)
async def search_everything(
    request: Request, caller: Reader, q: _Text, kinds: _Kinds = None, limit: _Limit = 20
) -> Response:
    """Each word of the text begins a word of what is found, whatever its case and accents; the best fits come first.

    Where nothing is found and the database has pg_trgm, words that resemble the text's are looked for. `total` counts a
    thousand of each kind at most. Who is held to branches finds the own branches, and no users.
    """
    text, asked = _text(q), _kinds(kinds)
    async with context_of(request).db.of(caller, readonly=True) as connection:
        found = await search(connection, caller.tenant_id, text, asked, limit)
    return etagged(request, {"data": found.entries, "total": found.total})


def _text(given: str) -> str:
    text = given.strip()
    if not text or len(text) > _MOST_CHARACTERS or "\0" in text:
        raise SearchInvalid.of("q", f"q has 1 to {_MOST_CHARACTERS} characters that are not blank")
    return text


def _kinds(given: str | None) -> list[SearchKind]:
    names = [name.strip() for name in given.split(",")] if given else list(SEARCH_KINDS)
    if not set(names) <= set(SEARCH_KINDS):
        raise SearchInvalid.of("kinds", f"kinds are comma-separated, of {', '.join(SEARCH_KINDS)}")
    return cast("list[SearchKind]", names)
