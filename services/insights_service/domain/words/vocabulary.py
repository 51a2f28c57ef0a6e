"""List the words, by language, by which a wording is checked: directions, relative days, spans, common words."""

import re
from typing import Final

from services.insights_service.domain.evidence.shapes import Direction

# Names that a language model knows and may use in place of those in the evidence.
WELL_KNOWN: Final = frozenset({
    *("adwords", "amazon", "apple", "bing", "facebook", "gmail", "google", "grab", "instagram", "lazada", "linkedin"),
    *("meta", "messenger", "microsoft", "outlook", "pinterest", "reddit", "sendo", "shopee", "shopify", "snapchat"),
    *("telegram", "threads", "tiki", "tiktok", "twitter", "whatsapp", "woocommerce", "youtube", "zalo"),
})  # fmt: skip
ACRONYMS: Final = frozenset({"I", "CPL", "CPC", "CPM", "CPA", "CTR", "ROAS", "ROI"})
_WAYS: Final[dict[tuple[str, Direction], tuple[str, ...]]] = {
    ("en", "up"): (
        *("more", "rose", "risen", "rises?", "rising", "increas(?:e|es|ed|ing)", "grew", "grown", "growth", "higher"),
        *("jumped", "surged?", "spiked?", "gained", "doubled", "tripled"),
    ),
    ("en", "down"): (
        *("fewer", "less", "fell", "fallen", "falls?", "falling", "drop(?:s|ped)?", "declin(?:e|es|ed|ing)", "lower"),
        *("decreas(?:e|es|ed|ing)", "plunged?", "shrank", "halved"),
    ),
    ("vi", "up"): ("tăng", "cao hơn", "nhiều hơn", "vượt", "gấp"),
    ("vi", "down"): ("giảm", "sụt", "thấp hơn", "ít hơn"),
}
_RELATIVE: Final = {
    "en": ("today", "yesterday", "tomorrow", "tonight", "(?:this|last|next) (?:morning|night|week|month|quarter|year)"),
    "vi": (
        *("hôm (?:nay|qua|kia)", "ngày mai", "(?:sáng|trưa|chiều|tối|đêm) (?:nay|qua)", "năm (?:nay|ngoái|sau)"),
        "(?:tuần|tháng|quý) (?:này|trước|sau|tới)",
    ),
}
# The units in which the templates say how often chance causes a change; another unit is another claim.
_SPANS: Final = {
    "en": ("weeks?", "months?", "quarters?", "years?", "decades?", "centur(?:y|ies)", "lifetimes?", "never"),
    "vi": ("tuần", "tháng", "quý", "năm", "thập kỷ", "thế kỷ", "không bao giờ"),
}
_COMMON: Final = {
    "en": frozenset({
        *("the", "of", "in", "from", "instead", "than", "is", "are", "was", "were", "that", "this", "for", "to", "and"),
        *("about", "expected", "since", "be", "on", "usual", "have", "at", "by", "with", "not", "as", "it", "until"),
    }),
    "vi": frozenset({
        *("thay", "vì", "khoảng", "từ", "tại", "của", "và", "là", "đã", "trong", "được", "không", "có", "ngày", "với"),
        *("so", "hơn", "chỉ", "còn", "mức", "kể", "thường", "chưa", "nên", "cho", "mỗi", "này"),
    }),
}  # fmt: skip


def ways(code: str, direction: Direction) -> list[re.Pattern[str]]:
    """Return the patterns of the words that state a direction."""
    return [re.compile(rf"\b{word}\b", re.IGNORECASE) for word in _WAYS[code, direction]]


def relative_days(code: str) -> re.Pattern[str]:
    """Return the pattern of words for days relative to the time of reading."""
    return re.compile(rf"\b(?:{'|'.join(_RELATIVE[code])})\b", re.IGNORECASE)


def spans(code: str) -> re.Pattern[str]:
    """Return the pattern of words for spans in which something happens once."""
    return re.compile(rf"\b(?:{'|'.join(_SPANS[code])})\b", re.IGNORECASE)


def common_words(code: str) -> frozenset[str]:
    """Return words of which every text in the language has some."""
    return _COMMON[code]
