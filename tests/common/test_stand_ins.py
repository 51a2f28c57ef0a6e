import pytest
from pydantic import ValidationError

from common.settings import Settings
from common.stand_ins import stand_in_places


def test_each_account_has_its_own_place():
    setting = "meta_ads/1001=http://127.0.0.1:8090, ga4/4242=127.0.0.1:8091, woocommerce/a.invalid=http://localhost:1,"

    assert stand_in_places(setting) == {
        ("meta_ads", "1001"): "http://127.0.0.1:8090",
        ("ga4", "4242"): "127.0.0.1:8091",
        ("woocommerce", "a.invalid"): "http://localhost:1",
    }
    assert stand_in_places("") == {}


@pytest.mark.parametrize(
    "setting",
    [
        "meta_ads=http://127.0.0.1:1",
        "meta_ads/x=http://127.0.0.1:1",
        "meta_ads/1=http://127.0.0.1",
        "meta_ads/1=127.0.0.1:1",
        "meta-ads/1=http://127.0.0.1:1",
        "measurement_protocol/1=http://127.0.0.1:1",
        "woocommerce/https://shop.example=http://127.0.0.1:1",
        "ga4/1=127.0.0.1:0",
        "ga4/1=127.0.0.1:65536",
    ],
)
def test_a_setting_that_names_no_account_or_place_is_told_of_at_the_start(setting: str):
    with pytest.raises(ValidationError, match="STAND_INS"):
        Settings(stand_ins=setting)
