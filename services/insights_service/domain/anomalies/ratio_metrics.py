"""Which ratios are judged: what is over what, and which of the two is left to chance."""

from typing import Final, NamedTuple


class Ratio(NamedTuple):
    """`top` over `below`, times 100 in percent.

    Of a cost the events are those below and money is what they had the chance to come of: leads of spend. Of all others
    the top comes of what is below. `sales` counts what money comes in.
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
        """Events, and what they come of."""
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
