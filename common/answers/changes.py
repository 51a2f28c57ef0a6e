"""Record which days of which tenants changed, in order, to decide whether a kept answer is still valid.

Changes are recorded and looked up, instead of sweeping over the answers, so that a change costs the same however many
answers are kept. An answer that was read before a change has an older mark, and so is invalid however late it is
stored.
"""

from collections import OrderedDict
from collections.abc import Collection
from datetime import date
from uuid import UUID

from common.answers.question import Span

# If more days of a tenant changed than this, the whole tenant is recorded as changed.
MOST_DAYS = 1_000


class _Tenant:
    """The numbers of a tenant's last changes: of any (`at_all`), of all days (`altogether`), and of each day, the
    latest change last.
    """

    __slots__ = ("altogether", "at_all", "days")

    def __init__(self) -> None:
        self.at_all = 0
        self.altogether = 0
        self.days: OrderedDict[date, int] = OrderedDict()


class Changes:
    """The changes that this process has received, numbered."""

    def __init__(self) -> None:
        self._last = 0
        self._everything = 0
        self._tenants: dict[UUID, _Tenant] = {}

    @property
    def mark(self) -> int:
        """The number of the last change. Rows that are read from now on include it."""
        return self._last

    def note(self, tenant_id: UUID, days: Collection[date] | None) -> None:
        """Record that these days of the tenant changed (None: any may have). This affects all answers without days."""
        self._last += 1
        tenant = self._tenants.setdefault(tenant_id, _Tenant())
        tenant.at_all = self._last
        if days is not None and len(days) <= MOST_DAYS:
            for day in days:
                tenant.days[day] = self._last
                tenant.days.move_to_end(day)
        if days is None or len(days) > MOST_DAYS or len(tenant.days) > MOST_DAYS:
            tenant.altogether = self._last
            tenant.days.clear()

    def note_everything(self) -> None:
        """Record that any row of any tenant may have changed."""
        self._last += 1
        self._everything = self._last
        self._tenants.clear()

    def outdate(self, tenant_id: UUID, span: Span | None, mark: int) -> bool:
        """Return whether a row that an answer depends on may have changed since this mark."""
        if mark < self._everything:
            return True
        tenant = self._tenants.get(tenant_id)
        if tenant is None or tenant.at_all <= mark:
            return False
        if span is None or tenant.altogether > mark:
            return True
        for day, changed_at in reversed(tenant.days.items()):
            if changed_at <= mark:
                return False
            if span.first <= day <= span.last:
                return True
        return False
