"""A vendor's quotas as its answers report them, shared by every process that spends them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class Window(NamedTuple):
    """One quota in its current hour or day; see data.quota_window."""

    span: str
    began_at: datetime
    spent: int
    reserved: int
    remaining: int | None
    ceiling: int | None
    dearest: int

    def left(self) -> int | None:
        """What may be spent beside the reservations; None while the quota is unknown."""
        known = self.remaining
        if known is None and self.ceiling is not None:
            known = self.ceiling - self.spent
        return None if known is None else known - self.reserved

    def is_untouched(self) -> bool:
        """Whether nothing is spent or reserved in it."""
        return self.remaining is None and not self.reserved


class Spent(NamedTuple):
    """What an answer reports of one quota: consumed by its calls, and left after them."""

    span: str
    consumed: int
    remaining: int
    dearest: int


async def lock_windows(
    connection: Connection, tenant_id: UUID, account: str, began: Sequence[tuple[str, datetime]]
) -> list[Window]:
    """Lock the current windows, creating missing ones; windows of earlier days are deleted."""
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
    """Reserve tokens in each window for calls about to be made; `settle` releases them."""
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
    """Release a reservation and store what the answers reported (nothing if the calls failed).

    Answers may arrive out of order, so within a window the remaining quota only falls. Until a window has its first
    answers, the costliest call and the limit of the window before it are used.
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
