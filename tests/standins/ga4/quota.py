"""Tokens of a property, as "Data API limits and quotas" (…/devguides/reporting/data/v1/quotas) tells of them."""

from dataclasses import dataclass

from google.analytics.data_v1beta.types import PropertyQuota, QuotaStatus

_LEARN_MORE = "To learn more, see https://developers.google.com/analytics/devguides/reporting/data/v1/quotas"


@dataclass
class TokenQuota:
    """What is left now; a standard property's limits to begin with. `cost` is what one report takes."""

    day: int = 200_000
    hour: int = 40_000
    project_hour: int = 14_000
    cost: int = 5

    def exhausted(self) -> str | None:
        """What GA4 says where a bucket has run dry; "If any quota is exhausted, the request fails"."""
        if self.day <= 0:
            return f"Exhausted property tokens per day. These quota tokens will return in under 24 hours. {_LEARN_MORE}"
        if self.hour <= 0:
            return f"Exhausted property tokens per hour. These quota tokens will return in under an hour. {_LEARN_MORE}"
        if self.project_hour <= 0:
            return (
                "Exhausted property tokens for a project per hour. These quota tokens will return in under an hour."
                f" {_LEARN_MORE}"
            )
        return None

    def take(self) -> PropertyQuota:
        """Charge one report to every bucket (PropertyQuota, …/data/v1/rest/v1beta/PropertyQuota)."""
        self.day, self.hour, self.project_hour = (
            max(0, left - self.cost) for left in (self.day, self.hour, self.project_hour)
        )
        return PropertyQuota(
            tokens_per_day=QuotaStatus(consumed=self.cost, remaining=self.day),
            tokens_per_hour=QuotaStatus(consumed=self.cost, remaining=self.hour),
            tokens_per_project_per_hour=QuotaStatus(consumed=self.cost, remaining=self.project_hour),
            concurrent_requests=QuotaStatus(consumed=0, remaining=10),
            server_errors_per_project_per_hour=QuotaStatus(consumed=0, remaining=10),
            potentially_thresholded_requests_per_hour=QuotaStatus(consumed=0, remaining=120),
        )
