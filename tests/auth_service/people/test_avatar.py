import asyncio
import io
import struct
import zlib
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.auth_service.people.conftest import Office, Someone

SCRIPT = b"<script>alert(1)</script>"
SECRET_PLACE = b"48.8584, 2.2945"


def picture(form: str = "PNG", size: tuple[int, int] = (300, 200), colour: str = "red", **options: Any) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, form, **options)
    return made.getvalue()


def png_that_says(width: int, height: int) -> bytes:
    """A few bytes that claim to be a picture of that size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


async def put(office: Office, content: bytes, who: Someone | None = None, name: str = "me.png") -> httpx.Response:
    return await office.call("PUT", "/auth/me/avatar", who, files={"file": (name, content)})


async def shown(office: Office, answer: httpx.Response) -> Image.Image:
    assert answer.status_code == 200, answer.text
    got = await office.call("GET", answer.json()["avatar_url"])
    assert got.status_code == 200, got.text
    return Image.open(io.BytesIO(got.content))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_a_picture_becomes_a_square_webp(office: Office, form: str):
    answer = await put(office, picture(form, (1200, 800)))
    made = await shown(office, answer)
    assert (made.format, made.size) == ("WEBP", (512, 512))
    got = await office.call("GET", answer.json()["avatar_url"])
    assert got.headers["Content-Type"] == "image/webp"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Cache-Control"].startswith("private")
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert (await office.call("GET", "/auth/me")).json()["avatar_url"] == answer.json()["avatar_url"]


async def test_the_whole_body_may_be_the_picture(office: Office):
    headers = office.admin.headers | {"Content-Type": "image/png"}
    answer = await office.api.put("/auth/me/avatar", content=picture(), headers=headers)
    assert (await shown(office, answer)).size == (200, 200)


async def test_it_stands_upright_and_nothing_else_the_file_said_is_kept(office: Office):
    upside_down = Image.new("RGB", (400, 400), "red")
    upside_down.paste("blue", (0, 200, 400, 400))
    exif = Image.Exif()
    exif[0x0112] = 3
    exif[0x010E] = SECRET_PLACE.decode()
    file = io.BytesIO()
    upside_down.save(file, "JPEG", exif=exif, comment=SECRET_PLACE, icc_profile=SECRET_PLACE)
    assert SECRET_PLACE in file.getvalue()
    answer = await put(office, file.getvalue())
    made = (await shown(office, answer)).convert("RGB")
    top, bottom = made.getpixel((200, 50)), made.getpixel((200, 350))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[2] > 200 > top[0]
    assert bottom[0] > 200 > bottom[2]
    got = await office.call("GET", answer.json()["avatar_url"])
    assert SECRET_PLACE not in got.content
    assert not made.getexif()
    assert not {"exif", "icc_profile", "xmp"} & set(Image.open(io.BytesIO(got.content)).info)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
async def test_of_a_file_that_is_two_things_at_once_only_the_picture_is_left(office: Office, form: str):
    for content in (picture(form) + SCRIPT, picture(form) + b"PK\x03\x04" + SCRIPT):
        answer = await put(office, content, name="me.html")
        assert (await shown(office, answer)).format == "WEBP"
        assert SCRIPT not in (await office.call("GET", answer.json()["avatar_url"])).content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>",
        b"<!doctype html>" + SCRIPT,
        b"%PDF-1.7 " + picture("JPEG"),
        SCRIPT + picture("GIF"),
        picture("BMP"),
        picture("TIFF"),
        b"RIFF\0\0\0\0AVI " + picture("WEBP"),
    ],
)
async def test_what_is_no_picture_is_refused_whatever_it_is_called(office: Office, content: bytes):
    answer = await put(office, content)
    assert (answer.status_code, answer.json()["type"]) == (415, "urn:branchwise:problem:not-a-picture")


@pytest.mark.parametrize(
    "content",
    [
        picture()[:-200],
        picture("JPEG", (900, 900))[:600],
        b"GIF89a",
        b"\xff\xd8\xff" + b"x" * 999,
        png_that_says(40, 40),
    ],
)
async def test_a_broken_picture_is_refused_and_the_one_before_stays(office: Office, content: bytes):
    before = (await put(office, picture())).json()["avatar_url"]
    answer = await put(office, content)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:branchwise:problem:picture-broken")
    assert (await office.call("GET", before)).status_code == 200


@pytest.mark.parametrize("size", [(50_001, 1_000), (2**31 - 1, 2**31 - 1), (7_072, 7_072)])
async def test_a_bomb_is_refused_by_what_its_header_says(office: Office, size: tuple[int, int]):
    answer = await put(office, png_that_says(*size))
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:branchwise:problem:picture-too-large")


async def test_a_gif_whose_frame_is_larger_than_it_says_is_refused(office: Office):
    gif = bytearray(picture("GIF", (10, 10)))
    frame = gif.index(b"\x2c")
    gif[frame + 5 : frame + 9] = struct.pack("<HH", 65_535, 65_535)
    assert (await put(office, bytes(gif))).status_code in (413, 422)


async def test_more_than_ten_megabytes_are_refused_while_they_stream_in(office: Office):
    url = office.api.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        head = "PUT /auth/me/avatar HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 1000000000\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in office.admin.headers.items())
        writer.write(head.encode() + b"\r\n" + picture())
        writer.write(b"x" * (11 << 20))
        # It does not wait for the other 989 megabytes.
        async with asyncio.timeout(20):
            assert b" 413 " in await reader.readline()
    finally:
        writer.close()
    assert (await office.call("GET", "/auth/me")).json()["avatar_url"] is None


async def test_more_than_ten_megabytes_are_refused_as_a_part_too(office: Office):
    assert (await put(office, picture() + b"x" * (10 << 20))).status_code == 413
    parts = {"file": ("me.png", picture()), "other": ("x", b"x" * (11 << 20))}
    answer = await office.call("PUT", "/auth/me/avatar", files=parts)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:branchwise:problem:picture-too-large")


async def test_the_one_before_is_gone_and_a_removed_one_too(office: Office, context: Any):
    first = (await put(office, picture())).json()["avatar_url"]
    second = (await put(office, picture())).json()["avatar_url"]
    assert first != second
    assert (await office.call("GET", first)).status_code == 404
    assert (await office.call("DELETE", "/auth/me/avatar")).status_code == 204
    assert (await office.call("DELETE", "/auth/me/avatar")).status_code == 204
    assert (await office.call("GET", second)).status_code == 404
    assert (await office.call("GET", "/auth/me")).json()["avatar_url"] is None
    assert context.extras["avatars"].untouched_for(-60) == []


async def test_it_is_shown_to_who_shares_a_tenant_and_to_nobody_else(office: Office, elsewhere: Office):
    url = (await put(office, picture())).json()["avatar_url"]
    rep, stranger = await office.hire("rep"), elsewhere.admin
    assert (await office.call("GET", url, rep)).status_code == 200
    theirs = await office.call("GET", url, stranger)
    nothing = await office.call("GET", "/auth/avatars/" + "0" * 32 + ".webp", stranger)
    assert theirs.status_code == nothing.status_code == 404
    without = {"instance": "", "request_id": ""}
    assert theirs.json() | without == nothing.json() | without
    assert (await office.api.get(url)).status_code == 401
    both = {**stranger.headers, "X-Tenant-Id": str(office.id)}
    assert (await office.api.get(url, headers=both)).status_code == 404
    await office.call("DELETE", f"/api/users/{rep.id}")
    assert (await office.call("GET", url, rep)).status_code == 404


async def test_who_is_only_invited_sees_no_picture_and_shows_none(office: Office, elsewhere: Office):
    mine = (await put(office, picture())).json()["avatar_url"]
    theirs = (await put(elsewhere, picture())).json()["avatar_url"]
    await office.invite(elsewhere.admin.email)
    assert (await office.call("GET", mine, elsewhere.admin)).status_code == 404
    assert (await office.call("GET", theirs)).status_code == 404


@pytest.mark.parametrize("name", ["..%2f..%2fsecrets%2foperator_key", "x", "0" * 32, "%00.webp", "0" * 32 + ".webp%0a"])
async def test_no_name_reaches_another_file(office: Office, name: str):
    assert (await office.call("GET", f"/auth/avatars/{name}")).status_code == 404


async def test_what_people_change_of_themselves_is_audited_in_each_of_their_tenants(office: Office, elsewhere: Office):
    rep = await office.hire("rep")
    await office.rows.execute(
        "insert into auth.membership (tenant_id, account_id, role, joined_at) values ($1, $2, 'rep', now())",
        elsewhere.id,
        rep.id,
    )
    for name in ("Ada", "Ada"):
        await office.call("PATCH", "/auth/me", rep, json={"name": name})
    await put(office, picture(), rep)
    await office.call("DELETE", "/auth/me/avatar", rep)
    written = await office.rows.fetch(
        "select payload->>'action' as action from auth.outbox where tenant_id = $1 and payload->>'actor' = $2"
        " order by occurred_at",
        elsewhere.id,
        rep.email,
    )
    assert [row["action"] for row in written] == ["profile.changed", "avatar.changed", "avatar.removed"]
