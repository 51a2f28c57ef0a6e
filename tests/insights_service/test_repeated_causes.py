from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.judged_series import JudgedSeries
from services.insights_service.domain.anomalies.series_grid import days_between
from services.insights_service.domain.evidence.shapes import Member, Part, Reason
from services.insights_service.domain.reasons.repeated_causes import repeated_causes

GRID = days_between(date(2026, 3, 2), date(2026, 3, 2) + timedelta(40), ZoneInfo("UTC"))


def episode(dimension: str, member: str, *, came: float = 0.0, start: int = 38) -> Episode:
    values = np.full(len(GRID), 10.0)
    values[start : start + 2] = came
    usual = np.full(2, 10.0)
    one = JudgedSeries("leads", dimension, member, member, values)
    return Episode(one, GRID, start, start + 2, True, 9.0, start, usual, usual, usual)


def reason_with_share(share: float = 90.0, **segment: str) -> list[Reason]:
    parts = [Part(dimension=dimension, members=[Member(id=member)]) for dimension, member in segment.items()]
    return [Reason(segment=parts, expected=9, actual=0, share_pct=share)]


EPISODES = {"branch": episode("branch", "N"), "product": episode("product", "P")}
REASONS = {"branch": reason_with_share(product="P"), "product": reason_with_share(branch="N")}


def test_alerts_with_the_same_origin_are_reported_once_as_the_highest_ranked() -> None:
    assert repeated_causes(EPISODES, REASONS, frozenset()) == {"product": "branch"}
    campaign = EPISODES | {"campaign": episode("campaign", "meta a/1")}
    reasons = {"branch": reason_with_share(platform="meta"), "product": [], "campaign": reason_with_share(branch="N")}
    assert repeated_causes(campaign, reasons, frozenset()) == {"campaign": "branch"}


def test_an_alert_of_all_parts_alike_and_one_that_comes_from_where_it_is_are_reported_once() -> None:
    campaign = {"campaign": episode("campaign", "meta a/1"), "channel": episode("channel", "paid-social")}
    reasons = {"campaign": reason_with_share(100.0), "channel": reason_with_share(campaign="meta a/1")}
    assert repeated_causes(campaign, reasons, frozenset()) == {"channel": "campaign"}
    whole = campaign | {"company": episode("company", "")}
    assert repeated_causes(whole, reasons | {"company": reason_with_share(100.0)}, frozenset()) == {
        "channel": "campaign"
    }


def test_an_alert_that_is_reported_already_stays_and_a_new_one_of_the_same_origin_is_left_out() -> None:
    assert repeated_causes(EPISODES, REASONS, frozenset({"product"})) == {"branch": "product"}
    assert repeated_causes(EPISODES, REASONS, frozenset(EPISODES)) == {}
    mildly = EPISODES | {"product": replace(EPISODES["product"], is_mild=True)}
    assert repeated_causes(mildly, REASONS, frozenset({"product"})) == {}


def test_a_mild_alert_does_not_join_two_clear_origins() -> None:
    both = {"branch": EPISODES["branch"], "channel": episode("channel", "email")}
    reasons = {
        "branch": reason_with_share(branch="N"),
        "channel": reason_with_share(channel="email"),
        "product": reason_with_share(branch="N", channel="email"),
    }
    assert repeated_causes(both, reasons, frozenset()) == {}
    with_mild = both | {"product": replace(EPISODES["product"], is_mild=True)}
    assert repeated_causes(with_mild, reasons, frozenset()) == {"product": "branch"}
    assert repeated_causes(with_mild, reasons, frozenset({"product"})) == {}
    # Of two mild causes, the one that is reported already stays and the other is left out.
    mild = {name: replace(one, is_mild=True) for name, one in EPISODES.items()}
    assert repeated_causes(mild, REASONS, frozenset({"product"})) == {"branch": "product"}


def test_alerts_of_other_origins_directions_or_times_are_separate_causes() -> None:
    for other, reasons in (
        (episode("product", "P"), reason_with_share(branch="S")),
        (episode("product", "P"), reason_with_share(40.0, branch="N")),
        (episode("product", "P"), []),
        (episode("product", "P", came=30.0), reason_with_share(branch="N")),
        (episode("product", "P", start=30), reason_with_share(branch="N")),
    ):
        both = {"branch": EPISODES["branch"], "product": other}
        assert repeated_causes(both, {"branch": REASONS["branch"], "product": reasons}, frozenset()) == {}
