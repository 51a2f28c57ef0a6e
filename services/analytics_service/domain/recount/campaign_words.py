"""Which campaigns there are, and by which words leads and ads mean them (docs/decisions/0034)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from hashlib import md5

from services.analytics_service.store.raw_rows import AdDay, AdObject, Campaign

_LONGEST_KEY = 500  # bytes; a name that is longer goes by its digest
_META = "meta"
_NEVER = date.max


def fold(text: str) -> str:
    """In lower case as the database has it: letter by letter, each as one."""
    return "".join(letter.lower()[:1] for letter in text)


def ref_of(account: str, key: str) -> str:
    """What a campaign goes by; an account's own slash must not pass for the one between."""
    return f"{account.replace('/', chr(0x1F))}/{key}"


@dataclass
class _Node:
    """A campaign as it was told: by its account and id."""

    platform: str
    account: str
    key: str
    id: str | None = None
    name: str = ""
    names: set[str] = field(default_factory=set[str])
    first_day: date = _NEVER

    @property
    def ref(self) -> str:
        return ref_of(self.account, self.key)

    @property
    def is_named_by_id(self) -> bool:
        """Whether its id is one of its names, as in exports that have no ids."""
        return self.key in self.names


@dataclass(frozen=True)
class Known:
    """A campaign: its platform's account ('' where unknown) and id (None: made by hand), and what it is called now."""

    account_id: str
    external_id: str | None
    name: str


@dataclass
class CampaignWords:
    """Campaigns by (platform, ref), and refs by (platform, word): of ads' keys, of ids, of names."""

    campaigns: dict[tuple[str, str], Known] = field(default_factory=dict[tuple[str, str], Known])
    by_key: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    by_id: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    by_name: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def of_lead(self, platform: str, utm_id: str, utm_campaign: str) -> str:
        """The campaign that a lead's link names; '': none."""
        return self.by_id.get((platform, utm_id)) or self.by_name.get((platform, utm_campaign)) or ""


def campaign_words(ads: Iterable[AdDay], campaigns: Iterable[Campaign], objects: Iterable[AdObject]) -> CampaignWords:
    """Put together what ads' rows, the campaigns that are kept, and ad sets and ads say."""
    nodes = _nodes(ads, campaigns)
    meant = _meant(nodes)
    words = CampaignWords()
    below: dict[str, list[str]] = defaultdict(list)
    for thing in objects:
        below[fold(thing.campaign_id)].append(fold(thing.object_id))
    ids: dict[tuple[str, str], list[tuple[int, date, str]]] = defaultdict(list)
    names: dict[tuple[str, str], list[tuple[int, date, str]]] = defaultdict(list)
    for node in nodes:
        ref = meant[node.platform, node.ref]
        words.by_key[node.platform, node.ref] = ref
        if ref == node.ref:
            words.campaigns[node.platform, ref] = Known(node.account, node.id, node.name)
        if node.id is not None:
            ids[node.platform, node.key].append((0, node.first_day, ref))
        for name in node.names:
            names[node.platform, name].append((0 if name == fold(node.name) else 1, node.first_day, ref))
        if node.platform == _META:
            for object_id in below[node.key]:
                ids[_META, object_id].append((1, node.first_day, ref))
    words.by_id = {word: min(found)[2] for word, found in ids.items()}
    words.by_name = {word: min(found)[2] for word, found in names.items()}
    return words


def _nodes(ads: Iterable[AdDay], campaigns: Iterable[Campaign]) -> list[_Node]:
    nodes: dict[tuple[str, str, str], _Node] = {}
    for row in sorted(ads, key=lambda row: (row.day, [-ord(letter) for letter in row.campaign_id])):
        key = (row.platform, row.account_id, fold(row.campaign_id))
        node = nodes.setdefault(key, _Node(*key))
        # (the last day's name holds)
        node.id, node.name = row.campaign_id, row.campaign_name
        node.names.add(fold(row.campaign_name))
        node.first_day = min(node.first_day, row.day)
    kept: set[tuple[str, str, str]] = set()
    for row in sorted(campaigns, key=lambda row: row.created_at):
        name = fold(row.name)
        by_hand = name if len(row.name.encode()) <= _LONGEST_KEY else md5(row.name.encode()).hexdigest()  # noqa: S324
        key = (row.platform, row.account_id, fold(row.external_id) if row.external_id is not None else by_hand)
        node = nodes.setdefault(key, _Node(*key))
        # (one made by hand may be called by another's id, and come before it)
        node.id = node.id if node.id is not None else row.external_id
        if key in kept:
            continue
        kept.add(key)
        node.name = row.name
        node.names.add(name)
    return list(nodes.values())


def _meant(nodes: list[_Node]) -> dict[tuple[str, str], str]:
    """The campaign that each told one is, by platform and its own ref."""
    meant = {(node.platform, node.ref): node.ref for node in nodes}
    by_key: dict[tuple[str, str], list[_Node]] = defaultdict(list)
    by_platform: dict[str, list[_Node]] = defaultdict(list)
    for node in nodes:
        by_platform[node.platform].append(node)
        if node.account:
            by_key[node.platform, node.key].append(node)
    for node in nodes:
        same = by_key[node.platform, node.key]
        if not node.account and len(same) == 1:
            meant[node.platform, node.ref] = same[0].ref
    by_account = dict(meant)
    for node in nodes:
        if not node.is_named_by_id:
            continue
        found = {
            by_account[other.platform, other.ref]
            for other in by_platform[node.platform]
            if not other.is_named_by_id
            and node.key in other.names
            and ("" in (node.account, other.account) or node.account == other.account)
        }
        if len(found) == 1:
            meant[node.platform, node.ref] = found.pop()
    return {(platform, ref): meant[platform, to] for (platform, ref), to in meant.items()}
