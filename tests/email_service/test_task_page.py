"""The page behind a task's link."""

from datetime import date
from typing import Any

import httpx
import pytest

from common.http.context import ServiceContext
from common.testing.cluster import MigratedDatabase
from common.testing.smtp import ReceivedMail
from services.email_service.api import task_page
from services.email_service.domain import work_tasks
from tests.email_service.links import action_path, press
from tests.email_service.shop import Shop, fill_omaha, open_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")
SUMMIT = "Summit &lt;Mechanical&gt; &amp; Sons"


@pytest.fixture(autouse=True)
def _nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction] -- pytest uses it
    """No analytics service runs beside these tests: waiting for it would only take time."""
    monkeypatch.setattr(work_tasks, "WAIT_SECONDS", 0.01)


async def worked(shop: Shop) -> list[Any]:
    """What the service told the others of tasks, oldest first."""
    rows = await shop.writer.fetch(
        "select payload ->> 'kind' as kind, payload ->> 'status' as status, payload ->> 'note' as note,"
        " payload ->> 'snooze_until' as snooze_until, payload ->> 'worked_by' as worked_by"
        " from email.outbox where tenant_id = $1 and event_type = 'email.task.worked.v1'"
        " order by occurred_at, payload ->> 'kind'",
        shop.tenant_id,
    )
    return [dict(row) for row in rows]


async def test_looking_at_a_link_changes_nothing(mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop) -> None:
    labels = ("Done", "Snooze", "Not reached", "Not mine")
    pages = [await email.get(action_path(mail, SUMMIT, label)) for label in labels]

    assert [page.status_code for page in pages] == [200] * 4
    assert "Mark Summit &lt;Mechanical&gt; &amp; Sons as done?" in pages[0].text
    assert await worked(shop) == []
    assert await shop.writer.fetchval("select count(*) from email.task_action") == 0


async def test_the_button_marks_all_tasks_of_the_customer(
    mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop
) -> None:
    path = action_path(mail, SUMMIT, "Done")
    page = await email.get(path)
    answer = await press(email, path, page.text, note="spoke to Ann")

    assert answer.status_code == 200
    assert "Marked as done" in answer.text
    assert "Delta Electric 503, +1-555-0166" in answer.text
    told = await worked(shop)
    assert [(row["kind"], row["status"], row["note"]) for row in told] == [
        ("cart-abandonment", "done", "spoke to Ann"),
        ("repeat-visits", "done", "spoke to Ann"),
        ("search-analysis", "done", "spoke to Ann"),
    ]
    assert {row["worked_by"] for row in told} == {"kim@northline.example"}


async def test_only_the_ticked_tasks_are_worked(mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop) -> None:
    path = action_path(mail, SUMMIT, "Not reached")
    page = await email.get(path)
    answer = await press(email, path, page.text, task=["2"])

    assert "2 of 3 stay as they were" in answer.text
    assert [(row["kind"], row["status"]) for row in await worked(shop)] == [("search-analysis", "not_reached")]


