import asyncio
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from common.auth.signing_keys import MAX_AGE_SECONDS, KeysNotFetched, SigningKeys, SigningKeysAway


class Publisher:
    """Publishes keys, counts who asks, and keeps a clock that stands until it is moved."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        self.asked = 0
        self.away = False
        self.time = 1000.0

    def add(self) -> str:
        key = OKPKey.generate_key("Ed25519")
        kid = key.thumbprint()
        self.keys.append({**key.as_dict(private=False), "kid": kid})
        return kid

    async def fetch(self) -> list[dict[str, Any]]:
        self.asked += 1
        keys = list(self.keys)
        await asyncio.sleep(0)
        if self.away:
            raise KeysNotFetched
        return keys


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


@pytest.fixture
def keys(publisher: Publisher) -> SigningKeys:
    return SigningKeys(publisher.fetch, lambda: publisher.time)


async def test_a_flood_of_unknown_key_ids_costs_one_fetch_in_five_seconds(publisher: Publisher, keys: SigningKeys):
    kid = publisher.add()
    for _ in range(3):
        found = await asyncio.gather(*(keys.key(f"invented-{number}") for number in range(500)))
        assert set(found) == {None}
        assert await keys.key(kid) is not None
        publisher.time += 5.1
    assert publisher.asked == 3


async def test_a_new_key_is_found_as_soon_as_it_is_asked_for(publisher: Publisher, keys: SigningKeys):
    await keys.key(publisher.add())
    publisher.time += 6
    assert await keys.key(publisher.add()) is not None


async def test_a_key_that_is_no_longer_published_is_dropped_within_a_minute(publisher: Publisher, keys: SigningKeys):
    kid = publisher.add()
    assert await keys.key(kid) is not None
    publisher.keys.clear()
    publisher.time += MAX_AGE_SECONDS
    assert await keys.key(kid) is None


async def test_an_outage_of_the_publisher_leaves_the_known_keys_valid(publisher: Publisher, keys: SigningKeys):
    kid = publisher.add()
    assert await keys.key(kid) is not None
    publisher.away = True
    publisher.time += 3600
    assert await keys.key(kid) is not None


async def test_without_any_answer_yet_no_token_can_be_judged(publisher: Publisher, keys: SigningKeys):
    publisher.away = True
    with pytest.raises(SigningKeysAway):
        await keys.key("any")


async def test_a_withdrawn_key_is_gone_at_once_and_its_successor_there(publisher: Publisher, keys: SigningKeys):
    old = publisher.add()
    assert await keys.key(old) is not None
    new = publisher.add()
    keys.withdraw([old])
    assert await keys.key(old) is None, "though it is still published"
    assert await keys.key(new) is not None, "though the last fetch was just now"


async def test_a_key_withdrawn_while_it_is_fetched_stays_out(publisher: Publisher, keys: SigningKeys):
    old = publisher.add()
    fetching = asyncio.create_task(keys.key(old))
    while not publisher.asked:
        await asyncio.sleep(0)
    keys.withdraw([old])
    assert await fetching is None
