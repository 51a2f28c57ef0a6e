from uuid import UUID, uuid4

import pytest

from common.audit import NO_TENANT
from common.auth.caller import Caller
from common.events.contracts.audit_entry_recorded import AuditEntryRecorded
from common.refusals import MOST_IN_ALL, MOST_OF_A_TENANT, SAME_AGAIN_SECONDS, Refusal, Refusals

TENANT = UUID(int=7)
MISSING = Refusal("scope-missing", "this needs the scope tenant:admin", "GET /auth/api-keys", "192.0.2.1", "r1")


class Clock:
    def __init__(self) -> None:
        self.moment = 1000.0

    def __call__(self) -> float:
        return self.moment


def somebody(tenant_id: UUID | None = TENANT) -> Caller:
    account = uuid4()
    return Caller("account", account, f"{account}@example.com", tenant_id)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def refusals(clock: Clock) -> Refusals:
    return Refusals("data", clock)


def told(refusals: Refusals, *, ending: bool = False) -> list[tuple[UUID, AuditEntryRecorded]]:
    taken = [(one.tenant_id, one.data) for one in refusals.take(ending=ending)]
    return [(tenant_id, entry) for tenant_id, entry in taken if isinstance(entry, AuditEntryRecorded)]


def test_the_first_refusal_is_told_at_once_with_all_that_is_known(refusals: Refusals):
    caller = somebody()
    refusals.note(caller, MISSING)
    [(tenant_id, entry)] = told(refusals)
    assert tenant_id == TENANT
    assert (entry.action, entry.outcome, entry.service, entry.count) == ("access.refused", "refused", "data", 1)
    assert (entry.actor_kind, entry.actor_id, entry.actor) == ("account", caller.id, caller.name)
    assert (entry.target, entry.address) == ("GET /auth/api-keys", "192.0.2.1")
    assert entry.detail == {"because": "scope-missing", "reason": "this needs the scope tenant:admin"}
    assert told(refusals) == []


def test_the_same_again_is_counted_and_told_after_ten_minutes(refusals: Refusals, clock: Clock):
    caller = somebody()
    refusals.note(caller, MISSING)
    told(refusals)
    for _ in range(5000):
        refusals.note(caller, MISSING)
    clock.moment += SAME_AGAIN_SECONDS - 1
    assert told(refusals) == []
    clock.moment += 1
    [(_, entry)] = told(refusals)
    assert entry.count == 5000


def test_what_was_not_told_yet_is_told_at_the_end(refusals: Refusals):
    caller = somebody()
    refusals.note(caller, MISSING)
    told(refusals)
    refusals.note(caller, MISSING)
    [(_, entry)] = told(refusals, ending=True)
    assert entry.count == 1


def test_whoever_belongs_to_no_tenant_here_stands_in_the_operators_log(refusals: Refusals):
    refusals.note(somebody(None), MISSING)
    [(tenant_id, _)] = told(refusals)
    assert tenant_id == NO_TENANT


def test_a_flood_fills_neither_the_log_nor_another_tenants_part_of_it(refusals: Refusals):
    for _ in range(5 * MOST_OF_A_TENANT):
        refusals.note(somebody(), MISSING)
    quiet = UUID(int=8)
    refusals.note(somebody(quiet), MISSING)
    entries = told(refusals)
    assert [tenant_id for tenant_id, _ in entries].count(TENANT) == MOST_OF_A_TENANT + 1
    assert sum(entry.count for tenant_id, entry in entries if tenant_id == TENANT) == 5 * MOST_OF_A_TENANT
    [lumped] = [entry for _, entry in entries if not entry.actor]
    assert lumped.count == 4 * MOST_OF_A_TENANT
    [(_, alone)] = [one for one in entries if one[0] == quiet]
    assert alone.actor


def test_a_flood_in_every_tenant_does_not_fill_the_memory(refusals: Refusals):
    tenants = [UUID(int=number) for number in range(1, 151)]
    for tenant_id in tenants:
        for _ in range(MOST_OF_A_TENANT):
            refusals.note(somebody(tenant_id), MISSING)
    assert len(refusals) <= MOST_IN_ALL + len(tenants)
    assert sum(entry.count for _, entry in told(refusals)) == len(tenants) * MOST_OF_A_TENANT


def test_what_has_not_come_again_is_forgotten(refusals: Refusals, clock: Clock):
    for _ in range(3 * MOST_OF_A_TENANT):
        refusals.note(somebody(), MISSING)
    told(refusals)
    clock.moment += SAME_AGAIN_SECONDS
    told(refusals)
    assert len(refusals) == 0
    refusals.note(somebody(), MISSING)
    [(_, entry)] = told(refusals)
    assert entry.actor
