"""Filters of a report ("Fundamentals of dimension filters", …/devguides/reporting/data/v1/basics#dimension_filters)."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from google.analytics.data_v1beta.types import Filter, FilterExpression

Test = Callable[[Any, Filter], bool]


def holds(expression: FilterExpression, values: Mapping[str, Any], test: Test) -> bool:
    """Whether a filter, if there is one, lets these values by field pass."""
    if "and_group" in expression:
        return all(holds(inner, values, test) for inner in expression.and_group.expressions)
    if "or_group" in expression:
        return any(holds(inner, values, test) for inner in expression.or_group.expressions)
    if "not_expression" in expression:
        return not holds(expression.not_expression, values, test)
    if "filter" in expression:
        return test(values.get(expression.filter.field_name), expression.filter)
    return True


def fields_of(expression: FilterExpression) -> Iterator[str]:
    """The fields that a filter names."""
    for inner in (*expression.and_group.expressions, *expression.or_group.expressions):
        yield from fields_of(inner)
    if "not_expression" in expression:
        yield from fields_of(expression.not_expression)
    if "filter" in expression:
        yield expression.filter.field_name


def test_dimension(value: str | None, given: Filter) -> bool:
    """A dimension's value against a string or list filter; an absent value is '(not set)'."""
    text = "(not set)" if value is None else value
    if "in_list_filter" in given:
        listed = list(given.in_list_filter.values)
        if given.in_list_filter.case_sensitive:
            return text in listed
        return text.lower() in [one.lower() for one in listed]
    wanted = given.string_filter.value
    if not given.string_filter.case_sensitive:
        text, wanted = text.lower(), wanted.lower()
    return _MATCHES[given.string_filter.match_type](text, wanted)


def test_metric(value: float | None, given: Filter) -> bool:
    """A row's metric against a numeric filter."""
    number = given.numeric_filter.value
    wanted = float(number.int64_value if "int64_value" in number else number.double_value)
    return _COMPARES[given.numeric_filter.operation](value or 0, wanted)


_Kind = Filter.StringFilter.MatchType
_MATCHES: dict[Any, Callable[[str, str], bool]] = {
    _Kind.MATCH_TYPE_UNSPECIFIED: operator.eq,
    _Kind.EXACT: operator.eq,
    _Kind.BEGINS_WITH: str.startswith,
    _Kind.ENDS_WITH: str.endswith,
    _Kind.CONTAINS: operator.contains,
    _Kind.FULL_REGEXP: lambda text, wanted: re.fullmatch(wanted, text) is not None,
    _Kind.PARTIAL_REGEXP: lambda text, wanted: re.search(wanted, text) is not None,
}
_Operation = Filter.NumericFilter.Operation
_COMPARES: dict[Any, Callable[[float, float], bool]] = {
    _Operation.EQUAL: operator.eq,
    _Operation.GREATER_THAN: operator.gt,
    _Operation.GREATER_THAN_OR_EQUAL: operator.ge,
    _Operation.LESS_THAN: operator.lt,
    _Operation.LESS_THAN_OR_EQUAL: operator.le,
}
