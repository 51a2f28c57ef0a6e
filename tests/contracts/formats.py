"""Values for the formats that our documents name, so that made calls get past the check of their form."""

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("iana-time-zone", st.sampled_from(["Europe/Berlin", "America/Chicago", "Asia/Saigon"]))
schemathesis.openapi.format("iso-4217", st.sampled_from(["EUR", "USD", "VND"]))
schemathesis.openapi.format("iso-3166", st.sampled_from(["DE", "US", "VN"]))
