"""Random calls that try to reach another company's rows, by every place where a request can name it."""

import random
from dataclasses import dataclass, field
from typing import Any

from tests.isolation.canary_company import BRANCH, DAY, CanaryCompany
from tests.isolation.probes import Operation, Shown

# These make a new tenant whose admin the caller is, or sign the caller out: allowed, and after a few of them nobody
# has a single tenant, or a token that holds.
_LEFT_OUT = ("POST /auth/tenants", "POST /api/organizations", "POST /auth/logout")
_PROBE_SHARE = 0.7


@dataclass
class Attack:
    """One call. `aims_at_one_thing`: the path names something that only the other company has."""

    what: str
    method: str
    path: str
    query: dict[str, str]
    headers: list[tuple[str, str]]
    aims_at_one_thing: bool
    json: Any = None
    files: dict[str, tuple[str, bytes]] | None = None

    def sent(self) -> str:
        """All that the call itself said: an answer may repeat it."""
        return f"{self.path} {self.query} {self.headers} {self.json}"


@dataclass
class Attacker:
    """Everyone who must not see `victim`: people of another company, of none, and nobody.

    `planted` are the victim's ids that a call has written into the own company's rows, where they may be read.
    """

    own: CanaryCompany
    victim: CanaryCompany
    shown: Shown
    operations: list[Operation]
    nobodys_token: str
    chance: random.Random = field(default_factory=random.Random)
    planted: set[str] = field(default_factory=set[str])

    def attack(self) -> Attack:
        """The next call: mostly reads that have shown the victim's canary to its owner, else any call at all."""
        who, headers = self._credentials()
        if self.chance.random() < _PROBE_SHARE:
            probe = self.chance.choice(self.shown.probes)
            aims = any(own_id in probe.path for own_id in self.shown.ids)
            return Attack(f"{who}: {probe.operation}", "GET", probe.path, probe.query, headers, aims)
        operation = self.chance.choice([known for known in self.operations if str(known) not in _LEFT_OUT])
        values = {name: self._value(name, operation) for name in operation.parameters}
        query = {name: self._value(name, operation) for name in operation.query if self.chance.random() < 0.5}
        attack = Attack(f"{who}: {operation}", operation.method, operation.at(values), query, headers, False)
        if operation.is_upload:
            attack.files = {"file": ("x.csv", b"location_id,location_name\nD99,nowhere\n")}
        elif operation.body:
            attack.json = self._body(operation.body)
        return attack

    def _credentials(self) -> tuple[str, list[tuple[str, str]]]:
        who = self.chance.choice([*self.own.people, "nobody", "no token", "broken token"])
        tenant = self.chance.choice(("own", "theirs", "theirs", "none", "malformed", "both"))
        headers: list[tuple[str, str]] = []
        if who in self.own.people:
            headers += [item for item in self.own.people[who].items() if item[0] != "X-Tenant-Id"]
        elif who != "no token":
            token = self.nobodys_token if who == "nobody" else self.nobodys_token[:-4] + "AAAA"
            headers.append(("Authorization", f"Bearer {token}"))
        named = {
            "own": [self.own.tenant_id],
            "theirs": [self.victim.tenant_id],
            "none": [],
            "malformed": [f"{self.victim.tenant_id},{self.own.tenant_id}"],
            "both": [self.own.tenant_id, self.victim.tenant_id],
        }[tenant]
        headers += [("X-Tenant-Id", value) for value in named]
        return f"{who} with tenant {tenant}", headers

    def _value(self, name: str, operation: Operation) -> str:
        """Something of the victim's where there is something of that name."""
        known = operation.kinds.get(name) or sorted(self.shown.values.get(name, set()) - {""})
        if not known or name == "id":
            known = sorted(self.shown.ids)
        value = self.chance.choice([*known, DAY, BRANCH, self.victim.tenant_id])
        return value if "/" not in value and self.victim.word not in value else self.victim.tenant_id

    def _body(self, schema: dict[str, Any]) -> Any:
        kind = schema.get("type")
        if kind == "object" or "properties" in schema:
            body = {
                name: self._body_value(name, inner)
                for name, inner in schema.get("properties", {}).items()
                if self.chance.random() < 0.8
            }
            if self.chance.random() < 0.5:
                body |= {"tenant_id": self.victim.tenant_id}
            return body
        return [self._body(schema.get("items", {}))] if kind == "array" else self.victim.tenant_id

    def _body_value(self, name: str, schema: dict[str, Any]) -> Any:
        if schema.get("enum"):
            return self.chance.choice(schema["enum"])
        if schema.get("type") in ("integer", "number"):
            return self.chance.choice((0, 1, 587))
        if schema.get("type") == "boolean":
            return self.chance.random() < 0.5
        if schema.get("type") in ("array", "object"):
            return self._body(schema)
        known = sorted(self.shown.values.get(name, set()) | self.shown.ids)
        value = self.chance.choice([*known, DAY, BRANCH])
        return BRANCH if self.victim.word in value else value
