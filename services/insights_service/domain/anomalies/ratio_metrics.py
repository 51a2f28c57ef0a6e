"""Define the ratios that are judged: numerator, denominator, and which of the two is the random one."""

from typing import Final, NamedTuple


class Ratio(NamedTuple):
    """`top` over `below`, multiplied by `times` (100 for percentages).

    For a cost the events are the denominator and the money spent is their exposure, such as leads from spend. For all
    others the numerator's events arise from the denominator. `sales` is the metric that counts the sales of an amount.
    """

    metric: str
    top: str
    below: str
    times: float = 1.0
    is_cost: bool = False
    sales: str = ""
    grains: frozenset[str] = frozenset({"day"})

    @property
    def parts(self) -> tuple[str, str]:
        """The metric of the events, and that of their exposure."""
        return (self.below, self.top) if self.is_cost else (self.top, self.below)


# (as the definitions have them: revenue is that of the leads of a day, once they are old enough for contracts)
RATIOS: Final = (
    Ratio("cpl", "spend", "leads", is_cost=True),
    Ratio("cpc", "spend", "clicks", is_cost=True),
    Ratio("ctr", "clicks", "impressions", 100.0),
    Ratio("roas", "lead_revenue", "spend", sales="contracts"),
    Ratio("conversion_rate", "bought_sessions", "sessions", 100.0, grains=frozenset({"hour", "day"})),
    Ratio("contract_rate", "contracts", "leads", 100.0),
)
COSTS: Final = frozenset(ratio.metric for ratio in RATIOS if ratio.is_cost)
RATIO_METRICS: Final = tuple(ratio.metric for ratio in RATIOS)
