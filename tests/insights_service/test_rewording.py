import json
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import cast

import pytest
from pydantic import SecretStr, ValidationError

from common.http.context import ServiceContext
from common.settings import Settings
from common.testing.serve import serve
from services.insights_service.domain.evidence.shapes import AnyEvidence
from services.insights_service.domain.words.check_numbers import Allowed
from services.insights_service.domain.words.describe import Words, describe
from services.insights_service.domain.words.language import language
from services.insights_service.domain.words.reword import REWORDINGS, reword
from services.insights_service.sources.rewording import RewordingEndpoint, rewording_endpoint
from services.insights_service.start import close, prepare, rewording_of
from tests.insights_service.told import REASONS, anomaly, part
from tests.standins.wording.endpoint import Wording

KEY = "sk-test-4711"
ZONES = {"en": "America/Chicago", "vi": "Asia/Ho_Chi_Minh"}
EVIDENCE = anomaly(reasons=REASONS)
GOOD = {
    "en": Words(
        "Only 3 leads from Meta in Omaha since 10 AM instead of 42",
        "Since 10 AM on Nov 22, Meta has brought 3 leads in Omaha instead of about 42, which is 93% fewer; usual is "
        "31 to 54. Chance alone does that about once a year. Most of it is campaign “Spring sale”: 1 instead of 38. "
        "Please check that the forms still deliver.",
    ),
    "vi": Words(
        "Meta chỉ mang về 3 lead tại Omaha thay vì khoảng 42 kể từ 23:00 ngày 22/11",
        "Kể từ 23:00 ngày 22/11, Meta tại Omaha chỉ còn 3 thay vì khoảng 42, giảm 93%. Mức thông thường là từ "
        "31 đến 54, và ngẫu nhiên thì khoảng mỗi năm một lần mới như vậy. "
        "Phần lớn đến từ chiến dịch “Spring sale”. Nên kiểm tra form đăng ký.",
    ),
}


def _allowed(evidence: AnyEvidence = EVIDENCE, code: str = "en") -> Allowed:
    return Allowed(evidence, language(code), "USD", ZONES[code])


def _template(evidence: AnyEvidence = EVIDENCE, code: str = "en") -> Words:
    return describe(evidence, code, "USD", ZONES[code])


def _counted(outcome: str) -> float:
    return REWORDINGS.labels(outcome)._value.get()


@asynccontextmanager
async def endpoint_of(wording: Wording) -> AsyncGenerator[RewordingEndpoint]:
    async with serve(wording.app) as url:
        settings = Settings().model_copy(
            update={
                "wording_url": f"{url}/v1",
                "wording_key": SecretStr(KEY),
                "wording_model": "small-1",
                "wording_timeout_seconds": 30,
            }
        )
        endpoint = rewording_endpoint(settings)
        assert endpoint is not None
        try:
            yield endpoint
        finally:
            wording.held.set()
            await endpoint.aclose()


@pytest.mark.parametrize("code", ["en", "vi"])
@pytest.mark.parametrize("fault", ["", "fenced"])
async def test_words_that_agree_with_the_evidence_are_used(code: str, fault: str):
    wording = Wording(*GOOD[code], fault=fault)
    before = _counted("reworded")
    async with endpoint_of(wording) as endpoint:
        assert await reword(endpoint, _template(code=code), _allowed(code=code)) == GOOD[code]
    assert _counted("reworded") == before + 1


async def test_only_title_and_description_are_sent():
    hidden = anomaly(
        segment=[part("term", "jane.doe@example.com +1 555 010 0199"), part("branch", "Omaha")], rule="rule-7"
    )
    wording = Wording()
    async with endpoint_of(wording) as endpoint:
        await reword(endpoint, _template(hidden), _allowed(hidden))
    (request,) = wording.asked
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert set(request.body) == {"model", "messages", "max_completion_tokens"}
    task, message = request.body["messages"]
    assert (task["role"], message["role"]) == ("system", "user")
    assert json.loads(message["content"]) == _template(hidden)._asdict()
    sent = json.dumps(request.body, ensure_ascii=False)
    for secret in ("jane", "example.com", "555", "0199", "rule-7", "series"):
        assert secret not in sent


