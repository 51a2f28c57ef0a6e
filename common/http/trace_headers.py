"""The valid forms of request ids and traces. A header of another form is replaced by a new id and not passed on."""

import re
from typing import Final

REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
# W3C Trace Context, version 00: the group is the trace id.
TRACEPARENT: Final = re.compile(rb"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
