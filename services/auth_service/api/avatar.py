"""Profile pictures: set and remove your own, and read those of people who share a tenant with you."""

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
# A multipart body is larger than its file: it also holds boundaries and part headers.
_MAX_BODY_BYTES: Final = MAX_BYTES + 64 * 1024
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


@router.put("/auth/me/avatar", summary="Set your profile picture", openapi_extra=_BODY)
async def set_avatar(request: Request, caller: SignedIn, context: Context) -> Profile:
    """Upload a PNG, JPEG, WebP or GIF of at most 10 MB and 50 megapixels, and get the updated profile.

    Send the file as a multipart part named `file`, or as the whole body with an `image/…` content type. Its format is
    detected from its content. The picture is turned upright, cropped to its centre, scaled to 512 × 512 pixels and
    stored as WebP without metadata. `avatar_url` changes with every upload.
    """
    squared = await _studio(context).squared(await _content(request))
    name = f"{secrets.token_hex(16)}.webp"
    await _files(context).put(name, squared)
    try:
        await _replace(context, caller, _URL + name)
    except BaseException:
        await _files(context).delete(name)
        raise
    return await profile_of(context, caller.account_id)


@router.delete("/auth/me/avatar", status_code=204, summary="Remove your profile picture")
async def remove_avatar(caller: SignedIn, context: Context) -> None:
    """Remove your profile picture; answers 204 even if there is none."""
    await _replace(context, caller, None)


@router.get(
    "/auth/avatars/{name}",
    summary="Get a profile picture",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}},
)
async def get_avatar(name: str, caller: SignedIn, context: Context) -> Response:
    """Get a profile picture as WebP: your own, or that of a person who shares a tenant with you; otherwise 404."""
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
            blocks = [block async for block in Upload(request, _MAX_BODY_BYTES).blocks()]
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
    """Is this the caller's own picture, or that of somebody who shares a tenant with them?

    Each account's tenants are read by a look-up of its own, so that no row level security policy has to show one
    person's memberships to another.
    """
    async with context.db.lookup("own_memberships", account_id=caller.account_id) as conn:
        owner_id = await accounts.account_of_avatar(conn, _URL + name)
        own = await members.joined_tenants(conn, caller.account_id)
    if owner_id is None or owner_id == caller.account_id:
        return owner_id is not None
    async with context.db.lookup("own_memberships", account_id=owner_id) as conn:
        return not own.isdisjoint(await members.joined_tenants(conn, owner_id))


def _files(context: ServiceContext) -> FileStore:
    """Return the service's store of pictures, which is opened at the first use."""
    if "avatars" not in context.extras:
        context.extras["avatars"] = files_of(context.settings, "avatars")
    return cast("FileStore", context.extras["avatars"])


def _studio(context: ServiceContext) -> Studio:
    return cast("Studio", context.extras.setdefault("studio", Studio()))
