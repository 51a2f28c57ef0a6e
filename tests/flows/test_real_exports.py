"""Two real exports as two tenants of one stack: one by the command line, one over HTTP, their reports by SMTP."""

import asyncio
import csv
from pathlib import Path

import pytest

from common.testing.company import Company
from common.testing.smtp import ReceivedMail, SmtpSink
from common.testing.stack import Stack

REAL = Path(__file__).parents[3] / "shared" / "data"
CLICKS, ORDERS = (REAL / "ga4_export" / f"{name}.ndjson.gz" for name in ("shop_clicks", "wholesale_orders"))
DAYS = ("2024-04-27", "2024-04-29")
BRANCHES = ("D02", "D07")

pytestmark = [
    pytest.mark.skipif(not REAL.exists(), reason="the folder of real data is not beside the project"),
    # Whoever comes first waits until the whole system stands.
    pytest.mark.xdist_group("stack"),
    pytest.mark.timeout(600),
]


async def test_two_real_exports_become_reports_of_their_own_branches_only(stack: Stack, stack_post: SmtpSink) -> None:
    async with (
        stack.company(location_source="user_property:default_branch_id") as shop,
        stack.company(location_source="geo.country", time_zone="Europe/London") as wholesaler,
    ):
        await _look_after(shop, stack_post, BRANCHES)
        await _look_after(wholesaler, stack_post, ("Germany",))

        # (each waits most of the time for answers that include its rows)
        await asyncio.gather(_import_by_command(stack, shop), _import_over_http(wholesaler))

        reports = ("send-reports", "--tenant", str(shop.tenant_id), "--date")
        for sent in await asyncio.gather(*(asyncio.to_thread(stack.run, *reports, day) for day in DAYS)):
            assert sent.returncode == 0, sent.stderr
        # No contact came with the wholesaler's orders, so there is nobody to call.
        silent = await wholesaler.ended_send(
            await wholesaler.post("/analytics/email/send-reports", {"report_date": "2011-10-06"})
        )
        assert silent["status"] == "completed"

        mails = await stack_post.wait_for(len(DAYS) * len(BRANCHES))
        history = await wholesaler.get("/analytics/email/history")
        locations = {one["location_id"] for one in (await wholesaler.get("/analytics/locations"))["data"]}

    assert sorted(mail.recipients[0] for mail in mails) == ["d02@shop.example"] * 2 + ["d07@shop.example"] * 2
    assert [one["status"] for one in history["data"]] == ["nothing_to_report"]
    assert "Germany" in locations
    assert not locations & set(BRANCHES)
    for mail in mails:
        branch = mail.recipients[0].partition("@")[0].upper()
        assert {home for name, home in _customers() if name in _text(mail)} == {branch}


async def _import_by_command(stack: Stack, shop: Company) -> None:
    for kind, file in (("locations", REAL / "locations.csv"), ("users", REAL / "users.csv"), ("ga4-export", CLICKS)):
        imported = await asyncio.to_thread(stack.run, "import", kind, str(file), "--tenant", str(shop.tenant_id))
        assert imported.returncode == 0, imported.stderr


async def _import_over_http(wholesaler: Company) -> None:
    orders = await wholesaler.imported("ga4-export", ORDERS.read_bytes())
    assert (orders["status"], orders["counts"]) == ("completed", {"purchase": 4_269, "other_event": 695})


async def _look_after(company: Company, sink: SmtpSink, branches: tuple[str, ...]) -> None:
    server = {"server": sink.host, "port": sink.port, "use_tls": False, "from_address": "shop@shop.example"}
    await company.post("/analytics/email/config", server)
    for branch in branches:
        rep = {"branch_code": branch, "branch_name": branch, "sales_rep_name": "Kim"}
        await company.post("/analytics/email/mappings", rep | {"sales_rep_email": f"{branch.lower()}@shop.example"})


def _customers() -> list[tuple[str, str]]:
    """Company and branch of each contact."""
    with (REAL / "users.csv").open(encoding="utf-8", newline="") as file:
        return [(row["buying_company_name"], row["location_id"]) for row in csv.DictReader(file)]


def _text(mail: ReceivedMail) -> str:
    body = mail.message.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())
