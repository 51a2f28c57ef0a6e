"""The campaigns of a tenant, and the words (ids, names) by which leads and ads refer to them (docs/decisions/0034)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from hashlib import md5

from services.analytics_service.store.raw_rows import AdDay, AdObject, Campaign

_MAX_KEY_BYTES = 500  # a longer name is replaced by its digest
_META = "meta"
_NO_ADS = date.max


def fold(text: str) -> str:
    """Return the text in lower case as the database does it: each letter becomes exactly one letter."""
    return "".join(letter.lower()[:1] for letter in text)


def ref_of(account: str, key: str) -> str:
    """Return a campaign's ref, account/key. A slash in the account is replaced, so that the separator is unique."""
    return f"{account.replace('/', chr(0x1F))}/{key}"


@dataclass
class _Node:
    """A campaign as ads or data.campaign reported it: by account and id."""

    platform: str
    account: str
    key: str
    id: str | None = None
    name: str = ""
    names: set[str] = field(default_factory=set[str])
    first_day: date = _NO_ADS

    @property
    def ref(self) -> str:
        return ref_of(self.account, self.key)

    @property
    def is_named_by_id(self) -> bool:
        """Whether its id is one of its names, as in exports without ids."""
        return self.key in self.names


@dataclass(frozen=True)
class CampaignDetails:
    """A campaign's account ('' if unknown), its id on the platform (None: created by hand), and its present name."""

    account_id: str
    external_id: str | None
    name: str


@dataclass
class CampaignWords:
    """Campaigns by (platform, ref), and refs by (platform, word), where a word is an ad's key, an id or a name."""

    campaigns: dict[tuple[str, str], CampaignDetails] = field(default_factory=dict[tuple[str, str], CampaignDetails])
    by_key: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    by_id: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    by_name: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def of_lead(self, platform: str, utm_id: str, utm_campaign: str) -> str:
        """Return the ref of the campaign that a lead's link names, or ''."""
        return self.by_id.get((platform, utm_id)) or self.by_name.get((platform, utm_campaign)) or ""


def campaign_words(ads: Iterable[AdDay], campaigns: Iterable[Campaign], objects: Iterable[AdObject]) -> CampaignWords:
    """Combine the campaigns of ad rows and of data.campaign with the ids of ad sets and ads."""
    nodes = _nodes(ads, campaigns)
    refs = _resolve(nodes)
    words = CampaignWords()
    objects_of: dict[str, list[str]] = defaultdict(list)
    for ad_object in objects:
        objects_of[fold(ad_object.campaign_id)].append(fold(ad_object.object_id))
    ids: dict[tuple[str, str], list[tuple[int, date, str]]] = defaultdict(list)
    names: dict[tuple[str, str], list[tuple[int, date, str]]] = defaultdict(list)
    for node in nodes:
        ref = refs[node.platform, node.ref]
        words.by_key[node.platform, node.ref] = ref
        if ref == node.ref:
            words.campaigns[node.platform, ref] = CampaignDetails(node.account, node.id, node.name)
        if node.id is not None:
            ids[node.platform, node.key].append((0, node.first_day, ref))
        for name in node.names:
            names[node.platform, name].append((0 if name == fold(node.name) else 1, node.first_day, ref))
        if node.platform == _META:
            for object_id in objects_of[node.key]:
                ids[_META, object_id].append((1, node.first_day, ref))
    words.by_id = {word: min(candidates)[2] for word, candidates in ids.items()}
    words.by_name = {word: min(candidates)[2] for word, candidates in names.items()}
    return words


def _nodes(ads: Iterable[AdDay], campaigns: Iterable[Campaign]) -> list[_Node]:
    nodes: dict[tuple[str, str, str], _Node] = {}
    for row in sorted(ads, key=lambda row: (row.day, [-ord(letter) for letter in row.campaign_id])):
        key = (row.platform, row.account_id, fold(row.campaign_id))
        node = nodes.setdefault(key, _Node(*key))
        # Rows are in order of day, so the last day's name remains.
        node.id, node.name = row.campaign_id, row.campaign_name
        node.names.add(fold(row.campaign_name))
        node.first_day = min(node.first_day, row.day)
    seen: set[tuple[str, str, str]] = set()
    for row in sorted(campaigns, key=lambda row: row.created_at):
        name = fold(row.name)
        name_key = name if len(row.name.encode()) <= _MAX_KEY_BYTES else md5(row.name.encode()).hexdigest()  # noqa: S324
        key = (row.platform, row.account_id, fold(row.external_id) if row.external_id is not None else name_key)
        node = nodes.setdefault(key, _Node(*key))
        # A campaign created by hand may have another campaign's id as its name, and be created before it.
        node.id = node.id if node.id is not None else row.external_id
        if key in seen:
            continue
        seen.add(key)
        node.name = row.name
        node.names.add(name)
    return list(nodes.values())


def _resolve(nodes: list[_Node]) -> dict[tuple[str, str], str]:
    """Map each reported campaign's (platform, ref) to the ref of the campaign that it stands for."""
    refs = {(node.platform, node.ref): node.ref for node in nodes}
    by_key: dict[tuple[str, str], list[_Node]] = defaultdict(list)
    by_platform: dict[str, list[_Node]] = defaultdict(list)
    for node in nodes:
        by_platform[node.platform].append(node)
        if node.account:
            by_key[node.platform, node.key].append(node)
    for node in nodes:
        same = by_key[node.platform, node.key]
        if not node.account and len(same) == 1:
            refs[node.platform, node.ref] = same[0].ref
    by_account = dict(refs)
    for node in nodes:
        if not node.is_named_by_id:
            continue
        candidates = {
            by_account[other.platform, other.ref]
            for other in by_platform[node.platform]
            if not other.is_named_by_id
            and node.key in other.names
            and ("" in (node.account, other.account) or node.account == other.account)
        }
        if len(candidates) == 1:
            refs[node.platform, node.ref] = candidates.pop()
    return {(platform, ref): refs[platform, target] for (platform, ref), target in refs.items()}
