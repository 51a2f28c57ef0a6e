"""Files of leads as a company's own system exports them, for benchmarks."""

SOURCES = ("google", "facebook", "newsletter", "", "shopee")


def lead_file(rows: int) -> bytes:
    """Return a CSV whose date format has to be inferred, with two unknown columns and a name that is not ASCII."""
    header = (
        "lead_id,created_at,name,email,phone,utm_source,utm_medium,utm_campaign,gclid,location_id,is_paid,score,note"
    )
    lines = [header, *(_line(number) for number in range(rows))]
    return ("\n".join(lines) + "\n").encode()


def _line(number: int) -> str:
    source = SOURCES[number % len(SOURCES)]
    day, month = 1 + number % 28, 1 + number % 12
    return (
        f"L{number:08},{day:02}/{month:02}/2026 {number % 24:02}:{number % 60:02},Zoë Person {number},"
        f"p{number}@example.com,+1-402-555-{number % 10_000:04},{source},cpc,Campaign {number % 40},"
        f"gc{number * 7919:x},D{number % 40:02},{'yes' if number % 3 else 'no'},{number % 100},call {number % 7}"
    )
