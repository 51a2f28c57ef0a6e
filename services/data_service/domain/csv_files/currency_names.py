"""Recognise the currency signs, codes and abbreviations that are written beside a number or in a header.

Text that is no currency, such as a unit of thousands or millions, is told apart from them.
"""

import re
import unicodedata
from collections import defaultdict
from functools import cache, lru_cache
from typing import Final

# How currencies are written beside a number, apart from their codes: in lower case, without dots, letters before signs.
_NOTATIONS: Final = """
    AED dh dhs; AFN ؋; AMD ֏; ARS $ ar$; AUD $ a$ au$; AZN ₼; BBD $; BDT ৳ tk; BGN лв; BHD bd; BMD $; BND $;
    BOB bs; BRL r$; BSD $; BZD $; CAD $ c$ ca$; CHF fr sfr; CLP $; CNY ¥ cn¥ 元 rmb; COP $; CRC ₡; CZK kč kc; DKK kr;
    DOP $ rd$; EGP e£ le; EUR € euro euros; FJD $; GBP £; GEL ₾; GHS ₵ gh₵; GTQ q; GYD $; HKD $ hk$ 元; HUF ft; IDR rp;
    ILS ₪; INR ₹ rs; ISK kr; JMD $ j$; JPY ¥ jp¥ 円; KES ksh; KHR ៛; KRW ₩ 원; KWD kd; KYD $; KZT ₸ тг; LAK ₭; LKR rs;
    LRD $; MDL lei; MNT ₮; MUR rs; MXN $ mx$; MYR rm; NAD $; NGN ₦; NIO c$; NOK kr; NPR rs; NZD $ nz$; PEN s/;
    PHP ₱; PKR rs; PLN zł zl; PYG ₲; RON lei; RSD din; RUB ₽ руб р; SBD $; SCR rs; SEK kr; SGD $ s$; SLE le; SRD $;
    THB ฿ บาท; TRY ₺ tl; TTD $ tt$; TWD $ nt$ 元; UAH ₴ грн; USD $ us$; UYU $ u$; VES bs; VND ₫ đ d vnđ đồng dong;
    XAF fcfa cfa f; XCD $; XOF fcfa cfa f; ZAR r; IRR ریال; OMR ریال; PAB b/; QAR ریال; SAR ریال; YER ریال
"""
_MAX_CHARACTERS: Final = 64
# Currency codes that are ordinary words in the brackets of a header: `Clicks (ALL)`.
_ORDINARY_WORDS: Final = frozenset({"ALL", "TOP"})
# Prices in these currencies have no decimals, although ISO 4217 defines cents.
_WITHOUT_CENTS: Final = ("COP", "IDR")
_IN_BRACKETS: Final = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_PARTS: Final = re.compile(r"[^\s,;:/|_()\[\]]+")


@cache
def _marks() -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for entry in _NOTATIONS.split(";"):
        code, *marks = entry.split()
        for mark in marks:
            found[mark].add(code)
    return {mark: frozenset(codes) for mark, codes in found.items()}


@cache
def _codes() -> frozenset[str]:
    # Imported only on demand, since few files have letters in their numbers.
    from babel.core import get_global  # noqa: PLC0415

    return frozenset(get_global("all_currencies"))


def names_currency(text: str) -> bool:
    """Whether capitals in a header's brackets are a currency: an ISO 4217 code that is not an ordinary word."""
    return text in _codes() and text not in _ORDINARY_WORDS


@cache
def _without_decimals() -> frozenset[str]:
    from babel.core import get_global  # noqa: PLC0415

    return frozenset(
        (*_WITHOUT_CENTS, *(code for code, (digits, *_) in get_global("currency_fractions").items() if not digits))
    )


def have_no_decimals(currencies: frozenset[str]) -> bool:
    """Whether amounts in any of these currencies are whole, as those of dong and yen are."""
    return bool(currencies) and currencies <= _without_decimals()


def currencies_in_header(header: str) -> frozenset[str] | None:
    """Return the currencies that a money header may name; empty if it contradicts itself, None if it names none.

    A currency sign counts anywhere (`Umsatz in €`), a code in capitals in brackets or as the last word (`Betrag EUR`),
    and any other notation only in brackets: `Doanh thu (đ)`, `Amount [eur]`.
    """
    inner = _IN_BRACKETS.findall(header)
    marks = [part for part in _PARTS.findall(header) if any(unicodedata.category(sign) == "Sc" for sign in part)]
    marks += [part for part in _PARTS.findall(" ".join((*inner, *header.split()[-1:]))) if names_currency(part)]
    marks += [text.strip() for text in inner]
    found = [
        currencies for mark in marks if mark.upper() not in _ORDINARY_WORDS and (currencies := currencies_of(mark))
    ]
    return frozenset.intersection(*found) if found else None


def shown(currencies: frozenset[str]) -> str:
    """Format currencies for a message: one or two in full, of more only the first by code, with "or another"."""
    first, *others = sorted(currencies)
    return f"{first} or another" if len(others) > 1 else " or ".join((first, *others))


@lru_cache(maxsize=1_024)
def currencies_of(mark: str) -> frozenset[str]:
    """Return the currencies that a text beside a number may stand for; empty if it is no currency.

    The text has no blanks. A dollar sign stands for many currencies, `US$` for one.
    """
    if len(mark) > _MAX_CHARACTERS:
        return frozenset()
    text = unicodedata.normalize("NFKC", mark).casefold()
    signs = "".join(sign for sign in text if unicodedata.category(sign) == "Sc")
    letters = "".join(sign for sign in text if unicodedata.category(sign) != "Sc").rstrip(".")
    combined = _marks().get(letters + signs)
    if combined:
        return combined
    return (
        frozenset.intersection(*(_currencies_of_part(part) for part in (letters, signs) if part))
        if text
        else frozenset()
    )


def _currencies_of_part(part: str) -> frozenset[str]:
    code = part.upper()
    return _marks().get(part) or (frozenset({code}) if code in _codes() else frozenset[str]())


def drops_its_dot(text: str) -> bool:
    """Whether a text is a known abbreviation, which may be followed by a dot (`Rs.`)."""
    return text.casefold() in _marks()
