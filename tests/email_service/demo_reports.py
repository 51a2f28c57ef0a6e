"""Reports for looking at and for measuring: an ordinary day, a busy one, orders only, another country."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from services.email_service.domain.build_report import Branch, Day, Report, build_report
from services.email_service.domain.formats import Formats
from services.email_service.domain.present_report import Links
from services.email_service.store.branch_task import CART, ORDER, REPEAT, SEARCH, BranchTask, Line, Viewed

DAY = date(2024, 4, 29)
US = Formats("US", "USD", "America/Chicago")
VIETNAM = Formats("VN", "VND", "Asia/Ho_Chi_Minh")
VISITS = Day((3, 5, 4, 6, 2, 7, 8, 4, 5, 3, 6, 9, 4, 11), datetime(2024, 4, 29, 21, 55, tzinfo=UTC))
LINKS = Links(
    action=lambda number, action: f"https://app.branchwise.example/email/t/habTOR6HJ295T0yE{number:04}{action[0]}",
    full_list="https://app.branchwise.example/email/t/b3vN0xkQp7yLr2Wd9TzA",
    stop="https://app.branchwise.example/email/unsubscribe/y6oq9b4HmOvH_nvj10l5",
)


def at(clock: str, formats: Formats = US, day: date = DAY) -> datetime:
    """An instant of the tenant's clocks."""
    hour, minute = map(int, clock.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(formats.time_zone)).astimezone(UTC)


def who(
    key: str, company: str | None, cell: str | None = None, office: str | None = None, mail: str | None = None
) -> Any:
    """A customer's part of a task."""
    return {"user_key": key, "company": company, "cell_phone": cell, "office_phone": office, "email": mail}


def cart(
    customer: Any, clock: str, lines: Iterable[tuple[str, str, str]], formats: Formats = US, **more: Any
) -> BranchTask:
    """An open cart of (product, quantity, price)."""
    basket = tuple(_lines(lines))
    value = sum((line.value or Decimal(0) for line in basket), Decimal(0))
    key = f"cart {customer['user_key']} {clock}"
    more = {"value": value, "currency": formats.currency, **more}
    return BranchTask(CART, key, last_activity_at=at(clock, formats), lines=basket, **customer, **more)


def search(customer: Any, clock: str, term: str, times: int = 1, formats: Formats = US) -> BranchTask:
    """A search without a result."""
    key = f"search {customer['user_key']} {term}"
    when = at(clock, formats)
    return BranchTask(SEARCH, key, last_activity_at=when, search_term=term, searches=times, **customer)


def repeat(
    customer: Any, clock: str, days: list[int], viewed: list[tuple[str, int]], formats: Formats = US, **more: Any
) -> BranchTask:
    """Visits on some days of April."""
    return BranchTask(
        REPEAT,
        f"repeat {customer['user_key']}",
        last_activity_at=at(clock, formats),
        sessions=len(days),
        products_viewed=len(viewed),
        visit_days=tuple(date(2024, 4, day) for day in days),
        top_products=tuple(Viewed(name, views) for name, views in viewed),
        **customer,
        **more,
    )


def order(
    customer: Any, clock: str, lines: Iterable[tuple[str, str, str]], formats: Formats = US, **more: Any
) -> BranchTask:
    """A purchase of (product, quantity, price)."""
    basket = tuple(_lines(lines))
    value = sum((line.value or Decimal(0) for line in basket), Decimal(0))
    key = f"order {customer['user_key']} {clock}"
    more = {"value": value, "currency": formats.currency, **more}
    return BranchTask(ORDER, key, last_activity_at=at(clock, formats), lines=basket, **customer, **more)


def report(
    tasks: list[BranchTask], formats: Formats = US, name: str = "Omaha", company: str = "Northline Supply"
) -> Report:
    """The report of the day at seven the next morning."""
    branch = Branch("D07", name, company, "Kim Lee", "kim.lee@northline.example")
    sent_at = at("7:00", formats, DAY + timedelta(days=1))
    return build_report(branch, DAY, sent_at, tasks, formats.currency, VISITS)


