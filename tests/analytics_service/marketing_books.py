"""Random leads, contracts and ads of a small company with many difficult cases, and storing them in the database."""

from collections.abc import Iterable
from dataclasses import astuple
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from tests.analytics_service.marketing_reference import AdDay, Books, Contract, Lead
from tests.analytics_service.stored import Stored

FIRST, DAYS = date(2024, 1, 1), 151
# Two campaigns of a platform with the same name, a renamed one, and names with quotes, right-to-left text and an emoji.
CAMPAIGNS = (
    ("google", "a1", "11", ("Spring",)),
    ("google", "a1", "12", ("Spring",)),
    ("google", "a2", "13", ("Brand", "Brand 2026")),
    ("meta", "m", "21", ('O\'Neil "quoted" \\ 100%',)),
    ("meta", "m", "22", ("حملة الربيع",)),
    ("tiktok", "", "x1", ("🎯 فيديو",)),
    ("bing", "b", "31", ("Never asked for",)),
)
SOURCES = ("", "", "google", "GOOGLE", "fb", "instagram", "tiktok", "newsletter", "www.google.com")
MEDIA = ("", "cpc", "CPC", "email", "organic", "paid_social")
REFERRERS = ("", "", "https://www.google.com/search?q=1", "https://m.facebook.com/", "https://blog.example/post")
PRODUCTS = (("P1", "Pump"), ("P1", "Pump, old"), ("P2", ""), ("", "Only a name"), ("", ""))
BRANCHES = ("", "N", "S", "Nowhere")


def random_books(random: Random, leads: int = 450) -> Books:
    """Return five months of leads, contracts and ads."""
    books = Books()
    for number in range(leads):
        platform, _, campaign_id, names = random.choice(CAMPAIGNS)
        product_id, product_name = random.choice(PRODUCTS)
        lead = Lead(
            f"L{number}",
            FIRST + timedelta(int(DAYS * random.random() ** 0.8)),
            utm_source=random.choice((*SOURCES, platform, platform, platform)),
            utm_medium=random.choice(MEDIA),
            utm_campaign=random.choice(("", "nothing of the kind", *names, names[0].upper())),
            utm_id=random.choice(("", "", campaign_id, "99")),
            gclid=random.choice(("", "", "", "g")),
            fbclid=random.choice(("", "", "", "f")),
            referrer=random.choice(REFERRERS),
            product_id=product_id,
            product_name=product_name,
            location_id=random.choice(BRANCHES),
            is_paid=random.choice((None, None, None, True, False)),
            platform=random.choice(("",) * 8 + ("shopee",)),
        )
        books.leads.append(lead)
        for one in range(random.choice((0, 0, 0, 1, 1, 2))):
            books.contracts.append(_contract(random, lead, f"C{number}.{one}"))
    books.contracts.append(Contract("C of nobody", "not known", FIRST, Decimal(5)))
    books.ads.extend(ad for campaign in CAMPAIGNS for ad in _ads(random, *campaign))
    return books


def _contract(random: Random, lead: Lead, contract_id: str) -> Contract:
    day = lead.day + timedelta(random.choice((-2, 0, 3, 10, 40)))
    amount = random.choice(
        (Decimal("0.005"), Decimal("1234.565"), Decimal("-80.10"), Decimal(random.randrange(1, 5000)))
    )
    currency = random.choice(("", "USD", "usd", "", "EUR"))
    return Contract(contract_id, lead.lead_id, day, amount, currency, random.choice(("signed",) * 4 + ("cancelled",)))


def _ads(random: Random, platform: str, account: str, campaign: str, names: tuple[str, ...]) -> Iterable[AdDay]:
    rests = random.choice((0.0, 0.1, 0.6))
    daily = random.choice((3, 20, 90))
    for n in range(random.choice((0, 40, 80)), DAYS):
        if random.random() < rests:
            continue
        spend = Decimal(int(daily * 1000 * random.random() * (3 if n > 120 and random.random() < 0.5 else 1))) / 1000
        name = names[-1] if n > 70 else names[0]
        yield AdDay(
            platform,
            account,
            campaign,
            name,
            FIRST + timedelta(n),
            random.choice((spend, spend, Decimal(0), -spend / 4)),
            random.randrange(2000),
            random.randrange(60),
            random.choice(("", "", "USD", "EUR")),
        )


async def store_books(stored: Stored, books: Books) -> None:
    """Store the raw rows in the tables that other services write."""
    tenant = stored.tenant_id
    texts = (
        "lead_id", "utm_source", "utm_medium", "utm_campaign", "utm_id", "gclid", "fbclid", "referrer", "product_id",
        "product_name", "location_id", "platform",
    )  # fmt: skip
    columns = ", ".join(("tenant_id", "created_day", "is_paid", *texts))
    places = ", ".join(f"${n}" for n in range(1, 4 + len(texts)))
    await stored.writer.executemany(
        f"insert into data.lead ({columns}) values ({places})",
        [(tenant, lead.day, lead.is_paid, *(getattr(lead, name) or None for name in texts)) for lead in books.leads],
    )
    await stored.writer.executemany(
        "insert into data.contract (tenant_id, contract_id, lead_id, signed_day, amount, currency, status)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        [(tenant, c.contract_id, c.lead_id, c.day, c.amount, c.currency or None, c.status) for c in books.contracts],
    )
    columns = "platform, account_id, campaign_id, campaign_name, day, spend, impressions, clicks, currency"
    await stored.writer.executemany(
        f"insert into data.ad_performance (tenant_id, {columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [(tenant, *astuple(ad)[:-1], ad.currency or None) for ad in books.ads],
    )


async def with_rules(stored: Stored, books: Books) -> Books:
    """Return the same books with the database's rules."""
    rows = await stored.writer.fetch("select source, platform from analytics.platform_source")
    books.sources = {row["source"]: row["platform"] for row in rows}
    rows = await stored.writer.fetch("select name, platform from analytics.platform_host")
    books.hosts = {row["name"]: row["platform"] for row in rows}
    rows = await stored.writer.fetch("select medium from analytics.paid_medium")
    books.paid_media = frozenset(row["medium"] for row in rows)
    return books
