"""Render the plain-text part of a report in 64 columns, with one link per customer to a page with all actions."""

from services.email_service.domain.formats import HARD_SPACE
from services.email_service.domain.present_customer import BasketLine, CustomerBlock
from services.email_service.domain.present_report import ReportView

COLUMNS = 64


def render_text(view: ReportView) -> str:
    """Render a report as plain text. URLs are on lines of their own and are never broken."""
    lines = [*_wrapped(view.heading), *_wrapped(view.headline), ""]
    lines += [line for total in view.totals for line in _wrapped(f"{total.figure} {total.label}", 2)]
    for block in view.calls:
        lines += ["", "-" * COLUMNS, *_block(block)]
    if view.orders:
        lines += ["", "=" * COLUMNS, "ORDERED"]
        for at, block in enumerate(view.orders):
            lines += ["", *(["-" * COLUMNS] if at else []), *_block(block)]
    lines += ["", "-" * COLUMNS]
    if view.rest:
        lines += [*_wrapped(view.rest.label), view.rest.url, ""]
    if view.unreachable:
        lines += [*_wrapped(view.unreachable), ""]
    if view.chart:
        lines += [*_wrapped(view.chart.caption), ""]
    lines += [*_wrapped(view.data_note), *_wrapped(view.why_note)]
    if view.stop_url:
        lines += ["Stop this daily email:", view.stop_url]
    return "\n".join(lines).replace(HARD_SPACE, " ") + "\n"


def _block(block: CustomerBlock) -> list[str]:
    title = f"{block.number}. {block.name}" if block.to_call else block.name
    meta = " · ".join(part for part in (block.kinds, block.when, block.last_order) if part)
    lines = [*_with_value(title, block.value), *_wrapped(meta), "", *_wrapped(block.reason)]
    lines += _wrapped(block.also) if block.also else []
    for line in (*block.basket, *([block.more] if block.more else [])):
        lines += _basket_line(line, block.value)
    if block.visits:
        lines += _wrapped(f"Visits: {block.visits.days}", 2)
    if block.viewed:
        lines += _wrapped(block.viewed, 2)
    lines.append("")
    if block.call and block.call.url.startswith("tel:"):
        lines += _wrapped(block.call.label)
    lines += [line for way in block.contacts for line in _wrapped(way.label)]
    return [*lines, *_wrapped(_offer(block)), block.choose_url]


def _offer(block: CustomerBlock) -> str:
    return "Done, not reached, snooze or not mine:" if block.to_call else "Done or not mine:"


def _basket_line(line: BasketLine, block_value: str) -> list[str]:
    left = f"{line.name}, {line.amount}" if line.amount else line.name
    return _with_value(left, line.value or block_value, 2)


def _with_value(left: str, value: str, indent: int = 0) -> list[str]:
    """Align text left and the value right, on the text's last line if there is room, or else on a line of its own."""
    lines = _wrapped(left, indent)
    if not value:
        return lines
    room = COLUMNS - len(lines[-1]) - len(value)
    if room > 1:
        return [*lines[:-1], lines[-1] + " " * room + value]
    return [*lines, value.rjust(COLUMNS)]


def _wrapped(text: str, indent: int = 0) -> list[str]:
    """Wrap text at spaces into lines of at most 64 columns; only words longer than a line are broken."""
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