def ordinary() -> Report:
    """Four calls and an order."""
    cedar = who("u1", "Cedar Contracting", "+1 402-555-0142", "+1 402-555-0201", "buying@cedar-contracting.example")
    summit = who("u2", "Summit Mechanical", "+1 402-555-0187", None, "orders@summit-mechanical.example")
    harbor = who("u3", "Harbor Electric & Sons", None, "+1 402-555-0131", "hello@harbor-electric.example")
    delta = who("u4", "Delta Facilities", "+1 402-555-0166", None, "buying@delta-facilities.example")
    anchor = who("u5", "Anchor Supply", "+1 402-555-0185", "+1 402-555-0111", "buying@anchor-supply.example")
    viewed = [("Circulation pump 25-60", 3), ("Expansion tank 18 l", 1), ("Ball valve", 1)]
    earlier: Any = {"last_order_at": at("9:00", day=date(2024, 3, 23)), "last_order_value": Decimal("168.66")}
    return report(
        [
            cart(cedar, "11:52", [("Copper pipe 15 mm, 3 m", "6", "18.40"), ("Press fitting 15 mm", "24", "4.15"),
                                  ("Pipe clip", "50", "0.62")], **earlier),
            cart(summit, "10:16", [("Ball valve ¾ in, brass", "4", "32.50")]),
            search(summit, "9:50", "ball valve lockable"),
            search(harbor, "14:05", "union nut", 2),
            repeat(delta, "16:20", [18, 26, 29], viewed),
            order(anchor, "16:49", [("Pressure gauge 0–10 bar", "6", "14.56"), ("Thermostat head", "1", "49.23")]),
            search(who("u9", None), "12:00", "drain cock"),
        ]
    )  # fmt: skip


def busy() -> Report:
    """Thirty customers with long baskets and long names: more than fits."""
    tasks: list[BranchTask] = []
    for number in range(30):
        name = f"Müller & <Söhne> Gebäudetechnik und Rohrleitungsbau Gesellschaft mit beschränkter Haftung No. {number}"
        mail = f"einkauf.{number}@mueller-und-soehne-gebaeudetechnik-und-rohrleitungsbau.example"
        customer = who(f"u{number:02}", name, f"+49 30 5550{number:03}", f"+49 30 5551{number:03}", mail)
        lines = [
            (f'Flanged ball valve DN{line} PN16, stainless, with "lockable" lever', "12.5", "1249.90")
            for line in range(9)
        ]
        tasks.append(cart(customer, "10:16", lines))
        tasks.append(search(customer, "9:50", 'lockable <ball valve> & "lever"'))
        tasks.append(repeat(customer, "10:20", [16, 18, 20, 22, 24, 26, 29], [("Flanged ball valve DN50", 4)]))
        tasks.append(order(customer, "8:00", lines[:2]))
    tasks += [
        order(who(f"o{number}", f"Ordered {number}", "+49 30 1"), "12:00", [("Nut", "1", "2.00")])
        for number in range(5)
    ]
    return report(tasks)


def only_orders() -> Report:
    """Nobody to call."""
    anchor = who("u5", "Anchor Supply", "+1 402-555-0185", None, "buying@anchor-supply.example")
    pioneer = who("u6", "Pioneer Mechanical", None, "+1 402-555-0154", None)
    return report(
        [
            order(anchor, "16:49", [("Pressure gauge 0–10 bar", "6", "14.56")]),
            order(pioneer, "9:12", [("Thermostat head", "1", "49.23")], currency="EUR", value=None),
        ]
    )


def vietnamese() -> Report:
    """A branch in Hồ Chí Minh City, prices in đồng."""
    hoa = who("v1", "Công ty TNHH Thiết bị Hòa Phát", "+84 90 555 01 87", None, "muahang@hoaphat.example")
    nguyen = who("v2", "Nguyễn Thị Ánh Tuyết", "0903 555 142")
    mai = who("v3", "Xây dựng Mai Linh", None, "+84 28 3555 0211", "vattu@mailinh.example")
    return report(
        [
            cart(hoa, "10:16", [("Máy bơm nước 1,5 kW", "2", "4350000"), ("Ống PPR 25 mm", "40", "38000")], VIETNAM),
            search(nguyen, "20:05", "van bi khóa được", 1, VIETNAM),
            repeat(mai, "15:30", [22, 29], [("Đồng hồ áp suất", 2), ("Khớp nối nhanh", 1)], VIETNAM),
            order(nguyen, "21:10", [("Băng keo lụa", "10", "12000")], VIETNAM),
        ],
        VIETNAM,
        "Quận 7",
        "Thiết bị Sài Gòn",
    )


def several_currencies() -> Report:
    """Carts in dollars and euros, never added."""
    first = who("c1", "Border Trade", "+1 402-555-0101")
    second = who("c2", "Euro Imports", "+1 402-555-0102")
    return report(
        [
            cart(first, "10:00", [("Ball valve", "10", "1150.00")]),
            cart(first, "11:00", [("Gasket", "10", "30.00")], currency="EUR"),
            cart(second, "12:00", [("Flange", "40", "90.00")], currency="EUR"),
        ]
    )


def _lines(lines: Iterable[tuple[str, str, str]]) -> Iterable[Line]:
    for name, quantity, price in lines:
        value = (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01"))
        yield Line(name, name, Decimal(quantity), value)
