"""Search for users, campaigns, products and locations by name."""

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

_MAX_CHARACTERS = 200
_Text = Annotated[str, Query(description="words or their beginnings, 1 to 200 characters")]
_Kinds = Annotated[str | None, Query(description=f"comma-separated, of {', '.join(SEARCH_KINDS)}; default: all")]
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
    """Find entries in which each word of the text begins a word, ignoring case and accents; the best match comes first.

    If nothing is found and the database has pg_trgm, similar words are searched for. `total` counts at most a thousand
    entries of each kind. A caller who is limited to branches finds only their own branches, and no users.
    """
    text, wanted_kinds = _text(q), _kinds(kinds)
    async with context_of(request).db.of(caller, readonly=True) as connection:
        found = await search(connection, caller.tenant_id, text, wanted_kinds, limit)
    return etagged(request, {"data": found.entries, "total": found.total})


def _text(given: str) -> str:
    text = given.strip()
    if not text or len(text) > _MAX_CHARACTERS or "\0" in text:
        raise SearchInvalid.of("q", f"q must have 1 to {_MAX_CHARACTERS} characters and not be blank")
    return text


def _kinds(given: str | None) -> list[SearchKind]:
    names = [name.strip() for name in given.split(",")] if given else list(SEARCH_KINDS)
    if not set(names) <= set(SEARCH_KINDS):
        raise SearchInvalid.of("kinds", f"kinds must be a comma-separated list of {', '.join(SEARCH_KINDS)}")
    return cast("list[SearchKind]", names)
