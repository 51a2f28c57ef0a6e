"""The introduction and the descriptions of tags in the merged OpenAPI document."""

from typing import Final

INTRODUCTION: Final = """Every call of every service, at one address.

**To sign in**, call `POST /auth/password/login`, press *Authorize* and paste the `access_token` of the answer. It lasts
15 minutes; `POST /auth/refresh` gives the next one. Programs send an API key as `X-API-Key` instead. Members of several
companies say in `X-Tenant-Id` which one they mean.

**Days** are written `YYYY-MM-DD`; they are days of the company's time zone, and both ends of a range are included.
Without dates, marketing's figures are of the last 30 whole days, tasks and statistics of the last 7.

**Lists** take `page` (from 1) and `limit` (at most 500), and answer `{data, total, page, limit, has_more}`.

**Long work** answers 202 with a job. Ask for the job until its `status` is `completed`, `failed` or `cancelled`; from
`completed` on, every answer includes what it did.

**Errors** are `application/problem+json`. `type` names what went wrong and stays the same, `detail` says it in words,
`errors` names each wrong field, and `request_id` finds the request in the logs.

| status | what to do |
|---|---|
| 401 | sign in, again if the token is too old |
| 403 | your role, or the company named in `X-Tenant-Id`, does not allow it |
| 404 | there is no such thing, or it is another company's |
| 409 | somebody else changed it meanwhile: look again |
| 422 | correct the fields that `errors` names |
| 429 | wait as long as `Retry-After` says |
| 502, 503, 504 | a service is away or slow: try again later |
"""
TAGS: Final = {
    "analytics": "Tasks, statistics, marketing's figures, goals and reports.",
    "auth": "Signing in, people, teams, companies, API keys and the audit log.",
    "data": "Connected accounts, files in, events, campaigns, data quality and erasure.",
    "email": "The reps' daily reports: who gets which, sending, history, and the links in them.",
    "insights": "What is unusual and why, forecasts, budget advice, and feedback on it.",
    "realtime": "Reserved for sockets, chat and notifications.",
}
