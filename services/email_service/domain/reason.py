"""Word in one sentence why a customer is in the report."""

from services.email_service.domain.build_report import WINDOW_DAYS, Customer
from services.email_service.domain.formats import counted, listed
from services.email_service.store.branch_task import CART, ORDER, REPEAT, SEARCH, BranchTask, Kind

_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
MOST_TERMS = 3


def reason(customer: Customer) -> str:
    """Return the sentence for a customer, about the tasks of their highest tier."""
    if customer.of_kind(CART):
        return _cart(customer)
    if customer.of_kind(SEARCH):
        return _search(customer)
    if customer.of_kind(REPEAT):
        return _repeat(customer.of_kind(REPEAT)[0])
    return f"{ordered(customer)} No call needed."


def ordered(customer: Customer) -> str:
    """Return a sentence such as `Ordered 5 products in 2 orders.`; without products, `Ordered in 2 orders.`."""
    orders = customer.of_kind(ORDER)
    products = _distinct_products(orders)
    sentence = f"Ordered {counted(products, 'product')}" if products else "Ordered"
    return f"{sentence} in {counted(len(orders), 'order')}." if len(orders) > 1 else f"{sentence}."


def kinds(customer: Customer) -> str:
    """Return the kinds of a customer's tasks: `Cart + failed search + repeat visits`."""
    names: list[str] = []
    nouns: tuple[tuple[Kind, str, str], ...] = (
        (CART, "cart", "carts"),
        (SEARCH, "failed search", "failed searches"),
        (REPEAT, "repeat visits", "repeat visits"),
        (ORDER, "order", "orders"),
    )
    for kind, one, many in nouns:
        count = len(customer.of_kind(kind))
        if count:
            names.append(one if count == 1 else f"{count} {many}")
    joined = " + ".join(names)
    return joined[:1].upper() + joined[1:]


def terms(searches: list[BranchTask]) -> str:
    """Return the distinct search terms, at most three of them by name: `“ball valve” and “union nut”`."""
    distinct = list(dict.fromkeys(task.search_term or "" for task in searches))
    shown = [f"“{term}”" for term in distinct[:MOST_TERMS]]
    if len(distinct) > MOST_TERMS:
        shown.append(counted(len(distinct) - MOST_TERMS, "more term"))
    return listed(shown)


def times(number: int) -> str:
    """Return `once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _cart(customer: Customer) -> str:
    carts = customer.of_kind(CART)
    products = _distinct_products(carts)
    noun = counted(products, "product") if products else "products"
    where = "in the cart" if len(carts) == 1 else f"in {len(carts)} carts"
    return f"Left {noun} {where}{_beside_cart(customer, carts[-1])} and has not ordered since."


def _beside_cart(customer: Customer, cart: BranchTask) -> str:
    searches = customer.of_kind(SEARCH)
    if searches:
        earlier = [task for task in searches if task.last_activity_at <= cart.last_activity_at]
        if earlier:
            return f" after searching {terms(earlier)} without a result"
        return f", then searched {terms(searches)} without a result"
    repeats = customer.of_kind(REPEAT)
    if not repeats:
        return ""
    visit = _visit_of(cart, repeats[0])
    if 1 < visit < len(_ORDINALS):
        return f" on the {_ORDINALS[visit]} visit in {WINDOW_DAYS} days"
    return f", visited {times(repeats[0].sessions)} in {WINDOW_DAYS} days"


def _visit_of(cart: BranchTask, repeat: BranchTask) -> int:
    """Return the number of the visit on which the cart was left; 0 if it is not known to be the last visit."""
    if cart.session is not None and cart.session == repeat.session:
        return repeat.sessions
    return 0


def _search(customer: Customer) -> str:
    searches = customer.of_kind(SEARCH)
    tried = sum(task.searches for task in searches)
    distinct = {task.search_term for task in searches}
    often = f" {times(tried)}" if len(distinct) == 1 and tried > 1 else ""
    repeats = customer.of_kind(REPEAT)
    if repeats:
        visits = times(repeats[0].sessions)
        return f"Searched {terms(searches)}{often} without a result and visited {visits} in {WINDOW_DAYS} days."
    return f"Searched {terms(searches)}{often} and got no results."


def _repeat(task: BranchTask) -> str:
    visited = f"Visited {times(task.sessions)} in {WINDOW_DAYS} days"
    if not task.products_viewed:
        return f"{visited} without ordering."
    return f"{visited} and looked at {counted(task.products_viewed, 'product')} without ordering."


def _distinct_products(tasks: list[BranchTask]) -> int:
    return len({line.item_id for task in tasks for line in task.lines})
