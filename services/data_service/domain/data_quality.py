"""How good the data are, told by source: from flags, fields, rejected lines and refused hits to one answer."""

from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from common.db import Connection
from common.pagination import PageParams, page_answer
from common.rounding import rounded
from services.data_service.store import quality
from services.data_service.store.quality import FlagFilter, FlagShare
from services.data_service.store.tenant_settings import time_zone


async def data_quality(connection: Connection, tenant_id: UUID, wanted: FlagFilter, page: PageParams) -> dict[str, Any]:
    """The answer of `GET /data/quality`; everything in it is of the range, but for sources and unknown fields."""
    zone = await time_zone(connection, tenant_id)
    days, total = await quality.flagged_days(connection, tenant_id, wanted, page)
    shares = await quality.flag_shares(connection, tenant_id, wanted, zone)
    imports = await quality.rejecting_imports(connection, tenant_id, wanted, zone)
    hits = await quality.hit_sums(connection, tenant_id, wanted)
    unknown = await quality.unknown_fields(connection, tenant_id)
    sources = await quality.source_states(connection, tenant_id)
    return page_answer(
        [day._asdict() for day in days],
        total,
        page,
        date_from=wanted.first,
        date_to=wanted.last,
        time_zone=zone,
        shares=[share._asdict() | {"share_pct": _share_pct(share)} for share in shares],
        unknown_fields=[field._asdict() for field in unknown],
        rejecting_imports=[one._asdict() for one in imports],
        hits=[one._asdict() for one in hits],
        sources=[source._asdict() for source in sources],
    )


def _share_pct(share: FlagShare) -> Decimal:
    return rounded(Fraction(100 * share.days, share.of_days), 1)
