import re
import subprocess
import sys
from pathlib import Path

import httpx

NOT_YET = "import sys, services.data_service; sys.exit('facebook_business' in sys.modules)"
ROOT = Path(__file__).parents[3]


def test_the_stand_in_runs_by_itself_and_can_be_told_to_fail():
    command = [sys.executable, "-m", "tests.standins.meta_ads", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None
            with httpx.Client(base_url=found[0], params={"access_token": "token-of-1001"}) as meta:
                campaigns = meta.get("/v26.0/act_1001/campaigns", params={"fields": "name", "limit": 2}).json()
                meta.post("/_stand_in/faults", json={"kind": "user_limit", "path": "/campaigns"})
                refused = meta.get("/v26.0/act_1001/campaigns")
        finally:
            process.kill()
    assert len(campaigns["data"]) == 2
    assert "after" in campaigns["paging"]["cursors"]
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 17)


def test_the_client_library_takes_no_memory_until_an_account_is_read():
    assert subprocess.run([sys.executable, "-c", NOT_YET], cwd=ROOT, check=False).returncode == 0
