import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.paths import judged_path
from services.gateway.domain.routes import service_of
from services.gateway.errors import PathRefused
from tests.gateway.raw_http import TRICKS


@pytest.mark.parametrize("target", TRICKS)
def test_no_path_with_two_meanings_is_judged(target: bytes):
    with pytest.raises(PathRefused):
        judged_path(target)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/", "/"),
        (b"/auth/.well-known/jwks.json", "/auth/.well-known/jwks.json"),
        (b"/a...b/..c", "/a...b/..c"),
        (b"/data/users/a%40b.c", "/data/users/a@b.c"),
        (b"/data/users/%E4%BD%A0", "/data/users/你"),
        (b"/data/users/100%25", "/data/users/100%"),
        (b"/analytics/tasks/purchases/a:b=c,d+e~f", "/analytics/tasks/purchases/a:b=c,d+e~f"),
    ],
)
def test_plain_paths_keep_their_meaning(target: bytes, path: str):
    assert judged_path(target) == path


def test_an_encoded_letter_does_not_lead_past_a_prefix():
    assert service_of(judged_path(b"/analytics/%65mail/config")) == "email"
    assert service_of(judged_path(b"/auth/%6fperator/tokens")) is None


@given(st.binary(max_size=40))
def test_whatever_is_judged_has_whole_plain_segments(tail: bytes):
    try:
        path = judged_path(b"/" + tail)
    except PathRefused:
        return
    assert "//" not in path
    assert not {".", ".."} & set(path.split("/"))
    assert not set("\\;\x00\r\n") & set(path)
