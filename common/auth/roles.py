"""What each role may do: the one map from roles to scopes.

Scopes are the contract's, and `permissions` of a membership adds single ones by the same names. Each role has what
stands left of it in `rep < analyst < manager < admin`:

- `rep` works the tasks of the own `branch_codes` (`tasks:work`);
- `analyst` also reads everything of analytics and data (`analytics:read`, `data:read`);
- `manager` also works all tasks, writes campaigns and data and sends reports
  (`campaigns:write`, `data:write`, `email:send`);
- `admin` also keeps people, the tenant's settings and the audit log (`people:admin`, `tenant:admin`, `audit:read`).

Which branches' rows a scope reaches is `Principal.readable_branches` and `Principal.workable_branches`.
"""

from typing import Final, Literal, get_args

Role = Literal["rep", "analyst", "manager", "admin"]
Scope = Literal[
    "analytics:read",
    "tasks:work",
    "campaigns:write",
    "data:read",
    "data:write",
    "email:send",
    "people:admin",
    "tenant:admin",
    "audit:read",
]

ROLES: Final[tuple[Role, ...]] = get_args(Role)
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
# With these an API key may read, never change.
PERSONS_SCOPES: Final[frozenset[Scope]] = frozenset({"people:admin"})

_REP: Final[frozenset[str]] = frozenset({"tasks:work"})
_ANALYST: Final = _REP | {"analytics:read", "data:read"}
_MANAGER: Final = _ANALYST | {"campaigns:write", "data:write", "email:send"}
_ADMIN: Final = _MANAGER | {"people:admin", "tenant:admin", "audit:read"}

SCOPES_OF_ROLE: Final[dict[str, frozenset[str]]] = {
    "rep": _REP,
    "analyst": _ANALYST,
    "manager": _MANAGER,
    "admin": _ADMIN,
}


def scopes_of(role: str, permissions: list[str]) -> frozenset[str]:
    """Scopes of a membership; an unknown role has none, an unknown permission adds none."""
    return SCOPES_OF_ROLE.get(role, frozenset()) | frozenset(permissions).intersection(SCOPES)
