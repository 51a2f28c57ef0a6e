"""A service that has synced nothing yet holds nothing of Google's library."""

import subprocess
import sys


def test_googles_library_is_not_imported_before_the_first_sync() -> None:
    names = ("grpc", "google.analytics", "google.auth")
    asked = f"import sys, services.data_service; print([name for name in {names} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
