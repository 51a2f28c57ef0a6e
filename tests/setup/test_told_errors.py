"""What a command prints where a setting does not hold."""

import pytest

from branchwise.cli import main


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"TRUSTED_PROXIES": "foo"}, "TRUSTED_PROXIES: 'foo' is neither an address nor a network"),
        ({"OAUTH_CLIENT_ID": "one"}, "OAUTH_CLIENT_SECRET: needed beside OAUTH_CLIENT_ID"),
        ({"GATEWAY_PORT": "many"}, "GATEWAY_PORT: Input should be a valid integer"),
        ({"AUTH_SERVICE_PORT": "70000"}, "AUTH_SERVICE_PORT: Input should be less than or equal to 65535"),
        ({"SECRETS_KEY": "short"}, "SECRETS_KEY needs at least 32 bytes"),
    ],
)
def test_a_setting_that_does_not_hold_is_named_once(
    given: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main(["token", "--email", "who@example.com"])
    assert ended.value.code == 1
    first, fault = capsys.readouterr().err.splitlines()
    assert first == "A setting does not hold:"
    assert fault.startswith(f"  {told}")
    assert "Value error" not in fault
