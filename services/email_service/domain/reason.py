"""Why a customer is in the report: one sentence, past tense, no jargon, singular and plural right."""

from services.email_service.domain.build_report import WINDOW_DAYS, Customer
from services.email_service.domain.formats import counted, listed
from services.email_service.store.branch_task import CART, ORDER, REPEAT, SEARCH, BranchTask, Kind

_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
MOST_TERMS = 3


def reason(customer: Customer) -> str:
    """The sentence for a customer, by what weighs most among their tasks."""
    if customer.of_kind(CART):
        return _cart(customer)
    if customer.of_kind(SEARCH):
        return _search(customer)
    if customer.of_kind(REPEAT):
        return _repeat(customer.of_kind(REPEAT)[0])
    return f"{ordered(customer)} No call needed."


def ordered(customer: Customer) -> str:
    """`Ordered 2 products.`, `Ordered 5 products in 2 orders.` and the like."""
    orders = customer.of_kind(ORDER)
    products = _distinct_products(orders)
    told = f"Ordered {counted(products, 'product')}" if products else "Ordered"
    return f"{told} in {counted(len(orders), 'order')}." if len(orders) > 1 else f"{told}."


def kinds(customer: Customer) -> str:
    """`Cart + failed search + repeat visits`."""
    names: list[str] = []
    nouns: tuple[tuple[Kind, str, str], ...] = (
        (CART, "cart", "carts"),
        (SEARCH, "failed search", "failed searches"),
        (REPEAT, "repeat visits", "repeat visits"),
        (ORDER, "order", "orders"),
    )
    for kind, one, many in nouns:
        found = len(customer.of_kind(kind))
        if found:
            names.append(one if found == 1 else f"{found} {many}")
    told = " + ".join(names)
    return told[:1].upper() + told[1:]


def terms(searches: list[BranchTask]) -> str:
    """`“ball valve” and “union nut”`, each term once; past three `and 2 more terms`."""
    distinct = list(dict.fromkeys(task.search_term or "" for task in searches))
    shown = [f"“{term}”" for term in distinct[:MOST_TERMS]]
    if len(distinct) > MOST_TERMS:
        shown.append(counted(len(distinct) - MOST_TERMS, "more term"))
    return listed(shown)


def times(number: int) -> str:
    """`once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _cart(customer: Customer) -> str:
    carts = customer.of_kind(CART)
    products = _distinct_products(carts)
    what = counted(products, "product") if products else "products"
    where = "in the cart" if len(carts) == 1 else f"in {len(carts)} carts"
    return f"Left {what} {where}{_beside_cart(customer, carts[-1])} and has not ordered since."


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
    """Which of the visits the cart was left on; 0 where the days do not tell."""
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
