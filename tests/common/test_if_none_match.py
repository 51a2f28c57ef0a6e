import pytest

from common.http.if_none_match import names_etag


@pytest.mark.parametrize(
    ("asked", "etag"), [('"a"', '"a"'), ('W/"a"', '"a"'), ('"a"', 'W/"a"'), (' "b" , W/"a"', 'W/"a"'), ("*", '"a"')]
)
def test_an_answer_is_named_weakly_and_among_others(asked: str, etag: str):
    assert names_etag(asked, etag)


@pytest.mark.parametrize("asked", ['"b"', "a", "", '"a'])
def test_another_answer_is_not(asked: str):
    assert not names_etag(asked, '"a"')
