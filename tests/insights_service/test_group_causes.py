from services.insights_service.domain.anomalies.group_causes import Finding, group_causes


def finding(*, starts: float = 0, ends: float = 6, direction: int = -1, priority: float = 3, **segment: str) -> Finding:
    return Finding(segment, starts, ends, direction, priority)


def test_an_outage_of_the_company_and_of_all_its_parts_is_one_cause_led_by_what_matters_most():
    findings = [
        finding(channel="email"),
        finding(priority=9),
        finding(branch="A"),
        finding(channel="direct", branch="A"),
    ]
    assert group_causes(findings) == [[1, 0, 2, 3]]


def test_two_branches_in_the_same_hour_are_two_causes():
    assert group_causes([finding(branch="A"), finding(branch="B", priority=5)]) == [[1], [0]]


def test_up_and_down_are_two_causes():
    assert group_causes([finding(), finding(direction=1, priority=5)]) == [[1], [0]]


def test_the_same_some_hours_later_goes_on_and_the_next_day_is_another():
    assert group_causes([finding(), finding(starts=11, ends=12)]) == [[0, 1]]
    assert group_causes([finding(), finding(starts=30, ends=31)]) == [[0], [1]]


def test_nothing_has_no_cause():
    assert group_causes([]) == []
