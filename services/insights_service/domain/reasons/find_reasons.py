"""Where what is shown comes from: read of the few alerts that are new or have other figures than before."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from common.http.context import ServiceContext
from services.insights_service.domain.evidence import Change, LevelShift, Reason
from services.insights_service.domain.reasons.drill_down import reasons_of
from services.insights_service.store.found import get_shown_evidence
from services.insights_service.store.leaves import LeafQuestion, LeafRow, get_leaves

if TYPE_CHECKING:
    from services.insights_service.domain.anomalies.judge import Drawn, Judged


async def find_reasons(service: ServiceContext, tenant_id: UUID, judged: Judged) -> dict[str, list[Reason]]:
    """The reasons of what is shown, by cause."""
    shown = {one.alert.cause: one for one in judged.drawn if one.asked is not None}
    if not shown:
        return {}
    reasons, rows = dict[str, list[Reason]](), dict[str, list[LeafRow]]()
    async with service.db.tenant(tenant_id, readonly=True) as connection:
        told = await get_shown_evidence(connection, tenant_id, list(shown))
        for cause, one in shown.items():
            if cause in told and _is_same(one.evidence, told[cause]):
                reasons[cause] = msgspec.convert(told[cause]["reasons"], list[Reason])
            elif one.asked is not None:
                rows[cause] = await get_leaves(connection, tenant_id, one.asked)
    return reasons | await asyncio.to_thread(_explained, shown, rows)


def _is_same(evidence: Change, told: Mapping[str, Any]) -> bool:
    """Whether it was told with the same figures; reasons that rows alone would change are not worth reading them."""
    figures = msgspec.to_builtins(evidence)
    return all(told.get(name) == figures[name] for name in ("kind", "window", "expected", "actual"))


def _explained(shown: Mapping[str, Drawn], rows: Mapping[str, list[LeafRow]]) -> dict[str, list[Reason]]:
    return {cause: _reasons(shown[cause], read) for cause, read in rows.items()}


def _reasons(one: Drawn, rows: list[LeafRow]) -> list[Reason]:
    asked: LeafQuestion | None = one.asked
    if asked is None:
        return []
    return reasons_of(one.alert.episode, asked, rows, per_step=isinstance(one.evidence, LevelShift))
