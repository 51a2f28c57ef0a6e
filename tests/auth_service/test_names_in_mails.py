import re

import pytest

from services.auth_service.domain import account_mails
from services.auth_service.domain.names_in_mails import as_words

LINK = "https://app.example/auth/invitations/accept?token=abc"
# What the makers of mail programs look for: a scheme, or letters with a dot and two more letters behind it.
_LOOKS_LIKE_A_LINK = re.compile(r"://|\w[.\u3002\uff0e\uff61]\w{2}")


@pytest.mark.parametrize(
    "name",
    [
        "Win at http://evil.example now",
        "www.evil.example",
        "evil.example/win?a=b",
        "HTTPS:\\\\evil.example",
        "https://203.0.113.70/win",
        "evil\u3002example",
        "evil.\u200bexample www\uff0eevil\uff0eexample",
        "http:// http://evil.example",
        "ada@example.com http://evil.example",
        "http://evil.example@example.com",
    ],
)
def test_no_name_makes_a_link_of_a_mail(name: str):
    mail = account_mails.invitation("bo@x.y", LINK, name, name, "rep", 7)
    texts = [mail.subject, mail.text.replace(LINK, "").replace("bo@x.y", "")]
    assert [_LOOKS_LIKE_A_LINK.findall(text) for text in texts] == [[], []]


@pytest.mark.parametrize(
    "name",
    ["Somewhere Supply", "J. R. Müller & Söhne", "Dr. Ada O’Neil-Šimić", "株式会社", "ada+1@example.com", "No. 1"],
)
def test_names_and_addresses_stay_as_they_are(name: str):
    assert as_words(name) == name


def test_a_company_named_after_its_site_is_still_named():
    assert as_words("Booking.com") == "Booking. com"


def test_a_name_is_one_line_that_reads_in_one_direction():
    assert as_words("Shop\r\nBcc: \u202eall\u0007\u2028end") == "Shop Bcc: all end"
