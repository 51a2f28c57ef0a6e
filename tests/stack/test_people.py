"""People through the gateway, as a frontend and an operator meet them."""

import asyncio
import io
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from PIL import Image

from common.testing.stack import Stack

pytestmark = pytest.mark.xdist_group("stack")


async def test_somebody_is_invited_joins_shows_a_picture_and_is_removed(stack: Stack):
    async with stack.company() as company, httpx.AsyncClient(base_url=stack.gateway, timeout=60) as guest:
        email = f"ada-{company.tenant_id.hex[:8]}@example.com"
        answer = await company.api.post("/api/users", json={"email": email, "role": "analyst", "name": "Ada"})
        assert answer.status_code == 201, answer.text
        body = {"token": await token_mailed_to(stack, email), "password": "lantern gravel otter seven"}
        joined = (await guest.post("/auth/invitations/accept", json=body)).raise_for_status().json()
        guest.headers["Authorization"] = f"Bearer {joined['tokens']['access_token']}"
        url = (await guest.put("/auth/me/avatar", files={"file": ("a", a_picture())})).raise_for_status().json()
        seen = await company.api.get(url["avatar_url"])
        assert (seen.status_code, seen.headers["Content-Type"]) == (200, "image/webp")
        assert [row["name"] for row in (await guest.get("/api/users")).json()["data"]][-1] == "Ada"
        assert (await company.api.delete(f"/api/users/{answer.json()['id']}")).status_code == 204
        assert (await guest.get("/api/users")).status_code == 403


async def test_a_plan_set_on_the_command_line_is_the_tenants(stack: Stack):
    async with stack.company() as company:
        said = await asyncio.to_thread(stack.run, "tenant", "plan", str(company.tenant_id), "premium")
        assert (said.returncode, said.stderr.strip()) == (0, f"{company.tenant_id} has the plan premium")
        assert (await company.api.get("/api/organizations")).json()["data"][0]["plan"] == "premium"
    nowhere = await asyncio.to_thread(stack.run, "tenant", "plan", str(UUID(int=1)), "free")
    assert nowhere.returncode == 1
    assert "No such tenant" in nowhere.stderr


def a_picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (600, 400), "green").save(made, "JPEG")
    return made.getvalue()


async def token_mailed_to(stack: Stack, email: str) -> str:
    """The token of the link in a mail, which is a file of the home where no mail server is configured."""
    async with asyncio.timeout(30):
        while True:
            for file in await asyncio.to_thread(lambda: list(Path(stack.home, "outbox-mail").rglob("[!.]*.eml"))):
                message = message_from_bytes(file.read_bytes(), EmailMessage, policy=policy.default)
                text = message.get_body(("plain",))
                found = re.search(r"[?&]token=([\w-]+)", text.get_content() if text else "")
                if email in message["To"] and found:
                    return found.group(1)
            await asyncio.sleep(0.1)
