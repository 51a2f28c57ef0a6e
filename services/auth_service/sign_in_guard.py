"""Guard sign-ins: throttle attempts, and record refusals in the audit log."""

from typing import cast

from common.audit import NO_TENANT
from common.http.context import ServiceContext
from common.logging import address_var
from common.problem import Problem
from common.rate_limits import LimitStorage, open_storage
from services.auth_service.domain.refused_sign_ins import RefusedSignIn, RefusedSignIns
from services.auth_service.domain.throttle import Throttle
from services.auth_service.errors.sign_in import TooManySignIns
from services.auth_service.store import credentials, sessions
from services.auth_service.store.account_audit import record_in_each_tenant

_GUARD = "sign_in_guard"


class SignInGuard:
    """The guard of one process."""

    def __init__(self, context: ServiceContext) -> None:
        self.storage: LimitStorage = open_storage(context.settings)
        self.throttle = Throttle(self.storage, lambda email: _addresses_of(context, email))
        self.refused = RefusedSignIns(lambda refusal, count: _write(context, refusal, count))

    def note(self, action: str, problem: Problem, email: str = "", *, has_account: bool | None = None) -> None:
        """Queue a refusal for the audit log; `has_account` is whether the email has an account, or None if unknown.

        If the IP address was refused, or the process is busy, the typed email is irrelevant and left out.
        """
        of_address = isinstance(problem, TooManySignIns) or getattr(problem, "of_address", False)
        refusal = RefusedSignIn(action, "" if of_address else email, address_var.get(), problem.type)
        self.refused.note(refusal, has_account=has_account)


def guard_of(context: ServiceContext) -> SignInGuard:
    """Return the guard of a service, which is created on first use."""
    if _GUARD not in context.extras:
        context.extras[_GUARD] = SignInGuard(context)
    return cast("SignInGuard", context.extras[_GUARD])


async def keep_guard(context: ServiceContext) -> None:
    """Write refusals to the audit log until the service stops."""
    await guard_of(context).refused.run(context.stopping)


async def _addresses_of(context: ServiceContext, email: str) -> list[str]:
    async with context.db.connection() as conn:
        return await sessions.addresses_of(conn, email)


async def _write(context: ServiceContext, refusal: RefusedSignIn, count: int) -> None:
    async with context.db.connection() as conn:
        account_id = await credentials.owner_of(conn, refusal.email)
    async with context.db.lookup("own_memberships", account_id=account_id or NO_TENANT) as conn:
        await record_in_each_tenant(
            conn,
            account_id or NO_TENANT,
            "unknown",
            refusal.action,
            # An unknown email may be a password typed into the wrong field.
            target=refusal.email if account_id else "",
            outcome="refused",
            detail={"because": refusal.because},
            count=count,
        )
    context.wake_relay()
