"""Each service, called past the gateway, refuses what the gateway would: every call that it has or will have."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from common.auth.roles import SCOPES, SCOPES_OF_ROLE
from common.auth.service_tokens import service_token
from common.http.require import signed_in
from common.settings import SERVICES_WITH_DATABASE
from tests.access.operations import Operation, operations_of
from tests.access.running import System

pytestmark = [pytest.mark.xdist_group("access"), pytest.mark.asyncio(loop_scope="module")]

FEWEST = {"auth": 40, "data": 9, "email": 12, "analytics": 8, "insights": 14, "realtime": 1}
# So far this one answers nothing but what every service does.
WITHOUT_OWN_CALLS = ("realtime",)
# Calls of which some or all are a person's alone; elsewhere a key may do what its scopes allow.
FOR_PEOPLE = {"auth": 20}
every_service = pytest.mark.parametrize("service", SERVICES_WITH_DATABASE)


def closed(system: System, service: str) -> list[Operation]:
    """Every call that the contract does not leave open."""
    found = operations_of(system.apps[service])
    assert len(found) >= FEWEST[service]
    asked = [operation for operation in found if not operation.is_open]
    assert asked or service in WITHOUT_OWN_CALLS
    return asked


def of_tenant(system: System, service: str) -> list[Operation]:
    """Every call that is made in a tenant."""
    found = [operation for operation in closed(system, service) if operation.of_tenant is not None]
    assert found or service in WITHOUT_OWN_CALLS
    return found


async def call(
    system: System, service: str, operation: Operation, headers: dict[str, str] | list[tuple[str, str]]
) -> httpx.Response:
    """Make a call with a body that would do for nothing."""
    body: dict[str, Any] = {} if operation.method == "GET" else {"json": {}}
    return await system.client.request(
        operation.method, system.urls[service] + operation.url(system.tenant_id), headers=headers, **body
    )


def refused(answer: httpx.Response, operation: Operation, status: int, *types: str) -> None:
    assert answer.status_code == status, f"{operation}: {answer.status_code} {answer.text[:300]}"
    assert answer.headers["Content-Type"] == "application/problem+json", operation
    if types:
        assert answer.json()["type"].removeprefix("urn:branchwise:problem:") in types, (operation, answer.text)
    if status == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer"), operation


@every_service
async def test_what_a_service_describes_is_what_it_routes(system: System, service: str):
    document = system.apps[service].openapi()
    described = {
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method in methods
        if not path.startswith("/health/")
    }
    assert described == {str(operation) for operation in operations_of(system.apps[service])}


@every_service
async def test_an_api_key_is_offered_where_one_can_be_taken_and_nowhere_else(system: System, service: str):
    paths = system.apps[service].openapi()["paths"]
    for operation in closed(system, service):
        offered = {
            scheme for way in paths[operation.path][operation.method.lower()].get("security", []) for scheme in way
        }
        asks = operation.of_tenant
        is_taken = asks is not None and not asks.refuses_keys(operation.method)
        assert ("API key" in offered) == (is_taken or operation.path == "/auth/caller"), operation
        assert offered or operation.path.startswith("/auth/operator/"), operation


@every_service
async def test_every_call_but_the_contracts_open_ones_asks_who_calls(system: System, service: str):
    for operation in closed(system, service):
        refused(await call(system, service, operation, {}), operation, 401)


@every_service
async def test_garbage_is_nobodys_token_or_key(system: System, service: str):
    for operation in closed(system, service):
        for headers in (
            {"Authorization": "Bearer garbage"},
            {"Authorization": "Bearer a.b.c"},
            {"Authorization": f"Bearer {system.forger.unsigned('none')}"},
            {"X-API-Key": "garbage"},
            {"X-Operator-Key": "garbage"},
        ):
            refused(await call(system, service, operation, headers), operation, 401)


async def test_the_operators_calls_take_no_persons_token_and_no_key(system: System):
    found = [operation for operation in closed(system, "auth") if operation.path.startswith("/auth/operator/")]
    assert len(found) >= 4
    for operation in found:
        for headers in (system.token(), await system.machine(*SCOPES)):
            refused(await call(system, "auth", operation, headers), operation, 401, "operator-key-refused")


async def test_the_operators_key_opens_nothing_else(system: System):
    for service in SERVICES_WITH_DATABASE:
        for operation in closed(system, service):
            if not operation.path.startswith("/auth/operator/"):
                headers = {"X-Operator-Key": system.operator_key}
                refused(await call(system, service, operation, headers), operation, 401)


@every_service
async def test_a_session_that_has_ended_opens_nothing(system: System, service: str):
    for operation in closed(system, service):
        if not operation.path.startswith("/auth/operator/"):
            headers = system.token(system.forger.ended)
            refused(await call(system, service, operation, headers), operation, 401, "session-ended")


@every_service
async def test_who_is_not_a_member_is_refused_in_the_tenant(system: System, service: str):
    stranger = system.token(await system.stranger())
    theirs = {"X-Tenant-Id": str(system.tenant_id)}
    machine = await system.machine(*SCOPES)
    for operation in of_tenant(system, service):
        refused(await call(system, service, operation, {**stranger, **theirs}), operation, 403, "not-a-member")
        nobodys = {**machine, "X-Tenant-Id": "00000000-0000-0000-0000-000000000000"}
        refused(await call(system, service, operation, nobodys), operation, 403, "not-a-member")


async def test_who_is_not_a_member_changes_no_tenant_that_the_path_names(system: System):
    stranger = system.token(await system.stranger())
    for method, path in (("PATCH", "/auth/tenants/"), ("PUT", "/api/organizations/")):
        url = f"{system.urls['auth']}{path}{system.tenant_id}"
        answer = await system.client.request(method, url, json={"name": "taken over"}, headers=stranger)
        assert answer.status_code == 403, answer.text


@every_service
async def test_the_tenant_header_stands_once_and_is_a_uuid(system: System, service: str):
    tenant = str(system.tenant_id)
    for credential in (system.token(), await system.machine(*SCOPES)):
        for operation in of_tenant(system, service):
            for values in (
                [tenant, tenant],
                [tenant, ""],
                [""],
                ["nonsense"],
                [f"{tenant},{tenant}"],
                [f"{tenant}x"],
                [f"{{{tenant}}}"],
                [f"urn:uuid:{tenant}"],
                [tenant.replace("-", "")],
                ["'; drop table auth.tenant; --"],
            ):
                headers = [*credential.items(), *(("X-Tenant-Id", value) for value in values)]
                refused(await call(system, service, operation, headers), operation, 400, "tenant-header-invalid")
            mixed = [*credential.items(), ("x-TENANT-id", tenant), ("X-tenant-ID", tenant)]
            refused(await call(system, service, operation, mixed), operation, 400, "tenant-header-invalid")


@every_service
async def test_a_role_that_does_not_reach_is_refused(system: System, service: str):
    roles = ("rep", "analyst", "manager")
    people = {role: system.token(await system.person(role)) for role in roles}
    tried = 0
    for operation in of_tenant(system, service):
        asks = operation.of_tenant
        assert asks is not None
        for role in roles:
            if not SCOPES_OF_ROLE[role].issuperset(asks.scopes):
                refused(await call(system, service, operation, people[role]), operation, 403, "scope-missing")
                tried += 1
    assert tried or service in WITHOUT_OWN_CALLS


@every_service
async def test_a_key_without_the_scope_is_refused_and_one_with_it_is_not(system: System, service: str):
    lacking = {scope: await system.machine(*(other for other in SCOPES if other != scope)) for scope in SCOPES}
    holding = {scope: await system.machine(scope) for scope in SCOPES}
    tried = 0
    for operation in of_tenant(system, service):
        asks = operation.of_tenant
        assert asks is not None
        for scope in asks.scopes:
            refused(await call(system, service, operation, lacking[scope]), operation, 403, "scope-missing")
        if len(asks.scopes) == 1 and operation.method == "GET":
            answer = await call(system, service, operation, holding[asks.scopes[0]])
            assert answer.status_code not in (401, 403), (operation, answer.text)
            tried += 1
    assert tried or service in WITHOUT_OWN_CALLS


@every_service
async def test_no_key_does_what_only_a_person_may(system: System, service: str):
    machine = await system.machine(*SCOPES)
    tried = 0
    for operation in closed(system, service):
        asks = operation.of_tenant
        if asks is not None and asks.refuses_keys(operation.method):
            refused(await call(system, service, operation, machine), operation, 403, "person-needed")
        elif operation.asks is signed_in:
            refused(await call(system, service, operation, machine), operation, 401)
        else:
            continue
        tried += 1
    assert tried >= FOR_PEOPLE.get(service, 0)


@every_service
async def test_a_key_and_a_token_at_once_are_refused(system: System, service: str):
    both = {**system.token(), **await system.machine(*SCOPES)}
    for operation in closed(system, service):
        refused(await call(system, service, operation, both), operation, 401)


async def test_a_key_that_was_revoked_or_has_expired_opens_nothing_anywhere(system: System):
    for column in ("revoked_at = now()", "expires_at = now()"):
        machine = await system.machine(*SCOPES)
        await system.alter_key(machine, column)
        for service in SERVICES_WITH_DATABASE:
            for operation in of_tenant(system, service):
                refused(await call(system, service, operation, machine), operation, 401, "api-key-refused")


def as_service(system: System, asked: str) -> dict[str, str]:
    """Headers of the insights service, which calls another by itself."""
    return {"Authorization": f"Service {service_token(system.settings, 'insights', asked, system.tenant_id)}"}


@every_service
async def test_a_service_that_calls_another_reads_figures_there_and_nothing_else(system: System, service: str):
    headers = as_service(system, service)
    for operation in closed(system, service):
        asks = operation.of_tenant
        answer = await call(system, service, operation, headers)
        if asks is None or service == "auth":
            refused(answer, operation, 401)
        elif not {"analytics:read"}.issuperset(asks.scopes):
            refused(answer, operation, 403, "scope-missing")
        elif operation.method == "GET":
            assert answer.status_code not in (401, 403), (operation, answer.text)
        else:
            refused(answer, operation, 403, "service-reads-only")
        gateway = await call(system, "gateway", operation, headers)
        assert gateway.status_code == 401 or operation.path.startswith("/auth/"), (operation, gateway.text)


async def test_a_service_token_is_for_one_service_one_tenant_and_one_minute(
    system: System, monkeypatch: pytest.MonkeyPatch
):
    operation = next(one for one in of_tenant(system, "analytics") if one.path == "/analytics/locations")

    async def is_refused(headers: dict[str, str], status: int = 401, *types: str) -> None:
        refused(await call(system, "analytics", operation, headers), operation, status, *types)

    good = as_service(system, "analytics")
    assert (await call(system, "analytics", operation, good)).status_code == 200
    assert (await call(system, "analytics", operation, {**good, "X-Tenant-Id": str(system.tenant_id)})).is_success
    theirs = {"X-Tenant-Id": str((await system.stranger()).account_id)}
    await is_refused({**good, **theirs}, 403, "not-a-member")
    await is_refused({**good, **await system.machine(*SCOPES)})
    await is_refused(as_service(system, "insights"), 401, "service-token-refused")
    await is_refused({"Authorization": good["Authorization"].replace("Service", "Bearer")})
    caller, asked, tenant, until, signature = good["Authorization"].removeprefix("Service ").split(".")
    for forged in (
        "garbage", f"{caller}.{asked}.{tenant}.{until}", f"{caller}.{asked}.{tenant}.{until}.{'0' * 64}",
        f"{caller}.{asked}.{'0' * 32}.{until}.{signature}", f"{caller}.{asked}.{tenant}.{int(until) + 1}.{signature}",
        f"data.{asked}.{tenant}.{until}.{signature}", f"{caller}.{asked}.{tenant}.{until}.{signature.upper()}",
    ):  # fmt: skip
        await is_refused({"Authorization": f"Service {forged}"}, 401, "service-token-refused")
    for clock in (time.time() - 61, time.time() + 90):
        with monkeypatch.context() as patch:
            patch.setattr("common.auth.service_tokens.time.time", lambda at=clock: at)
            early_or_late = as_service(system, "analytics")
        await is_refused(early_or_late, 401, "service-token-refused")


async def test_what_was_refused_before_its_route_is_noted_by_its_path(system: System):
    stranger = {**system.token(await system.stranger()), "X-Tenant-Id": str(system.tenant_id)}
    url = f"{system.urls['data']}/data/ingest/jobs/17/cancel"
    answer = await system.client.post(url, headers={**stranger, "Idempotency-Key": "once"})
    assert answer.status_code == 403
    async with asyncio.timeout(20):
        while "POST /data/ingest/jobs/{id}/cancel" not in await system.refused_calls("data"):
            await asyncio.sleep(0.1)
