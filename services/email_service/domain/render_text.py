"""The plain-text part: 64 columns, one link per customer whose page offers every action."""

from services.email_service.domain.formats import HARD_SPACE
from services.email_service.domain.present_customer import BasketLine, CustomerBlock
from services.email_service.domain.present_report import ReportView

COLUMNS = 64


def render_text(view: ReportView) -> str:
    """The report as text; addresses stand on lines of their own, whole, however long."""
    lines = [*_folded(view.heading), *_folded(view.headline), ""]
    lines += [line for total in view.totals for line in _folded(f"{total.figure} {total.label}", 2)]
    for block in view.calls:
        lines += ["", "-" * COLUMNS, *_block(block)]
    if view.orders:
        lines += ["", "=" * COLUMNS, "ORDERED"]
        for at, block in enumerate(view.orders):
            lines += ["", *(["-" * COLUMNS] if at else []), *_block(block)]
    lines += ["", "-" * COLUMNS]
    if view.rest:
        lines += [*_folded(view.rest.label), view.rest.url, ""]
    if view.unreachable:
        lines += [*_folded(view.unreachable), ""]
    if view.chart:
        lines += [*_folded(view.chart.caption), ""]
    lines += [*_folded(view.data_note), *_folded(view.why_note)]
    if view.stop_url:
        lines += ["Stop this daily email:", view.stop_url]
    return "\n".join(lines).replace(HARD_SPACE, " ") + "\n"


def _block(block: CustomerBlock) -> list[str]:
    title = f"{block.number}. {block.name}" if block.to_call else block.name
    meta = " · ".join(part for part in (block.kinds, block.when, block.last_order) if part)
    lines = [*_with_value(title, block.value), *_folded(meta), "", *_folded(block.reason)]
    lines += _folded(block.also) if block.also else []
    for line in (*block.basket, *([block.more] if block.more else [])):
        lines += _basket_line(line, block.value)
    if block.visits:
        lines += _folded(f"Visits: {block.visits.days}", 2)
    if block.viewed:
        lines += _folded(block.viewed, 2)
    lines.append("")
    if block.call and block.call.url.startswith("tel:"):
        lines += _folded(block.call.label)
    lines += [line for way in block.contacts for line in _folded(way.label)]
    return [*lines, *_folded(_offer(block)), block.choose_url]


def _offer(block: CustomerBlock) -> str:
    return "Done, not reached, snooze or not mine:" if block.to_call else "Done or not mine:"


def _basket_line(line: BasketLine, block_value: str) -> list[str]:
    left = f"{line.name}, {line.amount}" if line.amount else line.name
    return _with_value(left, line.value or block_value, 2)


def _with_value(left: str, value: str, indent: int = 0) -> list[str]:
    """Text on the left, the value flush right: on the last line where there is room, else on one of its own."""
    lines = _folded(left, indent)
    if not value:
        return lines
    room = COLUMNS - len(lines[-1]) - len(value)
    if room > 1:
        return [*lines[:-1], lines[-1] + " " * room + value]
    return [*lines, value.rjust(COLUMNS)]


def _folded(text: str, indent: int = 0) -> list[str]:
    """The text in lines of at most 64 columns, broken at blanks; only what is longer than a line is cut."""
    pad = " " * indent
    if indent + len(text) <= COLUMNS:
        return [pad + text]
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        rest = word
        if line and indent + len(line) + 1 + len(rest) <= COLUMNS:
            line += " " + rest
            continue
        if line:
            lines.append(pad + line)
        while indent + len(rest) > COLUMNS:
            lines.append(pad + rest[: COLUMNS - indent])
            rest = rest[COLUMNS - indent :]
        line = rest
    return [*lines, pad + line]
