"""Which encoding a text file is in, and the file as UTF-8."""

import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from services.data_service.sources.letter_models import PAGES, likelihood

UTF_8: Final = "utf-8"
_MARKS: Final = ((b"\xef\xbb\xbf", UTF_8), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_PAGE_OF_COUNTRY: Final = {
    **dict.fromkeys(("RU", "UA", "BY", "BG", "RS", "MK", "KZ", "KG", "MN", "TJ"), "cp1251"),
    "VN": "cp1258",
    "TH": "cp874",
}
# Pages whose letters are not known here: in these countries a file that is not UTF-8 is in theirs.
_OTHER_PAGE_OF_COUNTRY: Final = {
    country: page
    for page, countries in {
        "cp1250": "AL BA CZ HR HU PL RO SI SK",
        "cp1253": "CY GR",
        "cp1254": "AZ TR",
        "cp1255": "IL",
        "cp1256": "AE BH DZ EG IQ IR JO KW LB LY MA OM PS QA SA SD SY TN YE",
        "cp1257": "EE LT LV",
        "cp932": "JP",
        "gbk": "CN",
        "cp949": "KR",
        "cp950": "HK MO TW",
    }.items()
    for country in countries.split()
}
_DEFAULT_PAGE: Final = "cp1252"
# What a country speaks for its code page, and what no country speaks for the commonest, in natural logarithms.
_HOME: Final = 4.0
# Below this a letter, on average, no page explains the bytes: damage, rather than another encoding.
_IMPLAUSIBLE: Final = -7.5
# The page that writes tones as marks of their own.
_WITH_MARKS: Final = "cp1258"
_MANY_TONES: Final = 30
_RUN_OF_TONES: Final = re.compile(f"([\\u0300\\u0301\\u0303\\u0309\\u0323]{{{_MANY_TONES}}})")
_SAMPLE_BYTES: Final = 64 << 10
_WIDE_SHARE: Final = 0.3
# UTF-8 with damage in it: letters of other pages make some such sequences too, but never this many.
_MOSTLY: Final = 0.8
_SEQUENCE: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_DAMAGED: Final = "branchwise-damaged"
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_ALLOWED: Final = frozenset(
    codecs.lookup(name).name
    for name in (
        *("ascii", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "koi8-r", "koi8-u", "cp437"),
        *(f"cp{number}" for number in (850, 852, 855, 866, 874, 932, 949, 950, *range(1250, 1259))),
        *(f"iso8859-{part}" for part in (*range(1, 12), 13, 14, 15, 16)),
        *("tis-620", "shift_jis", "euc_jp", "gbk", "gb2312", "gb18030", "big5", "euc_kr", "mac_roman"),
    )
)


def known_encoding(name: str) -> str | None:
    """Python's name of an encoding that somebody named (`Windows-1251`, `latin1`); None where it is not one of text."""
    plain = name.strip().lower().replace("_", "-")
    plain = re.sub(r"^(windows|win|x-windows)-?(?=\d)", "cp", plain)
    try:
        found = codecs.lookup(plain).name
    except (LookupError, ValueError):
        return None
    if found not in _ALLOWED:
        return None
    return UTF_8 if found in ("ascii", "utf-8-sig") else found


def in_its_order(encoding: str, head: bytes) -> str:
    """An encoding that was chosen, with the order of its bytes where the name leaves that to a mark.

    A file without one has the low byte first, as Windows writes.
    """
    big_endian = {"utf-16": codecs.BOM_UTF16_BE, "utf-32": codecs.BOM_UTF32_BE}.get(encoding)
    if big_endian is None:
        return encoding
    return f"{encoding}-be" if head.startswith(big_endian) else f"{encoding}-le"


class EncodingEvidence:
    """What a file's bytes say about its encoding, looked at once from its beginning to its end."""

    def __init__(self) -> None:
        self._head = b""
        self._utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder(UTF_8)()
        self._open = b""
        self._sample = bytearray()

    def add(self, block: bytes) -> None:
        """Take the file's next bytes."""
        if len(self._head) < len(b"1234"):
            self._head = (self._head + block)[:4_096]
        if block.isascii() and not self._open:
            return
        if self._utf8 is not None:
            try:
                self._utf8.decode(block)
            except UnicodeDecodeError:
                self._utf8 = None
        self._keep(block)

    def verdict(self, country: str) -> str:
        """The file's encoding, by Python's name: its mark, else UTF-8, else the page whose letters fit best."""
        for mark, encoding in _MARKS:
            if self._head.startswith(mark):
                return encoding
        if wide := _wide(self._head):
            return wide
        if self._utf8 is not None and not self._utf8.getstate()[0]:
            return UTF_8
        sample = bytes(self._sample) + self._open
        in_sequences = sum(len(found) for found in _SEQUENCE.findall(sample))
        if in_sequences > _MOSTLY * len(_HIGH.findall(sample)):
            return UTF_8
        return best_page(sample, country) or UTF_8

    def _keep(self, block: bytes) -> None:
        """Keep the lines that are not ASCII, up to a bound."""
        if len(self._sample) >= _SAMPLE_BYTES:
            self._open = b""
            return
        *lines, last = (self._open + block).split(b"\n")
        self._open = last[-_SAMPLE_BYTES:]
        for line in lines:
            if not line.isascii():
                self._sample += line[:_SAMPLE_BYTES] + b"\n"


def best_page(sample: bytes, country: str) -> str:
    """The code page whose languages explain the bytes beyond ASCII best; '' where none does."""
    other = _OTHER_PAGE_OF_COUNTRY.get(country)
    if other and _is_text_in(other, sample):
        return other
    home = _PAGE_OF_COUNTRY.get(country, _DEFAULT_PAGE)
    best, most = "", float("-inf")
    for page in PAGES:
        score, letters = likelihood(page, sample)
        plausible = not letters or score / letters > _IMPLAUSIBLE
        score += _HOME if page.encoding == home else 0.0
        if plausible and score > most:
            best, most = page.encoding, score
    return best


def _is_text_in(encoding: str, sample: bytes) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _wide(head: bytes) -> str:
    """UTF-16 without its mark: of western text every other byte is NUL."""
    pairs = len(head) // 2
    if not pairs:
        return ""
    low, high = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if high > _WIDE_SHARE * pairs and not low:
        return "utf-16-le"
    return "utf-16-be" if low > _WIDE_SHARE * pairs and not high else ""


def as_utf8(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The file's bytes as UTF-8. What its encoding does not know stays as it is: no UTF-8, so its line is told."""
    if encoding == UTF_8:
        yield from blocks
        return
    # (Half of a wide character may be an ASCII byte, which `surrogateescape` does not carry.)
    errors = _DAMAGED if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
    texts = _decoded(blocks, codecs.getincrementaldecoder(encoding)(errors))
    for text in _composed(texts) if encoding == _WITH_MARKS else texts:
        yield text.encode(errors="surrogateescape")


def _damage(error: UnicodeError) -> tuple[str, int]:
    """Damage as a byte that is no UTF-8."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error(_DAMAGED, _damage)


def _decoded(blocks: Iterable[bytes], decoder: codecs.IncrementalDecoder) -> Iterator[str]:
    for block in blocks:
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _composed(texts: Iterable[str]) -> Iterator[str]:
    """Letters and the tones behind them as one character each, as everybody else writes them."""
    held = ""
    for text in texts:
        held += text
        # The last letter may have a tone yet to come.
        last = len(held) - 1
        while last > max(0, len(held) - _MANY_TONES) and unicodedata.combining(held[last]):
            last -= 1
        if last > 0:
            yield _in_one(held[:last])
            held = held[last:]
    yield _in_one(held)


def _in_one(text: str) -> str:
    """A text with its tones composed, but for runs of tones that no language has: ordering them takes the square."""
    return "".join(unicodedata.normalize("NFC", piece) for piece in _RUN_OF_TONES.split(text))
