"""Reasons of the alerts that are shown: read from the database for new alerts and changed figures, else reused."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from common.http.context import ServiceContext
from services.insights_service.domain.evidence.shapes import LevelShift, Reason
from services.insights_service.domain.reasons.drill_down import reasons_of
from services.insights_service.domain.reasons.found_reasons import NO_REASONS, Reasons
from services.insights_service.store.found import Standing, get_standing
from services.insights_service.store.leaves import LeafRow, get_leaves

if TYPE_CHECKING:
    from services.insights_service.domain.anomalies.judge import Drawn, Judged


async def find_reasons(service: ServiceContext, tenant_id: UUID, judged: Judged) -> Reasons:
    """Return the reasons of the alerts that are shown to the company or to a recipient."""
    shown = {drawn.alert.cause: drawn for drawn in judged.drawn if drawn.alert.is_shown or drawn.alert.shown_to}
    if not shown:
        return NO_REASONS
    reused, rows = dict[str, list[Reason]](), dict[str, list[LeafRow]]()
    async with service.db.tenant(tenant_id, readonly=True) as connection:
        standing = await get_standing(connection, tenant_id, list(shown))
        for cause, drawn in shown.items():
            if cause in standing and _is_known(drawn, standing[cause]):
                reused[cause] = msgspec.convert(standing[cause].evidence["reasons"], list[Reason])
            elif drawn.asked is not None:
                rows[cause] = await get_leaves(connection, tenant_id, drawn.asked)
    reported = frozenset(cause for cause, insight in standing.items() if insight.is_shown)
    return await asyncio.to_thread(_explained, shown, reused, rows, reported)


def _is_known(drawn: Drawn, standing: Standing) -> bool:
    """Return whether the stored reasons are of the same figures.

    New rows may have changed the segments' figures meanwhile, but that is not worth reading the leaves again.
    """
    figures, stored = msgspec.to_builtins(drawn.evidence), standing.evidence
    is_same = all(stored.get(name) == figures[name] for name in ("kind", "window", "expected", "actual"))
    return is_same and (standing.is_shown or bool(stored.get("reasons")))


def _explained(
    shown: Mapping[str, Drawn],
    reused: Mapping[str, list[Reason]],
    rows: Mapping[str, list[LeafRow]],
    reported: frozenset[str],
) -> Reasons:
    # This import loads scipy, which detection has loaded before in any case.
    from services.insights_service.domain.reasons.repeated_causes import repeated_causes  # noqa: PLC0415

    by_cause = {**reused, **{cause: _reasons(shown[cause], read) for cause, read in rows.items()}}
    episodes = {cause: drawn.alert.episode for cause, drawn in shown.items()}
    return Reasons(by_cause, repeated_causes(episodes, by_cause, reported))


def _reasons(drawn: Drawn, rows: list[LeafRow]) -> list[Reason]:
    if drawn.asked is None:
        return []
    return reasons_of(drawn.alert.episode, drawn.asked, rows, per_step=isinstance(drawn.evidence, LevelShift))
