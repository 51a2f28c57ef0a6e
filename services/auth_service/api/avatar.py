"""The own picture, and those of people one shares a tenant with."""

import re
import secrets
from typing import Any, Final, cast

from fastapi import APIRouter, Request, Response

from common.files import FileStore, files_of
from common.http.context import Context, ServiceContext
from common.http.upload import MULTIPART, Upload, bounded
from common.pictures import MAX_BYTES, PictureTooLarge, Studio
from common.problem import PayloadTooLarge
from services.auth_service.api.me import SignedIn, profile_of
from services.auth_service.api.shapes import Profile
from services.auth_service.errors.own_account import PictureNotFound
from services.auth_service.store import accounts, members
from services.auth_service.store.account_audit import record_in_each_tenant

router = APIRouter(tags=["profile"])

_URL: Final = "/auth/avatars/"
_NAME: Final = re.compile(r"[0-9a-f]{32}\.webp")
# What stands around the file in a multipart body.
_MOST_BODY_BYTES: Final = MAX_BYTES + 64 * 1024
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": MULTIPART
        | {
            f"image/{kind}": {"schema": {"type": "string", "format": "binary"}}
            for kind in ("png", "jpeg", "webp", "gif")
        },
    }
}
_HEADERS: Final = {
    "Cache-Control": "private, max-age=86400",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


@router.put("/auth/me/avatar", summary="Set the own picture", openapi_extra=_BODY)
async def set_avatar(request: Request, caller: SignedIn, context: Context) -> Profile:
    """PNG, JPEG, WebP or GIF, as a part named `file` or as the whole body: at most 10 MB and 50 megapixels.

    Judged by its content. Kept is the middle of it, upright, 512 pixels square, as WebP, without anything the file
    said beside. Answers the profile; `avatar_url` is another one each time.
    """
    made = await _studio(context).squared(await _content(request))
    name = f"{secrets.token_hex(16)}.webp"
    await _files(context).put(name, made)
    try:
        await _replace(context, caller, _URL + name)
    except BaseException:
        await _files(context).delete(name)
        raise
    return await profile_of(context, caller.account_id)


@router.delete("/auth/me/avatar", status_code=204, summary="Have no picture")
async def remove_avatar(caller: SignedIn, context: Context) -> None:
    """Drop the own picture; having none already is no error."""
    await _replace(context, caller, None)


@router.get(
    "/auth/avatars/{name}",
    summary="A picture",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}},
)
async def get_avatar(name: str, caller: SignedIn, context: Context) -> Response:
    """A person's picture, for themselves and for those who share a tenant with them."""
    if not _NAME.fullmatch(name) or not await _may_see(context, caller, name):
        raise PictureNotFound
    content = await _files(context).read(name)
    if content is None:
        raise PictureNotFound
    return Response(content, media_type="image/webp", headers=_HEADERS)


async def _content(request: Request) -> bytes:
    try:
        if request.headers.get("content-type", "").lower().startswith("image/"):
            blocks = [block async for block in bounded(request, MAX_BYTES)]
        else:
            blocks = [block async for block in Upload(request, _MOST_BODY_BYTES).blocks()]
    except PayloadTooLarge:
        raise _too_large() from None
    content = b"".join(blocks)
    if len(content) > MAX_BYTES:
        raise _too_large()
    return content


def _too_large() -> PictureTooLarge:
    message = f"more than {MAX_BYTES >> 20} MB"
    return PictureTooLarge(message)


async def _replace(context: ServiceContext, caller: SignedIn, avatar_url: str | None) -> None:
    async with context.db.lookup("own_memberships", account_id=caller.account_id) as conn:
        before = await accounts.change_avatar(conn, caller.account_id, avatar_url)
        if before != avatar_url:
            action = "avatar.changed" if avatar_url else "avatar.removed"
            await record_in_each_tenant(conn, caller.account_id, caller, action, target=caller.email)
    context.wake_relay()
    if before is not None:
        await _files(context).delete(before.removeprefix(_URL))


async def _may_see(context: ServiceContext, caller: SignedIn, name: str) -> bool:
    """Each account's tenants by its own look-up: no policy needs to open one person's memberships to another."""
    async with context.db.lookup("own_memberships", account_id=caller.account_id) as conn:
        owner_id = await accounts.account_of_avatar(conn, _URL + name)
        own = await members.joined_tenants(conn, caller.account_id)
    if owner_id is None or owner_id == caller.account_id:
        return owner_id is not None
    async with context.db.lookup("own_memberships", account_id=owner_id) as conn:
        return not own.isdisjoint(await members.joined_tenants(conn, owner_id))


def _files(context: ServiceContext) -> FileStore:
    """The pictures of a running service, opened when they are first needed."""
    if "avatars" not in context.extras:
        context.extras["avatars"] = files_of(context.settings, "avatars")
    return cast("FileStore", context.extras["avatars"])


def _studio(context: ServiceContext) -> Studio:
    return cast("Studio", context.extras.setdefault("studio", Studio()))
