"""The Graph API's answers: nodes, edges with cursors, insights and asynchronous reports, as Meta documents them."""

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tests.standins.meta_ads.refusals import REFUSALS
from tests.standins.meta_ads.world import AdAccount, Node, Run, World

EDGES = ("campaigns", "adsets", "ads")
# "Paging Through Results" gives 25 objects where nobody asks: developers.facebook.com/docs/graph-api/results
_PAGE = 25
_STATUSES = ("ACTIVE", "PAUSED", "IN_PROCESS", "WITH_ISSUES", "CAMPAIGN_PAUSED", "ADSET_PAUSED")
_MONTHS = 37


class Refused(Exception):
    """The request is answered by an error of refusals.py."""


class Answer(NamedTuple):
    """A body that is JSON, with its status."""

    status: int
    body: dict[str, Any]


def answer(world: World, method: str, path: list[str], params: Mapping[str, str], base: str) -> Answer:
    """What Meta says to a request whose token is `params["access_token"]`; `base` is the URL without its query.

    Raises:
        Refused: the token is nobody's, the object is not there, or the request asks for too much.
    """
    reader = next((one for one in world.accounts if one.token == params.get("access_token")), None)
    if reader is None:
        raise Refused("malformed_token")
    node, edge = path[0], path[1] if len(path) > 1 else ""
    if (node, edge) == ("me", "permissions"):
        # "Permissions of a user": developers.facebook.com/docs/graph-api/reference/user/permissions
        listed = [{"permission": name, "status": status} for name, status in reader.permissions.items()]
        return Answer(200, {"data": listed})
    if node in world.runs:
        return _run(world, node, edge, params, base)
    account = world.account(node.removeprefix("act_"))
    if account is None or account.token != reader.token:
        raise Refused("no_object")
    if edge == "insights":
        return _insights(world, account, method, params, base)
    if edge in EDGES:
        return _page(_objects(account, edge, params), params, base)
    return Answer(200, _chosen(account.node(), params))


def _run(world: World, run_id: str, edge: str, params: Mapping[str, str], base: str) -> Answer:
    """A report: how far it is, or its rows.

    "Asynchronous jobs": developers.facebook.com/docs/marketing-api/insights/best-practices
    """
    run = world.runs[run_id]
    if edge == "insights":
        if run.polls_left or run.status != "Job Completed":
            raise Refused("bad_parameter")
        return _page(run.rows, params, base)
    if run.polls_left:
        run.polls_left -= 1
        return Answer(200, {"id": run_id, "async_status": "Job Running", "async_percent_completion": 40})
    if run.status == "Job Completed":
        return Answer(200, {"id": run_id, "async_status": run.status, "async_percent_completion": 100})
    failed: Node = {"id": run_id, "async_status": run.status, "async_percent_completion": 60}
    if _count(run.account, run.params) > world.row_limit:
        failed |= {"error_code": 100, "error_subcode": 1487534}
    return Answer(200, failed)


def _insights(world: World, account: AdAccount, method: str, params: Mapping[str, str], base: str) -> Answer:
    """Rows at once, or a report where it is a POST.

    "Ad Account Insights": developers.facebook.com/docs/marketing-api/reference/ad-account/insights
    """
    if (params.get("level"), params.get("time_increment")) != ("campaign", "1"):
        raise Refused("bad_parameter")
    first, _ = _range(params)
    if first < world.today(account) - timedelta(days=_MONTHS * 30.4375):
        raise Refused("too_old")
    too_much = _count(account, params) > world.row_limit
    if method == "POST":
        run_id = str(6_000_000_000 + len(world.runs))
        status = "Job Failed" if too_much else world.run_status
        # (what it tells is as of its order, however much later it is read)
        world.runs[run_id] = Run(
            account, dict(params), world.polls, status, insight_rows(account, params, world.today(account))
        )
        return Answer(200, {"report_run_id": run_id})
    if too_much:
        raise Refused("too_much_data")
    return _page(insight_rows(account, params, world.today(account)), params, base)


