"""`data.marketing.recorded.v1`: leads, contracts, ads' days or campaigns have been committed."""

from uuid import UUID

from msgspec import field

from common.events.envelope import Contract


class MarketingRecorded(Contract, frozen=True, kw_only=True):
    """What a write touched; rows that said the same again are in none of it.

    `lead_days` (YYYY-MM-DD, tenant's zone) are the created days of leads that are new or changed, the day they were on
    before too; `lead_ids` the leads whose contracts are, the lead that a contract named before too, at most 10,000 in
    one event. `ad_days` are days of `data.ad_performance` whose rows are new, say something else, or left. `campaigns`
    says that campaigns, ad sets or ads are others than before, or go by other names or ids. `transaction_ids` are those
    of orders for which something else was given back than before; `ledger` says that what places orders beside ads is
    another: the clock of an ad account, or a shop that is no longer there. `batch_id` is named in
    `analytics.day.refreshed.v1` once every answer includes all this.
    """

    TYPE = "data.marketing.recorded.v1"

    batch_id: UUID
    job_id: UUID | None = None
    lead_days: list[str]
    lead_ids: list[str]
    ad_days: list[str]
    campaigns: bool = False
    transaction_ids: list[str] = field(default_factory=list[str])
    ledger: bool = False
