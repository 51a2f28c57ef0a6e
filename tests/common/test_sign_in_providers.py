import json
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from common.settings import Settings
from common.sign_in_providers import ProviderMisconfigured, sign_in_providers

DEFAULT = {
    "oauth_client_id": "us",
    "oauth_client_secret": SecretStr("do not tell"),
    "oauth_redirect_uri": "https://app.example.com/done",
}
LISTED = {
    "name": "okta",
    "issuer": "https://example.okta.com",
    "client_id": "us",
    "client_secret": "do not tell",
    "redirect_uri": "https://app.example.com/done, http://localhost:3000/done",
}


def _settings(**changed: Any) -> Settings:
    nothing = {"oauth_client_id": "", "oauth_client_secret": SecretStr(""), "oauth_redirect_uri": ""}
    nothing |= {"oauth_providers": SecretStr(""), "oauth_issuer": "https://accounts.google.com"}
    return Settings().model_copy(update={**nothing, "environment": "development", **changed})


def _listed(*entries: Any) -> dict[str, Any]:
    return {"oauth_providers": SecretStr(json.dumps(list(entries)))}


def test_without_settings_there_is_no_provider():
    assert sign_in_providers(_settings()) == {}


def test_the_default_provider_is_google_and_others_stand_beside_it():
    providers = sign_in_providers(_settings(**DEFAULT, **_listed(LISTED)))
    assert list(providers) == ["google", "okta"]
    assert providers["okta"].redirect_uris == ("https://app.example.com/done", "http://localhost:3000/done")


def test_another_default_provider_is_called_by_its_host():
    settings = _settings(**DEFAULT, oauth_issuer="https://login.example.com/tenant/")
    assert list(sign_in_providers(settings)) == ["login.example.com"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"oauth_client_id": "us"}, "OAUTH_CLIENT_SECRET"),
    ({**DEFAULT, "oauth_client_id": ""}, "OAUTH_CLIENT_ID"),
    ({**DEFAULT, "oauth_redirect_uri": ""}, "OAUTH_REDIRECT_URI"),
    ({**DEFAULT, "oauth_redirect_uri": " , "}, "OAUTH_REDIRECT_URI"),
    ({**DEFAULT, "oauth_redirect_uri": "/done"}, "OAUTH_REDIRECT_URI"),
    ({**DEFAULT, "oauth_redirect_uri": "http://app.example.com/done"}, "OAUTH_REDIRECT_URI"),
    ({**DEFAULT, "oauth_redirect_uri": "https://app.example.com/done#x"}, "OAUTH_REDIRECT_URI"),
    ({**DEFAULT, "oauth_redirect_uri": "https://a@app.example.com/done"}, "OAUTH_REDIRECT_URI"),
    ({**DEFAULT, "oauth_redirect_uri": "javascript:alert(1)"}, "OAUTH_REDIRECT_URI"),
    ({**DEFAULT, "oauth_issuer": "accounts.google.com"}, "OAUTH_ISSUER"),
    ({**DEFAULT, "oauth_issuer": "http://login.example.com"}, "OAUTH_ISSUER"),
    ({**DEFAULT, "oauth_issuer": "https://login.example.com?x"}, "OAUTH_ISSUER"),
    ({**DEFAULT, "oauth_issuer": "https://login.example.com:99999"}, "OAUTH_ISSUER"),
    ({**DEFAULT, "oauth_issuer": "http://127.0.0.1:9000", "environment": "production"}, "OAUTH_ISSUER"),
    ({"oauth_providers": SecretStr("{")}, "OAUTH_PROVIDERS: not JSON"),
    ({"oauth_providers": SecretStr("{}")}, "OAUTH_PROVIDERS: not a JSON list"),
    (_listed(7), r"OAUTH_PROVIDERS\[0\]"),
    (_listed(LISTED, {**LISTED, "name": "b", "issuer": "x"}), r"OAUTH_PROVIDERS\[1\]\.issuer"),
    (_listed({**LISTED, "name": "Okta!"}), r"OAUTH_PROVIDERS\[0\]\.name"),
    (_listed({**LISTED, "client_secret": 7}), r"OAUTH_PROVIDERS\[0\]\.client_secret"),
    (_listed({**LISTED, "colour": "red"}), r"OAUTH_PROVIDERS\[0\]\.colour"),
    (_listed({**LISTED, "redirect_uri": "x"}), r"OAUTH_PROVIDERS\[0\]\.redirect_uri"),
    (_listed(LISTED, {**LISTED, "issuer": "https://b.example"}), r"OAUTH_PROVIDERS\[1\]\.name"),
    (_listed(LISTED, {**LISTED, "name": "b"}), r"OAUTH_PROVIDERS\[1\]\.issuer"),
]


@pytest.mark.parametrize(("settings", "named"), WRONG, ids=[f"{named} {n}" for n, (_, named) in enumerate(WRONG)])
def test_a_setting_that_does_not_hold_is_named(settings: dict[str, Any], named: str):
    with pytest.raises(ProviderMisconfigured, match=f"^{named}") as caught:
        sign_in_providers(_settings(**settings))
    assert "do not tell" not in str(caught.value)


def test_plain_http_does_for_this_machine_and_for_what_is_allowed_in_development():
    for issuer in ("http://localhost:9000", "http://127.0.0.1:9000", "http://[::1]:9000", "http://login.lan:9000"):
        settings = _settings(**DEFAULT, oauth_issuer=issuer, allow_private_hosts="mail.lan:25, login.lan:9000")
        assert [provider.issuer for provider in sign_in_providers(settings).values()] == [issuer]


def test_settings_that_do_not_hold_are_refused_without_telling_the_secret(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OAUTH_CLIENT_ID", "us")
    monkeypatch.setenv("OAUTH_CLIENT_SECRET", "do not tell")
    monkeypatch.delenv("OAUTH_REDIRECT_URI", raising=False)
    with pytest.raises(ValidationError, match="OAUTH_REDIRECT_URI: needed") as caught:
        Settings()
    assert "do not tell" not in str(caught.value)