def insight_rows(account: AdAccount, params: Mapping[str, str], today: date) -> list[Node]:
    """A row for each campaign and day that has figures, up to the account's `today`.

    Archived and deleted campaigns are left out unless a filter asks for them: Insights API, "Deleted and Archived
    Objects", developers.facebook.com/docs/marketing-api/insights
    """
    first, last = (day.isoformat() for day in _range(params))
    statuses = _statuses(params, "campaign.effective_status") or _STATUSES
    campaigns = {one["id"]: one for one in account.campaigns if one["effective_status"] in statuses}
    rows: list[Node] = []
    for (campaign_id, day), figures in sorted(account.figures.items()):
        if first <= day <= min(last, today.isoformat()) and campaign_id in campaigns:
            row = {
                "account_id": account.account_id,
                "account_currency": account.currency,
                "campaign_id": campaign_id,
                "campaign_name": campaigns[campaign_id]["name"],
                **figures,
            }
            rows.append({**_chosen(row, params, keep=()), "date_start": day, "date_stop": day})
    return rows


def _objects(account: AdAccount, edge: str, params: Mapping[str, str]) -> list[Node]:
    """The objects of an edge.

    Those that are archived or deleted only where `effective_status` names it: "Manage Your Ad Object's Status",
    developers.facebook.com/docs/marketing-api/guides/manage-your-ad-object
    """
    wanted = json.loads(params.get("effective_status", "null")) or _STATUSES
    since = next((int(one["value"]) for one in _filters(params) if one["field"].endswith("updated_time")), 0)
    listed: list[Node] = getattr(account, edge)
    return [_chosen(one, params) for one in listed if one["effective_status"] in wanted and _updated(one) > since]


def _updated(node: Node) -> float:
    return datetime.strptime(node["updated_time"], "%Y-%m-%dT%H:%M:%S%z").timestamp()


def _page(rows: list[Node], params: Mapping[str, str], base: str) -> Answer:
    """A page with its cursors; `next`, with the token in it, stands only where there is more.

    "Paging Through Results": developers.facebook.com/docs/graph-api/results
    """
    start = _position(params["after"]) if params.get("after") else 0
    end = start + int(params.get("limit", _PAGE))
    paging: dict[str, Any] = {"cursors": {"before": _cursor(start), "after": _cursor(min(end, len(rows)))}}
    if end < len(rows):
        paging["next"] = f"{base}?{urlencode({**params, 'after': _cursor(end)})}"
    return Answer(200, {"data": rows[start:end], "paging": paging} if rows else {"data": []})


def _position(cursor: str) -> int:
    return int(base64.b64decode(cursor).decode().partition("-")[0])


def _cursor(position: int | str) -> str:
    return base64.b64encode(str(position).encode()).decode()


def moved(cursor: str, rows: int) -> str:
    """A cursor so many rows further on, unlike the one that led there."""
    return _cursor(f"{_position(cursor) + rows}-again")


def _chosen(node: Node, params: Mapping[str, str], keep: Iterable[str] = ("id",)) -> Node:
    """The fields that were asked for, given both as a list and as JSON, and those that always come."""
    asked = params.get("fields", "")
    names: list[str] = json.loads(asked) if asked.startswith("[") else [name for name in asked.split(",") if name]
    return {name: node[name] for name in (*keep, *names, *node.get("unasked", ())) if name in node}


def _filters(params: Mapping[str, str]) -> list[dict[str, Any]]:
    return json.loads(params.get("filtering") or "[]")


def _statuses(params: Mapping[str, str], field: str) -> list[str]:
    return next((one["value"] for one in _filters(params) if one["field"] == field), [])


def _range(params: Mapping[str, str]) -> tuple[date, date]:
    asked = json.loads(params["time_range"])
    return date.fromisoformat(asked["since"]), date.fromisoformat(asked["until"])


def _count(account: AdAccount, params: Mapping[str, str]) -> int:
    first, last = (day.isoformat() for day in _range(params))
    return sum(first <= day <= last for _, day in account.figures)


def refusal_body(kind: str, token: str) -> Answer:
    """An error's body; Meta repeats a token that it cannot read."""
    refusal = REFUSALS[kind]
    return Answer(refusal.status, {"error": {**refusal.error, "message": refusal.error["message"].format(token=token)}})