async def test_a_snooze_names_its_day(
    mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (task_page, work_tasks):
        monkeypatch.setattr(module, "now", lambda: shop.at("8:12", date(2024, 4, 30)))
    path = action_path(mail, "Delta Electric 503", "Snooze")
    page = await email.get(path)
    answer = await press(email, path, page.text, days="3")

    assert "In 3 days, Friday, May 3" in page.text
    assert "Snoozed until Friday, May 3" in answer.text
    assert "on Tuesday, April 30, at 8:12" in answer.text
    assert [(row["status"], row["snooze_until"]) for row in await worked(shop)] == [("snoozed", "2024-05-03")]


async def test_not_mine_says_so_in_the_note(mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop) -> None:
    path = action_path(mail, "Anchor Supply 323", "Not mine")
    page = await email.get(path)
    await press(email, path, page.text, note="belongs to Lincoln")

    [told] = await worked(shop)
    assert (told["kind"], told["status"], told["note"]) == ("purchases", "dismissed", "Not mine: belongs to Lincoln")


async def test_a_post_without_a_form_does_what_the_link_says(
    mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop
) -> None:
    answer = await email.post(action_path(mail, "Delta Electric 503", "Done"))

    assert answer.status_code == 200
    assert [(row["kind"], row["status"]) for row in await worked(shop)] == [("repeat-visits", "done")]


async def test_nothing_ticked_asks_again(mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop) -> None:
    path = action_path(mail, SUMMIT, "Done")
    page = await email.get(path)
    answer = await press(email, path, page.text, task=[])

    assert answer.status_code == 422
    assert "Choose at least one of them." in answer.text
    assert await worked(shop) == []


async def test_a_number_that_is_no_tasks_of_the_page_works_nothing(
    mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop
) -> None:
    answer = await email.post(action_path(mail, SUMMIT, "Done"), data={"task": "9" * 5000})

    assert answer.status_code == 422
    assert await worked(shop) == []


async def test_undo_puts_back_what_was_there_once(mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop) -> None:
    path = action_path(mail, "Delta Electric 503", "Done")
    saved = await email.post(path)
    undone = await press(email, path, saved.text)
    await press(email, path, saved.text)

    assert "Undone" in undone.text
    assert [row["status"] for row in await worked(shop)] == ["done", "open"]


async def test_an_undo_from_another_customers_page_changes_nothing(
    mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop
) -> None:
    await email.post(action_path(mail, "Delta Electric 503", "Done"))
    action_id = await shop.writer.fetchval("select action_id from email.task_action")
    await email.post(action_path(mail, SUMMIT, "Done"), data={"undo": str(action_id)})

    assert [row["status"] for row in await worked(shop)] == ["done"]
    assert await shop.writer.fetchval("select undone_at from email.task_action") is None


@pytest.mark.parametrize("status", ["dismissed", "open"])
async def test_an_undo_does_not_overwrite_what_somebody_else_did_since(
    mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop, status: str
) -> None:
    path = action_path(mail, "Delta Electric 503", "Done")
    saved = await email.post(path)
    await shop.writer.execute(
        "insert into analytics.task_status (tenant_id, kind, task_key, status, worked_by, worked_at)"
        " select tenant_id, kind, task_key, $1, 'ann@northline.example', now() from email.task_action",
        status,
    )
    refused = await press(email, path, saved.text)

    assert refused.status_code == 409
    assert "ann@northline.example already marked this as" in refused.text
    assert [row["status"] for row in await worked(shop)] == ["done"]


async def test_what_the_rep_did_before_is_shown_and_may_be_chosen_anew(
    mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop
) -> None:
    path = action_path(mail, "Delta Electric 503", "Snooze")
    await email.post(action_path(mail, "Delta Electric 503", "Done"))
    await shop.writer.execute(
        "insert into analytics.task_status (tenant_id, kind, task_key, status, worked_by, worked_at)"
        " select tenant_id, kind, task_key, status, worked_by, worked_at from email.task_action",
    )
    page = await email.get(path)
    answer = await press(email, path, page.text)

    assert "You already marked this as done on " in page.text
    assert "What you choose now replaces that." in page.text
    assert answer.status_code == 200
    assert [row["status"] for row in await worked(shop)] == ["done", "snoozed"]


async def test_a_page_of_which_one_task_was_worked_says_that_it_was_a_part(
    mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop
) -> None:
    path = action_path(mail, SUMMIT, "Done")
    await email.post(path, data={"task": "2"})
    await shop.writer.execute(
        "insert into analytics.task_status (tenant_id, kind, task_key, status, worked_by, worked_at)"
        " select tenant_id, kind, task_key, status, worked_by, worked_at from email.task_action",
    )
    assert "You already marked part of this as done on " in (await email.get(path)).text


async def test_what_somebody_else_did_is_shown_and_not_overwritten(
    mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop
) -> None:
    path = action_path(mail, "Delta Electric 503", "Done")
    page = await email.get(path)
    key = await shop.writer.fetchval("select task_key from email.report_task where user_key = 'u503'")
    await shop.writer.execute(
        "insert into analytics.task_status (tenant_id, kind, task_key, status, worked_by, worked_at)"
        " values ($1, 'repeat-visits', $2, 'done', 'ann@northline.example', now())",
        shop.tenant_id,
        key,
    )
    refused = await press(email, path, page.text)
    shown = await email.get(path)
    told = await worked(shop)
    insisted = await press(email, path, refused.text)

    assert refused.status_code == 409
    assert "ann@northline.example already marked this as done" in refused.text
    assert "ann@northline.example already marked this as done" in shown.text
    assert told == []
    assert insisted.status_code == 200
    assert [row["status"] for row in await worked(shop)] == ["done"]


async def test_a_link_that_is_unknown_or_too_old_says_so_and_does_nothing(
    mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop
) -> None:
    path = action_path(mail, "Delta Electric 503", "Done")
    unknown = [await email.get("/email/t/abc"), await email.post(path[:-3] + "xyd")]
    await shop.writer.execute("update email.link set expires_at = now() - interval '1 second'")
    old = [await email.get(path), await email.post(path)]

    assert [page.status_code for page in unknown] == [404, 404]
    assert "does not lead anywhere" in unknown[0].text
    assert [page.status_code for page in old] == [410, 410]
    assert "too old" in old[0].text
    assert await worked(shop) == []


async def test_pages_forbid_scripts_frames_and_following(mail: ReceivedMail, email: httpx.AsyncClient) -> None:
    page = await email.get(action_path(mail, SUMMIT, "Done"))

    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert page.headers["Cache-Control"] == "no-store"
    assert "<script" not in page.text


async def test_a_note_with_markup_is_only_text(mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop) -> None:
    path = action_path(mail, "Delta Electric 503", "Done")
    page = await email.get(path)
    again = await press(email, path, page.text, task=[], note='"><script>alert(1)</script>')

    assert "<script" not in again.text
    assert await worked(shop) == []


async def test_a_tenants_link_never_reaches_another_tenant(
    mail: ReceivedMail, email: httpx.AsyncClient, shop: Shop, database: MigratedDatabase
) -> None:
    async with open_shop(database, "Southline Supply") as other:
        await fill_omaha(other)
        await email.post(action_path(mail, "Delta Electric 503", "Done"))
        told = await worked(shop)
        others = await worked(other)

    assert len(told) == 1
    assert others == []


async def test_the_look_up_of_a_link_opens_that_link_only(
    mail: ReceivedMail, context: ServiceContext, shop: Shop
) -> None:
    del mail
    hashes = [row["token_hash"] for row in await shop.writer.fetch("select token_hash from email.link")]
    async with context.db.lookup("email_link") as connection:
        without = await connection.fetch("select token_hash from email.link")
        await connection.execute("select set_config('app.token_hash', $1, true)", hashes[0].hex())
        with_one = await connection.fetch("select token_hash from email.link")

    assert len(hashes) > 1
    assert without == []
    assert [row["token_hash"] for row in with_one] == hashes[:1]
