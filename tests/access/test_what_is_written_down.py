import ast
import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from common.settings import SERVICES_WITH_DATABASE
from tests.access.operations import operations_of
from tests.access.running import System
from tests.access.writes import NOT_WRITTEN, WRITTEN

pytestmark = [pytest.mark.xdist_group("access"), pytest.mark.asyncio(loop_scope="module")]

CODE = [Path(__file__).parent.parent.parent / folder for folder in ("services", "common")]
SMTP = {"server": "smtp.example.com", "port": 587, "from_address": "us@example.com", "username": "us", "use_tls": True}
REP = {"branch_code": "D07", "branch_name": "Omaha", "sales_rep_name": "Rita", "sales_rep_email": "rita@example.com"}
CONTACTS = b"user_id,buying_company_name,email,cell_phone,location_id\nacme,Acme,a@b.example,1,D07\n,nobody,,,\n"


async def test_every_call_that_changes_something_says_what_it_writes_down(system: System):
    changing = {
        str(operation)
        for app in system.apps.values()
        for operation in operations_of(app)
        if operation.method not in ("GET", "HEAD", "OPTIONS")
    }
    assert changing - set(WRITTEN) - set(NOT_WRITTEN) == set(), "say in writes.py what these calls write down"
    reads = {call for call in WRITTEN if call.startswith("GET ")}
    assert (set(WRITTEN) - reads | set(NOT_WRITTEN)) - changing == set(), "these calls are no more"


async def test_every_action_that_is_promised_stands_in_the_code():
    said = {
        node.value
        for folder in CODE
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    promised = {action for actions in WRITTEN.values() for action in actions}
    # (the end of a sign-in's action is its method)
    assert {action for action in promised if action not in said and not action.startswith("sign-in.")} == set()


async def entries(system: System, action: str) -> list[dict[str, Any]]:
    """The entries of an action, once there are some."""
    async with asyncio.timeout(30):
        while True:
            url = f"{system.urls['gateway']}/auth/audit"
            answer = await system.client.get(url, params={"action": action}, headers=system.token())
            if answer.raise_for_status().json()["data"]:
                return answer.json()["data"]
            await asyncio.sleep(0.1)


async def test_secrets_settings_and_exports_of_every_service_reach_the_log(system: System):
    email, data, headers = system.urls["email"], system.urls["data"], system.token()
    secret = "the password of the mail server"
    for body in (SMTP | {"password": secret}, SMTP | {"port": 465, "password": ""}):
        (await system.client.post(f"{email}/analytics/email/config", json=body, headers=headers)).raise_for_status()
    mappings = f"{email}/analytics/email/mappings"
    mapping = (await system.client.post(mappings, json=REP, headers=headers)).raise_for_status().json()
    changed = REP | {"sales_rep_email": "other@example.com"}
    await system.client.put(f"{mappings}/{mapping['id']}", json=changed, headers=headers)
    await system.client.delete(f"{mappings}/{mapping['id']}", headers=headers)
    posted = await system.client.post(f"{data}/data/import/users", files={"file": ("u.csv", CONTACTS)}, headers=headers)
    job = posted.raise_for_status().json()["job_id"]
    (await system.client.get(f"{data}/data/import/jobs/{job}/rejects", headers=headers)).raise_for_status()
    for action, target in (
        ("import.started", job),
        ("rejects.exported", job),
        ("mapping.created", mapping["id"]),
        ("mapping.changed", mapping["id"]),
        ("mapping.removed", mapping["id"]),
    ):
        [entry] = await entries(system, action)
        assert (entry["target"], entry["actor"], entry["outcome"]) == (target, "owner@example.com", "done"), action
    async with asyncio.timeout(30):
        while len(configs := await entries(system, "smtp-config.changed")) < 2:
            await asyncio.sleep(0.1)
    assert [entry["detail"]["password"] for entry in configs] == ["removed", "set"]
    assert configs[0]["detail"]["before"]["port"] == 587
    assert secret not in await everything(system)


async def everything(system: System) -> str:
    """All that stands in the log and in every service's outbox."""
    superuser = await asyncpg.connect(system.superuser_dsn)
    said = [row[0] for row in await superuser.fetch("select t::text from auth.audit_entry t")]
    for service in SERVICES_WITH_DATABASE:
        said += [row[0] for row in await superuser.fetch(f"select t::text from {service}.outbox t")]
    await superuser.close()
    return "\n".join(said)
