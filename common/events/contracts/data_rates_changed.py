"""`data.rates.changed.v1`: days have rates, or have other ones than before."""

from uuid import UUID

from common.events.envelope import Contract


class RatesChanged(Contract, frozen=True, kw_only=True):
    """Money in one of `currencies` on one of `days` (YYYY-MM-DD, at most 10,000) may be worth something else now.

    `batch_id` is named in `analytics.day.refreshed.v1` once every answer is reckoned with these rates.
    """

    TYPE = "data.rates.changed.v1"

    batch_id: UUID
    days: list[str]
    currencies: list[str]
