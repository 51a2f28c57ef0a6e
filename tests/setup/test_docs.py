import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *ROOT.glob("docs/**/*.md"),
    *ROOT.glob("services/*/README.md"),
]
FILES = [
    path.relative_to(ROOT).as_posix()
    for folder in ("branchwise", "common", "database", "docs", "scripts", "services", "tests")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".sql", ".md", ".html", ".css"}
]


def names_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=names_of)
def test_what_a_page_links_to_and_every_file_that_it_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = {link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link}
    assert {link for link in links if not (page.parent / link).exists()} == set()
    code = " ".join(re.findall(r"`([^`\n]+)`", text))
    named = set(re.findall(r"[\w/.-]+\.(?:py|sql|md)\b", code))
    assert {name for name in named if not any(f"/{file}".endswith(f"/{name}") for file in FILES)} == set()
