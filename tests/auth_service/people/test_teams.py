from typing import Any
from uuid import uuid4

import pytest

from tests.auth_service.people.conftest import Office


async def team_of(office: Office, **body: Any) -> dict[str, Any]:
    answer = await office.call("POST", "/api/teams", json={"name": "North", **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_team_has_a_name_an_owner_members_and_settings(office: Office):
    rep = await office.hire("rep")
    settings = {"colour": "blue", "targets": [1, 2.5, None], "deep": {"x": "é"}}
    team = await team_of(office, owner_id=office.admin.id, member_ids=[rep.id, rep.id], settings=settings)
    assert (team["name"], team["owner_id"], team["member_ids"]) == ("North", office.admin.id, [rep.id])
    assert team["settings"] == settings
    assert (await office.call("GET", f"/api/teams/{team['id']}")).json() == team
    assert (await office.call("GET", "/api/teams")).json()["data"] == [team]
    assert (await office.member(rep.id))["team_id"] == team["id"]


async def test_a_change_touches_what_it_names(office: Office):
    rep = await office.hire("rep")
    team = await team_of(office, member_ids=[rep.id], owner_id=rep.id, settings={"a": 1, "b": 2})
    for change in (
        {"name": "South"},
        {"settings": {"a": 3}},
        {"owner_id": None},
        {"member_ids": [office.admin.id]},
        {},
    ):
        changed = await office.call("PUT", f"/api/teams/{team['id']}", json=change)
        assert changed.status_code == 200
        assert changed.json() == team | change
        team = changed.json()
    assert (await office.member(rep.id))["team_id"] is None


async def test_nobody_is_in_two_teams(office: Office):
    rep = await office.hire("rep")
    north = await team_of(office, member_ids=[rep.id])
    south = await team_of(office, name="South", member_ids=[rep.id])
    assert (await office.call("GET", f"/api/teams/{north['id']}")).json()["member_ids"] == []
    moved = await office.call("PUT", f"/api/users/{rep.id}", json={"team_id": north["id"]})
    assert moved.json()["team_id"] == north["id"]
    assert (await office.call("GET", f"/api/teams/{south['id']}")).json()["member_ids"] == []


async def test_a_deleted_team_frees_its_members(office: Office):
    rep = await office.hire("rep")
    team = await team_of(office, member_ids=[rep.id])
    assert (await office.call("DELETE", f"/api/teams/{team['id']}")).status_code == 204
    assert (await office.member(rep.id))["team_id"] is None
    for method in ("GET", "DELETE"):
        assert (await office.call(method, f"/api/teams/{team['id']}")).status_code == 404


@pytest.mark.parametrize("place", ["member_ids", "owner_id"])
async def test_who_has_more_is_neither_put_into_a_team_nor_taken_out(office: Office, place: str):
    keeper, manager, rep = (
        await office.hire("analyst", permissions=["people:admin"]),
        await office.hire("manager"),
        await office.hire("rep"),
    )

    def body(account_id: str) -> dict[str, Any]:
        return {place: [account_id] if place == "member_ids" else account_id}

    theirs, own = await team_of(office, **body(manager.id)), await team_of(office, **body(rep.id))
    for method, path, change in (
        ("POST", "/api/teams", {"name": "South"} | body(manager.id)),
        ("POST", "/api/teams", {"name": "South"} | body(office.admin.id)),
        ("PUT", f"/api/teams/{own['id']}", body(manager.id)),
        ("PUT", f"/api/teams/{theirs['id']}", body(rep.id)),
        ("PUT", f"/api/teams/{theirs['id']}", {place: [] if place == "member_ids" else None}),
        ("DELETE", f"/api/teams/{theirs['id']}", None),
    ):
        answer = await office.call(method, path, keeper, json=change)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:branchwise:problem:more-than-own"), (
            path,
            change,
        )
    assert (await office.call("GET", "/api/teams")).json()["total"] == 2
    for team in (theirs, own):
        assert (await office.call("GET", f"/api/teams/{team['id']}")).json() == team
    # What moves nobody who has more is theirs to do.
    renamed = await office.call("PUT", f"/api/teams/{theirs['id']}", keeper, json={"name": "East"} | body(manager.id))
    assert (renamed.status_code, renamed.json()[place]) == (200, theirs[place])
    assert (await office.call("DELETE", f"/api/teams/{own['id']}", keeper)).status_code == 204


async def test_people_of_another_tenant_are_as_unknown_as_nobody(office: Office, elsewhere: Office):
    stranger, team = await elsewhere.hire("rep"), await team_of(office)
    for field, wrong in (("owner_id", [stranger.id, str(uuid4())]), ("member_ids", [[stranger.id], [str(uuid4())]])):
        for method, path in (("POST", "/api/teams"), ("PUT", f"/api/teams/{team['id']}")):
            answers = [await office.call(method, path, json={"name": "x", field: one}) for one in wrong]
            assert {answer.status_code for answer in answers} == {422}
            said = [answer.json() | {"request_id": ""} for answer in answers]
            assert said[0] == said[1]
            assert said[0]["errors"][0]["field"] == field
    assert (await elsewhere.member(stranger.id))["team_id"] is None


async def test_a_team_of_another_tenant_is_as_unknown_as_none(office: Office, elsewhere: Office):
    theirs, rep = await team_of(elsewhere), await office.hire("rep")
    for method, body in (("GET", None), ("PUT", {"name": "x"}), ("DELETE", None)):
        assert (await office.call(method, f"/api/teams/{theirs['id']}", json=body)).status_code == 404
    joined = await office.call("PUT", f"/api/users/{rep.id}", json={"team_id": theirs["id"]})
    assert joined.status_code == 422
    assert (await elsewhere.call("GET", f"/api/teams/{theirs['id']}")).json() == theirs


@pytest.mark.parametrize(
    "wrong",
    [
        '{"name": ""}',
        '{"name": "a\\u0000"}',
        '{"name": null}',
        '{"settings": []}',
        '{"settings": {"a": "\\u0000"}}',
        '{"settings": {"a": "\\ud800"}}',
        '{"settings": {"a": "%s"}}' % ("x" * 17_000),
        '{"settings": {"a": %s}}' % ("[" * 5_000 + "]" * 5_000),
        '{"settings": {"a": %s}}' % ("[" * 300 + "]" * 300),
        '{"tenant_id": "x"}',
        '{"id": "x"}',
        '{"member_ids": ["x"]}',
    ],
)
async def test_what_cannot_be_kept_is_refused(office: Office, wrong: str):
    team = await team_of(office, settings={"kept": True})
    json_type = {"Content-Type": "application/json"} | office.admin.headers
    answer = await office.api.put(f"/api/teams/{team['id']}", content=wrong, headers=json_type)
    assert answer.status_code in (400, 422), answer.text
    assert (await office.call("GET", f"/api/teams/{team['id']}")).json() == team


async def test_every_change_of_a_team_is_audited(office: Office):
    team = await team_of(office)
    await office.call("PUT", f"/api/teams/{team['id']}", json={"name": "South"})
    await office.call("PUT", f"/api/teams/{team['id']}", json={"name": "South"})
    await office.call("DELETE", f"/api/teams/{team['id']}")
    written = await office.rows.fetch(
        "select payload->>'action' as action from auth.outbox where payload->>'target' = $1 order by occurred_at",
        team["id"],
    )
    assert [row["action"] for row in written] == ["team.created", "team.changed", "team.removed"]
