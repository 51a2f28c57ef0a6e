"""Secrets stored in files of the home, each created when it is first read."""

import os
import secrets
from pathlib import Path


def read_or_make_secret(path: Path) -> str:
    """Return the secret in this file. If the file does not exist, create it with 32 random bytes in hex."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new_file = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        new_file.touch(mode=0o600)
        new_file.write_text(secrets.token_hex(32))
        try:
            # Unlike a rename, a link fails if the file exists, so that two processes starting at once read one secret.
            os.link(new_file, path)
        except FileExistsError:
            pass
        finally:
            new_file.unlink()
    return path.read_text().strip()
