"""The negative moments of truth that `simulate` plays, each as the customer lives it.

A row reads: name, subject, steps, and `ends`: by when the customer is lost unless somebody helps, the label's time.
Minutes count from the story's beginning. Each is named after the rule that should see it.
"""

from typing import Final

from streams.datasets.story import DAY, HOUR, Amount, In, Lang, OneOf, Said, Story, Whole, aside, at, scored, story

_MONEY: Final = {"amount": Amount(), "currency": "EUR"}
_QUESTION: Final = {
    "text": Said("Does it fit the older model too?", "¿Sirve también para el modelo antiguo?"),
    "lang": Lang(),
}
_UPSET: Final = {"text": Said("Nobody tells me anything.", "Nadie me dice nada."), "lang": Lang()}
_PROVIDER: Final = OneOf(("adyen", "redsys", "paypal"))
_STORE: Final = OneOf(("madrid-014", "sevilla-002", "porto-007"))

BAD: Final[tuple[Story, ...]] = (
    # ZMOT: looking around
    story(
        "search-dead-end",
        "search",
        aside(-2, "page.viewed", path="/"),
        at(0, "product.searched", query="lamp e27", results=0),
        at((1, 3), "product.searched", query="lamp e 27", results=0),
        at((4, 7), "product.searched", query="light bulb 27", results=0),
        at((8, 11), "product.searched", query="bulb", results=0),
        ends=(2 * HOUR, 6 * HOUR),
    ),
    story(
        "presale-unanswered",
        "conversation",
        aside(-5, "product.viewed", sku="K-100"),
        at(0, "conversation.started", queue="sales"),
        at(1, "message.received", **_QUESTION),
        at((2 * HOUR, 3 * HOUR), "message.received", **_QUESTION),
        ends=(5 * HOUR, 8 * HOUR),
    ),
    story(
        "site-hurts",
        "page",
        aside(-3, "page.viewed", path="/offers"),
        at(0, "error.shown", path="/cart", error="500"),
        at((0.5, 1), "click.raged", path="/cart"),
        at((1.5, 2), "error.shown", path="/cart", error="500"),
        at((2.5, 3.5), "click.dead", "click.failed", path="/cart"),
        ends=(1 * HOUR, 4 * HOUR),
    ),
    # FMOT: choosing and buying
    story(
        "payment-failing",
        "cart",
        aside((-20, -10), "product.viewed", sku="K-200"),
        at(-5, "product.added", sku="K-200"),
        at(0, "checkout.started", **_MONEY),
        at((1, 2), "payment.failed", reason="declined", provider=_PROVIDER, **_MONEY),
        at((3, 4), "payment.failed", reason="timeout", provider=_PROVIDER, **_MONEY),
        at((5, 8), "payment.failed", reason="declined", provider=_PROVIDER, **_MONEY),
        ends=(3 * HOUR, 8 * HOUR),
    ),
    story(
        "checkout-lost",
        "cart",
        at(-4, "product.added", sku="K-300"),
        at(0, "checkout.started", **_MONEY),
        at((2, 8), "coupon.denied", "error.shown", reason="expired"),
        ends=(3 * HOUR, 8 * HOUR),
    ),
    story(
        "stockout-met",
        "visit",
        at(0, "visit.started", store=_STORE),
        at((5, 15), "stockout.reported", store=_STORE, sku="K-400"),
        ends=(4 * HOUR, 8 * HOUR),
    ),
    story(
        "long-queue",
        "visit",
        at(0, "visit.started", store=_STORE),
        at((25, 35), "queue.waited", store=_STORE, wait_seconds=Whole(780, 1500)),
        ends=(2 * HOUR, 5 * HOUR),
    ),
    story(
        "collect-not-ready",
        "order",
        at(0, "order.completed", ready_by=In(4 * HOUR), **_MONEY),
        at((5 * HOUR, 6 * HOUR), "visit.started", store=_STORE),
        at((26 * HOUR, 30 * HOUR), "click_and_collect.ready", store=_STORE),
        ends=(8 * HOUR, 20 * HOUR),
    ),
    # SMOT: delivery, after-sales, support
    story(
        "delivery-late",
        "order",
        aside((-40, -30), "review.read", sku="K-500"),
        at(0, "order.completed", promised_at=In(3 * DAY), ship_by=In(2 * DAY), items=2, **_MONEY),
        at((10 * HOUR, 30 * HOUR), "shipment.dispatched", carrier="seur"),
        at((3 * DAY + 20 * HOUR, 5 * DAY), "shipment.delivered", carrier="seur"),
        at((5 * DAY + 1 * HOUR, 5 * DAY + 2 * HOUR), "survey.sent", survey="after-delivery"),
        at((5 * DAY + 4 * HOUR, 5 * DAY + 9 * HOUR), "survey.answered", aspect="delivery", **scored("CSAT", 1, 2, 5)),
        ends=5 * DAY + 10 * HOUR,
    ),
    story(
        "delivery-late",  # and it never comes
        "order",
        at(0, "order.completed", promised_at=In(2 * DAY), ship_by=In(1 * DAY), items=1, **_MONEY),
        at((8 * HOUR, 20 * HOUR), "shipment.dispatched", carrier="mrw"),
        at((2 * DAY + 12 * HOUR, 2 * DAY + 20 * HOUR), "social.mentioned", reach=Whole(10, 900), **_UPSET),
        ends=(4 * DAY, 6 * DAY),
    ),
    story(
        "not-dispatched",
        "order",
        at(0, "order.completed", promised_at=In(9 * DAY), ship_by=In(2 * DAY), items=1, **_MONEY),
        # long after the limit: of the Olist orders a day or two late few more are reviewed badly than of those in time
        at((6 * DAY, 7 * DAY), "shipment.dispatched", carrier="seur"),
        at((8 * DAY, 8 * DAY + 12 * HOUR), "shipment.delivered", carrier="seur"),
        ends=(5 * DAY, 5 * DAY + 12 * HOUR),
    ),
    story(
        "refund-late",
        "order",
        at(0, "return.requested", reason="wrong size", **_MONEY),
        at((2 * DAY, 3 * DAY), "return.received", refund_due_at=In(7 * DAY), **_MONEY),
        at((13 * DAY, 15 * DAY), "order.refunded", **_MONEY),
        ends=(11 * DAY, 12 * DAY),
    ),
    story(
        "gave-up-waiting",
        "conversation",
        at(0, "conversation.started", queue="support"),
        at((0.5, 1), "conversation.enqueued", queue="support"),
        at((6, 12), "conversation.abandoned", queue="support", wait_seconds=Whole(240, 600)),
        ends=(4 * HOUR, 9 * HOUR),
    ),
    story(
        "gave-up-waiting",
        "call",
        at(0, "call.initiated", queue="support"),
        at((0.2, 0.5), "call.queued", queue="support"),
        at((6, 11), "call.abandoned", queue="support", wait_seconds=Whole(240, 600)),
        ends=(4 * HOUR, 9 * HOUR),
    ),
    story(
        "callback-broken",
        "call",
        at(0, "call.initiated", queue="support"),
        at((1, 2), "call.connected", queue="support", wait_seconds=Whole(50, 110)),
        at((6, 9), "call.completed", queue="support", resolved=False),
        at(10, "callback.promised", queue="support", callback_at=In(2 * HOUR)),
        at((6 * HOUR, 7 * HOUR), "call.initiated", queue="support"),
        ends=(8 * HOUR, 12 * HOUR),
    ),
    story(
        "bot-trap",
        "conversation",
        at(0, "conversation.started", queue="bot"),
        at(0.1, "bot.answered", intent="greeting"),
        at((1, 1.5), "bot.fallback", intent="unknown"),
        at((2, 2.5), "bot.fallback", intent="unknown"),
        at((3, 3.5), "bot.fallback", intent="unknown"),
        at((4, 5), "bot.handoff_requested", queue="support"),
        at((15, 25), "conversation.closed", queue="bot", resolved=False),
        ends=(2 * HOUR, 4 * HOUR),
    ),
    story(
        "repeat-contact",
        "order",
        at(0, "conversation.started", queue="support"),
        at((3, 9), "message.sent", staff="a17"),
        at((15, 20), "conversation.closed", queue="support", resolved=False),
        at((20 * HOUR, 24 * HOUR), "call.initiated", queue="support"),
        at((24 * HOUR + 1, 24 * HOUR + 2), "call.connected", queue="support", wait_seconds=Whole(30, 110)),
        at((24 * HOUR + 9, 24 * HOUR + 15), "call.completed", queue="support", resolved=False),
        at((44 * HOUR, 48 * HOUR), "email.received", **_UPSET),
        at((49 * HOUR, 51 * HOUR), "email.sent", template="reply"),
        ends=(3 * DAY, 4 * DAY),
    ),
    story(
        "complaint-clock",
        "complaint",
        at(0, "complaint.opened", category="undue charge", answer_due_at=In(5 * DAY), **_UPSET),
        at((8 * DAY, 9 * DAY), "complaint.answered", resolved=True),
        ends=(6 * DAY, 7 * DAY),
    ),
    story(
        "low-score",
        "visit",
        at(0, "visit.started", store=_STORE),
        at((20, 40), "sale.completed", store=_STORE, **_MONEY),
        at((3 * HOUR, 4 * HOUR), "survey.sent", survey="after-visit"),
        at((5 * HOUR, 9 * HOUR), "survey.answered", aspect="staff", **scored("CSAT", 1, 2, 5)),
        ends=(1 * DAY, 2 * DAY),
    ),
    story(
        "low-score",
        "",
        at(0, "survey.sent", survey="relationship"),
        at((2 * HOUR, 9 * HOUR), "survey.answered", **scored("NPS", 0, 3, 10)),
        ends=(1 * DAY, 2 * DAY),
    ),
    # TMOT: sharing, or leaving
    story(
        "public-complaint",
        "review",
        at(0, "review.created", reach=Whole(50, 2000), **scored("STARS", 1, 2, 5), **_UPSET),
        ends=(1 * DAY, 2 * DAY),
    ),
    story(
        "leaving",
        "",
        aside(0, "email.unsubscribed", reason="too many"),
        aside((1 * DAY, 2 * DAY), "push.disabled"),
        aside((3 * DAY, 3 * DAY + 6 * HOUR), "account.deleted"),
        ends=3 * DAY + 7 * HOUR,
        alone=True,
    ),
)
