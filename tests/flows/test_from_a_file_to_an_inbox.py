"""The map of the system: one day's export goes in at one end, a sales rep marks a customer done at the other."""

import asyncio
import re

import httpx
import pytest

from common.testing.smtp import SmtpSink
from common.testing.stack import Stack
from tests.flows.hops import listening
from tests.flows.one_day import DAY, FILES

# Whoever comes first waits until the whole system stands.
pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.timeout(600)]

_REP = {"branch_code": "D07", "branch_name": "Omaha", "sales_rep_name": "Rita", "sales_rep_email": "rita@shop.example"}


async def test_from_a_file_to_an_inbox(stack: Stack, stack_post: SmtpSink):
    async with (
        stack.company(location_source="user_property:default_branch_id") as company,
        listening(stack, company) as events,
    ):
        # The company names its mail server and who looks after Omaha.
        mail_server = {"server": stack_post.host, "port": stack_post.port, "from_address": "shop@shop.example"}
        await company.post("/analytics/email/config", mail_server | {"use_tls": False})
        await company.post("/analytics/email/mappings", _REP)

        # gateway → data: the files go in, and a job is completed only once every answer includes them.
        jobs = {kind: await company.imported(kind, content) for kind, content in FILES.items()}
        assert {job["status"] for job in jobs.values()} == {"completed"}, jobs

        # data → analytics: one event tells of the batch, one that it is in the answers.
        batch = await events.passed("data.batch.recorded.v1")
        assert batch["counts"] == {"page_view": 2, "view_item": 1, "add_to_cart": 1, "purchase": 1}
        await events.passed("analytics.day.refreshed.v1", batch_ids=[batch["batch_id"]])

        # analytics → gateway: the task lists show who ordered and who did not.
        [order], [cart] = await company.tasks("purchases", DAY), await company.tasks("cart-abandonment", DAY)
        assert (order["transaction_id"], order["value"], order["user"]["company"]) == ("T-1001", 19, "Baker Heating")
        assert (cart["location_name"], cart["value"], cart["status"]) == ("Omaha", 674.4, "open")

        # email → SMTP: Omaha's report says whom to call, why, about what, and how.
        sent = await company.ended_send(await company.post("/analytics/email/send-reports", {"report_date": DAY}))
        assert (sent["status"], sent["counts"]) == ("completed", {"sent": 1}), sent
        [mail] = await stack_post.wait_for(1)
        assert (mail.recipients, mail.message["subject"]) == (["rita@shop.example"], "1 to call · Omaha · Mon, Apr 29")
        text, html = (mail.message.get_body((kind,)) for kind in ("plain", "html"))
        assert text is not None
        assert html is not None
        told = " ".join(text.get_content().split())
        for fact in (
            *("1. Acme <Plumbing> & Sons $674.40", "Left 1 product in the cart and has not ordered since."),
            *("Sump pump, 6 × $112.40", "402-555-0111", "buyer@acme.example", "Baker Heating $19.00"),
        ):
            assert fact in told, told

        # The link in the mail: looking (as mail scanners do) changes nothing, posting does.
        [done] = re.findall(r'href="([^"]+/email/t/[^"]+)"[^>]*>Done<', html.get_content())[:1]
        async with httpx.AsyncClient(timeout=20) as rep:
            assert (await rep.get(done)).status_code == httpx.codes.OK
            assert [task["status"] for task in await company.tasks("cart-abandonment", DAY)] == ["open"]
            assert (await rep.post(done)).status_code == httpx.codes.OK

        # email → analytics: the list shows what became of it, and by whom.
        assert (await events.passed("email.task.worked.v1"))["task_key"] == cart["task_key"]
        async with asyncio.timeout(30):
            while await company.tasks("cart-abandonment", DAY):
                pass
        [worked] = await company.tasks("cart-abandonment", DAY, status="all")
        assert (worked["task_key"], worked["status"]) == (cart["task_key"], "done")
