"""What a vendor allows, as its answers tell it, shared by all who spend it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class Window(NamedTuple):
    """One allowance in its present hour or day; see data.quota_window."""

    span: str
    began_at: datetime
    spent: int
    reserved: int
    remaining: int | None
    ceiling: int | None
    dearest: int

    def left(self) -> int | None:
        """What may be spent on top of what is under way; None where nobody knows the allowance yet."""
        known = self.remaining
        if known is None and self.ceiling is not None:
            known = self.ceiling - self.spent
        return None if known is None else known - self.reserved

    def is_untouched(self) -> bool:
        """Whether nobody has spent of it or is about to."""
        return self.remaining is None and not self.reserved


class Spent(NamedTuple):
    """What an answer said of one allowance: taken by its calls, and left after them."""

    span: str
    consumed: int
    remaining: int
    dearest: int


async def lock_windows(
    connection: Connection, tenant_id: UUID, account: str, began: Sequence[tuple[str, datetime]]
) -> list[Window]:
    """The present windows, made where they are new, for this transaction alone; windows of former days go."""
    spans, starts = [span for span, _ in began], [at for _, at in began]
    await connection.execute(
        "insert into data.quota_window (tenant_id, account, span, began_at, ceiling, dearest)"
        " select $1, $2, n.span, n.began_at, max(w.ceiling),"
        " coalesce((array_agg(w.dearest order by w.began_at desc))[1], 0)"
        " from unnest($3::text[], $4::timestamptz[]) as n (span, began_at)"
        " left join data.quota_window w on w.tenant_id = $1 and w.account = $2 and w.span = n.span"
        " group by n.span, n.began_at order by n.span on conflict do nothing",
        tenant_id,
        account,
        spans,
        starts,
    )
    rows = await connection.fetch(
        "select span, began_at, spent, reserved, remaining, ceiling, dearest from data.quota_window"
        " where tenant_id = $1 and account = $2 and (span, began_at) in"
        " (select * from unnest($3::text[], $4::timestamptz[])) order by span for update",
        tenant_id,
        account,
        spans,
        starts,
    )
    await connection.execute(
        "delete from data.quota_window where tenant_id = $1 and account = $2 and began_at < now() - interval '3 days'"
        " and not (span, began_at) in (select * from unnest($3::text[], $4::timestamptz[]))",
        tenant_id,
        account,
        spans,
        starts,
    )
    return [Window(*row) for row in rows]


async def reserve(
    connection: Connection, tenant_id: UUID, account: str, windows: Sequence[Window], tokens: Sequence[int]
) -> None:
    """Put tokens aside, so many in each window, for calls about to be made; give them back by `settle`."""
    await connection.executemany(
        "update data.quota_window set reserved = reserved + $5"
        " where tenant_id = $1 and account = $2 and span = $3 and began_at = $4",
        [
            (tenant_id, account, window.span, window.began_at, aside)
            for window, aside in zip(windows, tokens, strict=True)
        ],
    )


async def settle(
    connection: Connection,
    tenant_id: UUID,
    account: str,
    windows: Sequence[Window],
    tokens: Sequence[int],
    calls: int,
    told: Sequence[Spent],
) -> None:
    """Give back what was put aside, and note what the answers said (nothing, where the calls failed).

    Answers may arrive out of order: within a window what is left only falls. The dearest and the ceiling are taken over
    from the windows before until the first answers of this one say what they are.
    """
    by_span = {one.span: one for one in told}
    rows = [(window, aside, by_span.get(window.span)) for window, aside in zip(windows, tokens, strict=True)]
    await connection.executemany(
        "update data.quota_window set reserved = greatest(reserved - $5, 0), spent = spent + $6, calls = calls + $7,"
        " remaining = least(remaining, $8),"
        " ceiling = greatest(case when calls > 0 or $7 = 0 then ceiling end, $8 + $6),"
        " dearest = greatest(case when calls > 0 or $7 = 0 then dearest else 0 end, $9),"
        " told_at = case when $8::bigint is null then told_at else now() end"
        " where tenant_id = $1 and account = $2 and span = $3 and began_at = $4",
        [
            (
                *(tenant_id, account, window.span, window.began_at, aside),
                *((one.consumed, calls, one.remaining, one.dearest) if one else (0, 0, None, 0)),
            )
            for window, aside, one in rows
        ],
    )