OUTCOMES = {
    "silent": "timeout",
    "429": "limited",
    "500": "failed",
    "503": "failed",
    "401": "failed",
    "404": "failed",
    "html": "garbage",
    "broken": "garbage",
    "empty": "garbage",
    "no-choices": "garbage",
    "null": "garbage",
    "prose": "garbage",
    "wrong-types": "garbage",
    "refusal": "refused",
    "filtered": "refused",
}


async def test_failures_are_counted_by_outcome_and_not_retried():
    wording = Wording(*GOOD["en"])
    async with endpoint_of(wording) as endpoint:
        for requests, (fault, outcome) in enumerate(OUTCOMES.items(), start=1):
            wording.fault = fault
            endpoint._timeout = 0.2 if fault == "silent" else 30
            endpoint._rests_until = 0.0
            before = _counted(outcome)
            expected = _template() if outcome in {"garbage", "refused"} else None
            assert await reword(endpoint, _template(), _allowed()) == expected, fault
            assert _counted(outcome) == before + 1, fault
            # There is no second attempt, because the hourly run does not wait.
            assert len(wording.asked) == requests


async def test_an_endpoint_that_does_not_answer_is_counted_as_unreachable():
    async with endpoint_of(Wording()) as endpoint:
        url = str(endpoint._client.base_url)
    settings = Settings().model_copy(update={"wording_url": url, "wording_model": "small-1"})
    endpoint = rewording_endpoint(settings)
    assert endpoint is not None
    before = _counted("unreachable")
    assert await reword(endpoint, _template(), _allowed()) is None
    assert _counted("unreachable") == before + 1
    await endpoint.aclose()


async def test_an_endpoint_that_failed_is_not_asked_for_a_while():
    wording = Wording(*GOOD["en"], fault="429")
    before = _counted("resting")
    async with endpoint_of(wording) as endpoint:
        for _ in range(3):
            assert await reword(endpoint, _template(), _allowed()) is None
        assert len(wording.asked) == 1
        assert _counted("resting") == before + 2
        wording.fault = ""
        endpoint._rests_until = 0.0
        assert await reword(endpoint, _template(), _allowed()) == GOOD["en"]


async def test_words_that_contradict_the_evidence_are_refused():
    wording = Wording(GOOD["en"].title, GOOD["en"].description.replace("31 to 54", "31 to 55"))
    before = _counted("refused_by_us")
    async with endpoint_of(wording) as endpoint:
        assert await reword(endpoint, _template(), _allowed()) == _template()
    assert _counted("refused_by_us") == before + 1


async def test_rewording_is_off_by_default():
    assert rewording_endpoint(Settings(_env_file=None)) is None  # pyright: ignore[reportCallIssue] -- pydantic-settings' own


def test_the_library_is_loaded_only_if_an_endpoint_is_configured():
    code = (
        "import sys; from services.insights_service.domain.words import reword; "
        "assert not {'openai', 'httpx2'} & set(sys.modules), 'loaded'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "given",
    [
        {"wording_url": "https://api.example.com/v1"},
        {"wording_model": "small-1"},
        {"wording_url": "ftp://x", "wording_model": "small-1"},
        {"wording_url": "https://user:secret@x/v1", "wording_model": "small-1"},
        {"wording_url": "https://x/v1?key=secret", "wording_model": "small-1"},
        {"wording_url": "https://x/v1", "wording_model": "m", "wording_timeout_seconds": 0},
    ],
    ids=str,
)
def test_invalid_settings_are_reported_at_the_start(given: dict[str, str]):
    with pytest.raises(ValidationError, match=r"WORDING|wording"):
        Settings(**given)  # pyright: ignore[reportArgumentType] -- what is refused


async def test_the_service_creates_the_client_when_it_starts():
    configured = {"wording_url": "http://127.0.0.1:9/v1", "wording_model": "small-1"}
    for update, kind in (({}, type(None)), (configured, RewordingEndpoint)):
        settings = Settings(_env_file=None).model_copy(update=update)  # pyright: ignore[reportCallIssue] -- as above
        context = cast("ServiceContext", SimpleNamespace(settings=settings, extras={}))
        await prepare(context)
        assert isinstance(rewording_of(context), kind)
        await close(context)
