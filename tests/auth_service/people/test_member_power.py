"""Nobody grants what they do not have, and nobody changes who has more than they."""

from typing import Any

import pytest

from common.auth.roles import SCOPES
from tests.auth_service.people.conftest import Office

BEYOND = (403, "urn:branchwise:problem:more-than-own")


async def keeper(office: Office, role: Any = "manager", **rights: Any) -> Any:
    """Somebody who keeps people without being an admin."""
    return await office.hire(role, permissions=["people:admin"], **rights)


@pytest.mark.parametrize(
    "grant",
    [
        {"role": "admin"},
        {"role": "rep", "permissions": ["tenant:admin"]},
        {"role": "analyst", "permissions": ["email:send", "audit:read"]},
    ],
)
async def test_nobody_grants_more_than_they_have(office: Office, grant: dict[str, Any]):
    manager, rep = await keeper(office), await office.hire("rep")
    email = {"email": "new@example.com"}
    for answer in (
        await office.call("POST", "/api/users", manager, json=email | grant),
        await office.call("POST", "/auth/invitations", manager, json=email | grant),
        await office.call("PUT", f"/api/users/{rep.id}", manager, json=grant),
        await office.call("PUT", f"/api/users/{manager.id}", manager, json=grant),
    ):
        assert (answer.status_code, answer.json()["type"]) == BEYOND
    assert (await office.call("GET", "/api/users")).json()["total"] == 3


async def test_what_one_has_may_be_passed_on(office: Office):
    manager, rep = await keeper(office), await office.hire("rep")
    for grant in ({"role": "manager"}, {"role": "rep", "permissions": ["people:admin", "email:send"]}):
        answer = await office.call("PUT", f"/api/users/{rep.id}", manager, json=grant)
        assert answer.status_code == 200, answer.text


async def test_who_has_more_is_neither_changed_nor_removed(office: Office):
    manager = await keeper(office)
    auditor = await office.hire("analyst", permissions=["audit:read"])
    for person in (office.admin, auditor):
        for method, body in (("PUT", {"name": "x"}), ("PUT", {"role": "rep", "permissions": []}), ("DELETE", None)):
            answer = await office.call(method, f"/api/users/{person.id}", manager, json=body)
            assert (answer.status_code, answer.json()["type"]) == BEYOND


async def test_an_invited_admin_is_not_made_less_by_inviting_again(office: Office):
    manager = await keeper(office)
    await office.invite("boss@example.com", role="admin")
    answer = await office.call("POST", "/auth/invitations", manager, json={"email": "boss@example.com", "role": "rep"})
    assert (answer.status_code, answer.json()["type"]) == BEYOND


async def test_a_rep_who_keeps_people_stays_within_the_own_branches(office: Office):
    everything_else = [scope for scope in SCOPES if scope != "people:admin"]
    chief = await office.hire("rep", permissions=["people:admin", *everything_else], branch_codes=["D07"])
    own, other = await office.hire("rep", branch_codes=["D07"]), await office.hire("rep", branch_codes=["D08"])
    for person, body, status in (
        (own, {"name": "Ours"}, 200),
        (own, {"branch_codes": ["D07", "D08"]}, 403),
        (own, {"role": "analyst"}, 403),  # the same scopes, but of every branch
        (other, {"name": "Theirs"}, 403),
        (chief, {"branch_codes": ["D07", "D08"]}, 403),
        (chief, {"role": "admin"}, 403),
    ):
        answer = await office.call("PUT", f"/api/users/{person.id}", chief, json=body)
        assert answer.status_code == status, (body, answer.text)


@pytest.mark.parametrize("role", ["rep", "analyst", "manager"])
async def test_without_people_admin_nothing_is_changed(office: Office, role: Any):
    caller, rep = await office.hire(role), await office.hire("rep")
    team = (await office.call("POST", "/api/teams", json={"name": "North"})).json()["id"]
    invitation = {"email": "a@example.com", "role": "rep"}
    for method, path, body in (
        ("POST", "/api/users", invitation),
        ("PUT", f"/api/users/{rep.id}", {"name": "x"}),
        ("PUT", f"/api/users/{caller.id}", {"role": "admin"}),
        ("DELETE", f"/api/users/{rep.id}", None),
        ("POST", "/auth/invitations", invitation),
        ("GET", "/auth/invitations", None),
        ("POST", "/api/teams", {"name": "South"}),
        ("PUT", f"/api/teams/{team}", {"name": "x"}),
        ("DELETE", f"/api/teams/{team}", None),
    ):
        answer = await office.call(method, path, caller, json=body)
        assert answer.status_code == 403, (method, path)
    for path in ("/api/users", f"/api/users/{rep.id}", "/api/teams", f"/api/teams/{team}"):
        assert (await office.call("GET", path, caller)).status_code == (403 if role == "rep" else 200)


async def test_an_api_key_reads_people_only_with_their_scope_and_changes_none(office: Office):
    for scopes, status in ((["analytics:read"], 403), (["people:admin"], 200)):
        body = {"name": "tool", "scopes": scopes}
        made = await office.call("POST", "/auth/api-keys", json=body)
        assert made.status_code == 201, made.text
        key = {"X-API-Key": made.json()["key"]}
        assert (await office.api.get("/api/users", headers=key)).status_code == status
        for method, path, change in (
            ("POST", "/api/users", {"email": "a@example.com", "role": "rep"}),
            ("PUT", f"/api/users/{office.admin.id}", {"name": "x"}),
            ("DELETE", f"/api/users/{office.admin.id}", None),
            ("POST", "/api/teams", {"name": "x"}),
        ):
            assert (await office.api.request(method, path, headers=key, json=change)).status_code == 403
