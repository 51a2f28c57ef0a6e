"""What the stand-in serves: ad accounts, the objects in them, and what each campaign had on each day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

# A node's or a row's fields under the names that the Graph API gives them.
Node = dict[str, Any]


@dataclass
class AdAccount:
    """One ad account and who may read it; `figures` are an insights row's fields by campaign id and ISO day."""

    account_id: str
    token: str
    name: str = "Somewhere Supply"
    currency: str = "USD"
    timezone_name: str = "America/Los_Angeles"
    account_status: int = 1
    permissions: dict[str, str] = field(default_factory=lambda: {"ads_read": "granted"})
    campaigns: list[Node] = field(default_factory=list[Node])
    adsets: list[Node] = field(default_factory=list[Node])
    ads: list[Node] = field(default_factory=list[Node])
    figures: dict[tuple[str, str], Node] = field(default_factory=dict[tuple[str, str], Node])

    def node(self) -> Node:
        """The account's own fields.

        "Ad Account": developers.facebook.com/docs/marketing-api/reference/ad-account
        """
        return {
            "id": f"act_{self.account_id}",
            "account_id": self.account_id,
            "name": self.name,
            "currency": self.currency,
            "timezone_name": self.timezone_name,
            "account_status": self.account_status,
        }

    def restate(self, campaign_id: str, day: str, **fields: Any) -> None:
        """Say something else of a day from now on; `actions={"purchase": 3}` become rows as Meta writes them."""
        row = self.figures.setdefault((campaign_id, day), {"impressions": "0", "clicks": "0", "spend": "0"})
        for name, value in fields.items():
            row[name] = actions(value) if isinstance(value, Mapping) else value  # pyright: ignore[reportUnknownArgumentType]

    def forget(self, campaign_id: str, day: str) -> None:
        """Have nothing to say of a campaign's day any more."""
        self.figures.pop((campaign_id, day), None)


def actions(numbers: Mapping[str, Any]) -> list[Node]:
    """`{"purchase": 3}` as Meta writes it.

    "Ads Action Stats": developers.facebook.com/docs/marketing-api/reference/ads-action-stats
    """
    return [{"action_type": name, "value": str(value)} for name, value in numbers.items()]


@dataclass
class Fault:
    """What goes wrong for requests whose path ends in `path`: `times` of them, once `after` of them went well.

    `kind` is a name of refusals.py, or one of: `html`, `html_error`, `time_out`, `trickle`, `redirect`, `hang_up`,
    `broken_off`, `no_data`, `short_page`, `empty_page`, `same_page`.
    """

    kind: str
    path: str = ""
    times: int = 1
    after: int = 0


@dataclass
class Asked:
    """A request that reached the stand-in; `params` without the token."""

    method: str
    path: str
    params: Mapping[str, str]


@dataclass
class Run:
    """An asynchronous report: what was asked, how many more times it says that it is not done, and its rows."""

    account: AdAccount
    params: Mapping[str, str]
    polls_left: int
    status: str
    rows: list[Node]


@dataclass
class World:
    """Everything the stand-in knows, and what it was told to get wrong.

    `row_limit` is the rows that one insights call or report may have; `usage` are headers of every answer; a report
    is done after `polls` looks and ends as `run_status`. `clock` tells its time, which need not be ours: what comes
    after it has not happened yet.
    """

    accounts: list[AdAccount]
    faults: list[Fault] = field(default_factory=list[Fault])
    usage: dict[str, str] = field(default_factory=dict[str, str])
    row_limit: int = 1_000_000
    polls: int = 1
    run_status: str = "Job Completed"
    runs: dict[str, Run] = field(default_factory=dict[str, Run])
    asked: list[Asked] = field(default_factory=list[Asked])
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def account(self, account_id: str) -> AdAccount | None:
        """An account by its digits."""
        return next((one for one in self.accounts if one.account_id == account_id), None)

    def fault_for(self, path: str) -> Fault | None:
        """The fault that strikes a request, used up by it."""
        for fault in self.faults:
            if not path.endswith(fault.path):
                continue
            if fault.after:
                fault.after -= 1
                continue
            fault.times -= 1
            if fault.times == 0:
                self.faults.remove(fault)
            return fault
        return None

    def today(self, account: AdAccount) -> date:
        """The account's day, by the stand-in's own clock."""
        return self.clock().astimezone(ZoneInfo(account.timezone_name)).date()
