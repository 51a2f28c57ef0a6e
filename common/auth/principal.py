"""Who calls, in which tenant, and what they may do there."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from common.auth.roles import Scope
from common.problem import Forbidden

API_KEY_ROLE = "api-key"


class ScopeMissing(Forbidden):
    """The account's role does not reach this far."""

    type = "scope-missing"
    title = "The role does not allow this"


@dataclass(frozen=True, slots=True)
class Principal:
    """An account in one tenant, a machine's key, or another service, with what it may do there.

    For a key `account_id` is the key's own id and `email` its name, so that what it does can be told apart.
    """

    account_id: UUID
    tenant_id: UUID
    email: str
    role: str
    scopes: frozenset[str]
    branch_codes: tuple[str, ...]
    kind: Literal["account", "api-key", "service"] = "account"

    @property
    def readable_branches(self) -> tuple[str, ...] | None:
        """Branches whose tasks and reports may be read; None means all. Only a rep is held to the own ones."""
        return self.branch_codes if self.role == "rep" else None

    @property
    def workable_branches(self) -> tuple[str, ...] | None:
        """Branches whose tasks may be worked; None means all. Managers, admins and keys work all."""
        return None if self.role in ("manager", "admin", API_KEY_ROLE) else self.branch_codes

    @property
    def _who(self) -> str:
        return {"api-key": "this API key", "service": "a service"}.get(self.kind, f"the role {self.role}")

    def require(self, *scopes: Scope) -> None:
        """Refuse where a scope is missing.

        Raises:
            ScopeMissing: naming the first one.
        """
        for scope in scopes:
            if scope not in self.scopes:
                message = f"this needs the scope {scope}, which {self._who} does not have"
                raise ScopeMissing(message)
