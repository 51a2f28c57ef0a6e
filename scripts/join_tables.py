"""Write the first revisions' scripts anew from database/tables, until the first release freezes them.

After that a table changes by a new revision, and this script goes.
"""

from pathlib import Path

DATABASE = Path(__file__).parent.parent / "database"
REVISIONS = {
    "auth": "0002_auth.sql",
    "data": "0003_data.sql",
    "analytics": "0004_analytics.sql",
    "email": "0005_email.sql",
}


def main() -> None:
    """Join what every service has, and each service's tables in their order."""
    each = sorted((DATABASE / "tables" / "_each_service").glob("*.sql"))
    _write("0001_foundation.sql", each)
    listed = (DATABASE / "tables" / "ORDER").read_text(encoding="utf-8").split()
    for service, name in REVISIONS.items():
        _write(name, [DATABASE / "tables" / line for line in listed if line.startswith(f"{service}/")])
    for path in sorted((DATABASE / "tables").glob("[a-z]*/*.sql")):
        line = str(path.relative_to(DATABASE / "tables"))
        if line not in listed:
            print(f"{line} is not in database/tables/ORDER")


def _write(name: str, tables: list[Path]) -> None:
    joined = "\n".join(path.read_text(encoding="utf-8") for path in tables)
    (DATABASE / "migrations" / "versions" / name).write_text(joined, encoding="utf-8")


if __name__ == "__main__":
    main()
