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
    shown = {one.alert.cause: one for one in judged.drawn if one.alert.is_shown or one.alert.shown_to}
    if not shown:
        return NO_REASONS
    kept, rows = dict[str, list[Reason]](), dict[str, list[LeafRow]]()
    async with service.db.tenant(tenant_id, readonly=True) as connection:
        standing = await get_standing(connection, tenant_id, list(shown))
        for cause, one in shown.items():
            if cause in standing and _is_known(one, standing[cause]):
                kept[cause] = msgspec.convert(standing[cause].evidence["reasons"], list[Reason])
            elif one.asked is not None:
                rows[cause] = await get_leaves(connection, tenant_id, one.asked)
    told = frozenset(cause for cause, one in standing.items() if one.is_shown)
    return await asyncio.to_thread(_explained, shown, kept, rows, told)


def _is_known(one: Drawn, standing: Standing) -> bool:
    """Return whether the stored reasons are of the same figures.

    New rows may have changed the segments' figures meanwhile, but that is not worth reading the leaves again.
    """
    figures, before = msgspec.to_builtins(one.evidence), standing.evidence
    is_same = all(before.get(name) == figures[name] for name in ("kind", "window", "expected", "actual"))
    return is_same and (standing.is_shown or bool(before.get("reasons")))


def _explained(
    shown: Mapping[str, Drawn],
    kept: Mapping[str, list[Reason]],
    rows: Mapping[str, list[LeafRow]],
    told: frozenset[str],
) -> Reasons:
    # This import loads scipy, which detection has loaded before in any case.
    from services.insights_service.domain.reasons.repeated_causes import repeated_causes  # noqa: PLC0415

    by_cause = {**kept, **{cause: _reasons(shown[cause], read) for cause, read in rows.items()}}
    episodes = {cause: one.alert.episode for cause, one in shown.items()}
    return Reasons(by_cause, repeated_causes(episodes, by_cause, told))


def _reasons(one: Drawn, rows: list[LeafRow]) -> list[Reason]:
    if one.asked is None:
        return []
    return reasons_of(one.alert.episode, one.asked, rows, per_step=isinstance(one.evidence, LevelShift))
