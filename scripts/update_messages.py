"""Bring the catalogues of insights' words up to date with the code: new messages come in empty, unused ones go.

English says what the code says; what another language does not know yet is named, and its .po is written by people.
"""

import re
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

SERVICE: Final = Path(__file__).parent.parent / "services" / "insights_service"
LANGUAGES: Final = ("en", "vi")
# How messages are marked (services/insights_service/domain/words/language.py).
KEYWORDS: Final = {"say": None, "message": None, "count": (1, 2), "messages": (1, 2)}

# Headers that say who worked when: the history knows.
_UNTOLD: Final = re.compile(
    r'^"(?:Project-Id|Report-Msgid|POT-Creation|PO-Revision|Last-Translator|Language-Team|Generated-By)[^\n]*\n',
    re.MULTILINE,
)


def messages_of_code() -> Catalog:
    """Every message that the code says, with the files that say it."""
    found = Catalog(charset="utf-8")
    for name, _, text, _, _ in extract_from_dir(SERVICE / "domain", keywords=KEYWORDS):
        # (without line numbers: a catalogue changes when a message does)
        found.add(text, locations=[(f"domain/{name}", 1)])
    return found


def updated(language: str, code: Catalog) -> Catalog:
    """A language's catalogue, knowing exactly the code's messages."""
    path = catalogue_path(language)
    catalogue = read_po(BytesIO(path.read_bytes() if path.exists() else b""), locale=language, domain="insights")
    catalogue.update(code, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    catalogue.header_comment = "# What insights say. Places in braces are filled by the code and stay as they are."
    catalogue.mime_headers = [
        ("Language", language),
        ("Plural-Forms", catalogue.plural_forms),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "8bit"),
    ]
    catalogue.fuzzy = False
    if language == "en":
        for message in catalogue:
            if message.id:
                message.string = message.id
    return catalogue


def catalogue_path(language: str) -> Path:
    """Where a language's messages are."""
    return SERVICE / "locale" / language / "LC_MESSAGES" / "insights.po"


def is_told(message: Message) -> bool:
    """Whether a language has words for a message."""
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def main() -> None:
    """Write the catalogues, and tell what people still have to."""
    for language in LANGUAGES:
        catalogue, path = updated(language, messages_of_code()), catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        written = BytesIO()
        write_po(written, catalogue, width=120, sort_output=True, include_lineno=False, ignore_obsolete=True)
        path.write_text(_UNTOLD.sub("", written.getvalue().decode()), encoding="utf-8")
        missing = [message.id for message in catalogue if message.id and not is_told(message)]
        print(f"{language}: {len(catalogue)} messages, {len(missing)} without words")
        for text in missing:
            print(f"  {text}")


if __name__ == "__main__":
    main()
