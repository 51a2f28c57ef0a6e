"""A round: a company whose import and whose morning reports are each cut into by one kill."""

import asyncio
from random import Random
from typing import Any

import httpx
from loguru import logger

from common.testing.company import Company
from common.testing.stack import Stack
from tests.faults.blows import Blow, connected, healed, killed, reading, refreshing, sending, upload_cut_off
from tests.faults.busy_company import REPORT_DAY, BusyCompany
from tests.faults.sameness import differences, left_over
from tests.faults.slow_post import SlowPost

# Who is hit while a file is still on its way up, and who while the answers are being brought up to date.
_UPLOADING = ("gateway", "gateway-worker")
_REFRESHING = ("analytics", "nats")
# Only who hands mail over knows what the mail server answered; everybody else's death is outwaited.
_KNOWS_THE_OUTCOME = "email"
_CHUNK_SECONDS = 0.25


async def import_clean(company: Company, files: BusyCompany) -> dict[str, Any]:
    """Import everything undisturbed; the export's job."""
    await import_contacts(company, files)
    return await company.imported("ga4-export", files.export)


async def import_contacts(company: Company, files: BusyCompany) -> None:
    """Branches and customers."""
    for kind, content in (("locations", files.locations), ("users", files.users)):
        job = await company.imported(kind, content)
        assert job["status"] == "completed", job


async def import_struck(stack: Stack, company: Company, files: BusyCompany, blow: Blow, chance: Random) -> Any:
    """Import the export with somebody killed in the middle; its job once it has ended."""
    await import_contacts(company, files)
    if blow.victim in _UPLOADING:
        dead = await upload_cut_off(stack, company, files.export, blow, chance)
        logger.info("{}: cut off an upload", blow)
        await healed(stack, blow.victim, dead)
        return await company.imported("ga4-export", files.export)
    admin = await connected(stack)
    try:
        job = await company.upload("ga4-export", files.export)
        watch = refreshing if blow.victim in _REFRESHING else reading
        proof = await watch(admin, company, job, blow.percent)
        if watch is reading:
            # Somewhere in the next chunk's reading and writing, and not always right after a commit.
            await asyncio.sleep(chance.uniform(0, _CHUNK_SECONDS))
            proof = await reading(admin, company, job, blow.percent)
        dead = killed(stack, blow.victim, chance)
    finally:
        admin.terminate()
    logger.info("{}: {}", blow, proof)
    ended = await company.ended_import(job)
    await healed(stack, blow.victim, dead)
    return ended


async def assert_same(stack: Stack, clean: Company, struck: Company) -> None:
    """The struck company holds exactly what the clean one does, and answers the same."""
    admin = await connected(stack)
    try:
        assert await differences(admin, clean.tenant_id, struck.tenant_id) == []
        assert await left_over(admin, struck.tenant_id) == {}
    finally:
        await admin.close()
    for path in ("/analytics/stats", "/analytics/locations", "/analytics/tasks/cart-abandonment"):
        period = {"start_date": "2024-04-01", "end_date": REPORT_DAY}
        assert await clean.get(path, **period) == await struck.get(path, **period)


async def prepare_reports(company: Company, files: BusyCompany, post: SlowPost) -> None:
    """Name the mail server, and a rep for every branch, in a domain of the company's own."""
    mail_server = {"server": post.host, "port": post.port, "from_address": "shop@shop.example", "use_tls": False}
    await company.post("/analytics/email/config", mail_server)
    for code in files.branches:
        rep = {"branch_code": code, "branch_name": code, "sales_rep_name": f"Rep {code}"}
        address = f"{code}@{domain_of(company)}"
        await company.post("/analytics/email/mappings", rep | {"sales_rep_email": address})


async def send_struck(stack: Stack, company: Company, files: BusyCompany, blow: Blow, chance: Random) -> Any:
    """Send the day's reports with somebody killed in the middle; the job once it has ended."""
    admin = await connected(stack)
    try:
        job = await company.post("/analytics/email/send-reports", {"report_date": REPORT_DAY})
        proof = await sending(admin, company, len(files.branches), blow.percent)
        dead = killed(stack, blow.victim, chance)
    finally:
        admin.terminate()
    logger.info("{}: {}", blow, proof)
    ended = await company.ended_send(job)
    await healed(stack, blow.victim, dead)
    return ended


async def assert_each_report_once(company: Company, files: BusyCompany, post: SlowPost, blow: Blow) -> None:
    """What the mail server received is what the history says; what nobody can know is said, and not sent again."""
    received = post.received(domain_of(company))
    history = await company.get("/analytics/email/history", report_date=REPORT_DAY, limit=500)
    told = {row["branch_code"]: row["status"] for row in history["data"]}
    assert len(history["data"]) == len(told) == len(files.branches), history
    sent = {branch for branch, status in told.items() if status == "sent"}
    unknown = {branch for branch, status in told.items() if status == "unknown"}
    assert sent | unknown == set(files.branches), told
    assert set(received.values()) == {1}, received
    assert sent <= set(received) <= sent | unknown, (told, received)
    logger.info("{} sent, {} unknown, of which {} had arrived", len(sent), len(unknown), len(unknown & set(received)))
    if blow.victim != _KNOWS_THE_OUTCOME:
        assert not unknown, told
    again = await company.ended_send(await company.post("/analytics/email/send-reports", {"report_date": REPORT_DAY}))
    assert (again["status"], again["counts"]) == ("completed", {"skipped": len(files.branches)}), again
    assert post.received(domain_of(company)) == received


def domain_of(company: Company) -> str:
    """Where the company's reps get their mail."""
    return f"{httpx.URL(f'http://t{company.tenant_id.hex}.example').host}"
