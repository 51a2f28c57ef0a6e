"""What Google refuses is said in plain words, and only what may pass is tried again."""

from datetime import timedelta

import pytest

from services.data_service.sources.ga4 import google_client
from services.data_service.sources.ga4.client import Ga4Client
from services.data_service.sources.vendor import NeedsAttention, VendorAway
from services.data_service.store.syncs.sources import was_read
from tests.data_service.ga4.property import DIMENSIONS, FIRST, Property, days
from tests.standins.ga4.faults import DEADLINE_EXCEEDED, PERMISSION_DENIED, UNAUTHENTICATED

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_token_that_runs_out_in_the_middle_is_renewed_once(shop: Property) -> None:
    three = [FIRST + timedelta(days=number) for number in range(3)]
    for day in three:
        shop.happens(day, "10:00", "page_view")
    shop.google.faults.fail(UNAUTHENTICATED, after=1)
    await shop.run(days=days(3))
    assert await shop.days_stored() == three


async def test_credentials_that_are_refused_again_need_a_person(shop: Property) -> None:
    shop.google.faults.fail(UNAUTHENTICATED, times=2)
    asked = shop.google.faults.calls.get("BatchRunReports", 0)
    with pytest.raises(NeedsAttention, match="refuses the credentials"):
        await shop.run(days=days(3))
    assert shop.google.faults.calls["BatchRunReports"] == asked + 2


async def test_a_property_without_permission_needs_a_person_and_was_never_read(shop: Property) -> None:
    shop.google.faults.fail(PERMISSION_DENIED)
    with pytest.raises(NeedsAttention, match="Property access management"):
        await shop.run()
    # (it may have been mistyped, and can be put right)
    async with shop.data.context.db.tenant(shop.company.tenant_id) as connection:
        assert not await was_read(connection, shop.company.tenant_id, shop.source_id)


async def test_an_unknown_dimension_is_named(shop: Property) -> None:
    await shop.set_config(custom_dimensions=DIMENSIONS | {"colour": "customEvent:colour"})
    with pytest.raises(NeedsAttention, match=r"dimension customEvent:colour .* Register it"):
        await shop.run(days=days(1))


async def test_an_answer_that_takes_too_long_is_an_outage(shop: Property) -> None:
    shop.google.faults.fail(DEADLINE_EXCEEDED)
    with pytest.raises(VendorAway, match="in time"):
        await shop.run(days=days(1))


async def test_nobody_waits_longer_for_an_answer_than_a_call_may_take(
    shop: Property, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google_client, "_SECONDS", 0.2)
    monkeypatch.setattr(shop.google.faults, "slow_by", 0.6)
    with pytest.raises(VendorAway, match="in time"):
        await shop.run(days=days(1))
    async with Ga4Client(shop.held.property_id, shop.google.endpoint, "") as client:
        with pytest.raises(VendorAway, match="in time"):
            await client.known_names()


@pytest.mark.parametrize("key", ["", "{}", "not json", '{"client_email": "a@b", "private_key": "no key"}'])
async def test_what_is_no_key_file_needs_a_person_before_google_is_called(key: str) -> None:
    async with Ga4Client("1", "", key) as client:
        with pytest.raises(NeedsAttention, match="not a service account's key"):
            await client.known_names()
