"""Create the database where it is missing and bring it up to date; the same as `branchwise db upgrade`."""

from branchwise.cli import main

if __name__ == "__main__":
    main(["db", "upgrade"])
