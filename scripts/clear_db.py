"""Delete everything in the database and make its tables anew, empty; asks first, unless called with --yes."""

import argparse
import sys

from branchwise.app import report_errors
from branchwise.commands.database import clear_database
from common.settings import get_settings


def main() -> None:
    """Ask, delete, migrate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    asked = parser.parse_args()
    with report_errors():
        if not clear_database(get_settings().home, lambda place: asked.yes or _agreed(place)):
            sys.exit("Nothing was deleted.")


def _agreed(place: str) -> bool:
    """Only a written yes counts; nobody at the keyboard is a no."""
    try:
        return input(f"Delete everything in {place}? Type yes: ").strip().lower() == "yes"
    except (EOFError, KeyboardInterrupt):
        return False


if __name__ == "__main__":
    main()
