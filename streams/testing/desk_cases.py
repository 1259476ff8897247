"""Made-up cases for tests of what shows them: no customer in them exists."""

from typing import Final

from streams.desk.service.views import (
    Advice,
    AlertView,
    Card,
    Cause,
    Clause,
    Factor,
    Feeling,
    Incident,
    Line,
    Message,
    Promised,
    Proof,
    RecoveryFigures,
    Row,
    RuleWorth,
    SilenceView,
    Step,
    TeamBoard,
    Texts,
    Told,
    Try,
    Who,
)

SEC: Final = 1000
MINUTE: Final = 60 * SEC
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
NOW: Final = 1_772_449_200_000  # 2026-03-02T11:00:00Z, a Monday
COMMANDS: Final = (
    "claim", "acknowledge", "start", "resolve", "note", "tag", "snooze", "move", "reach", "judge", "wait", "assign",
    "reveal",
)  # fmt: skip
STORIES: Final[tuple[tuple[str, str, str, str, str], ...]] = (
    # rule, moment, severity, title in English, title in Spanish
    ("payment-failing", "FMOT", "critical", "Payments keep failing at checkout", "Los pagos fallan una y otra vez"),
    (
        "delivery-late",
        "SMOT",
        "high",
        "Order not delivered on the promised day",
        "Pedido sin entregar el día prometido",
    ),
    ("contact-again", "SMOT", "high", "Third contact about the same matter", "Tercer contacto por lo mismo"),
    ("stockout-met", "FMOT", "medium", "Wanted product was out of stock", "El producto deseado estaba agotado"),
    ("chat-abandoned", "SMOT", "medium", "Left the chat before an answer", "Dejó el chat antes de la respuesta"),
    ("bad-review", "TMOT", "medium", "One star and a public review", "Una estrella y reseña pública"),
    ("search-without-result", "ZMOT", "low", "Searched four times, found nothing", "Buscó cuatro veces sin resultados"),
)
PEOPLE: Final = ("", "ana", "", "luis", "")
TEAMS: Final = ("support", "logistics", "stores")
_WEIGHT: Final = {"critical": 8.0, "high": 4.0, "medium": 2.0, "low": 1.0}


def both(en: str, es: str) -> Texts:
    """Return a text in both languages."""
    return {"en": en, "es": es}


def row(number: int, now: int = NOW) -> Row:
    """Return the row of one made-up case; the same number gives the same case."""
    rule, moment, severity, en, es = STORIES[number % len(STORIES)]
    value = 1.0 + (number * 7 % 13) / 10
    left = 1.0 + (number * 5 % 7) / 10
    assignee = PEOPLE[number % len(PEOPLE)]
    return Row(
        case_id=f"c{number:06x}",
        number=number,
        revision=3,
        status="in_progress" if assignee else "acknowledged" if number % 11 == 3 else "open",
        severity=severity,
        moment=moment,
        person=f"c***{number % 97:02}",
        title=both(en, es),
        rules=(rule,),
        alerts=1 + number % 3 // 2,
        opened_at=now - (3 + number * 17 % 400) * MINUTE,
        changed_at=now - (1 + number % 50) * MINUTE,
        due_at=now + (number * 31 % 600 - 40) * MINUTE,
        assignee=assignee,
        team=TEAMS[number % len(TEAMS)],
        snoozed_until=0,
        callback_at=now + 2 * HOUR if number % 13 == 5 else 0,
        tags=("vip",) if number % 9 == 4 else (),
        incident=7 if rule == "payment-failing" else 0,
        rank=round(_WEIGHT[severity] * value * left, 2),
        factors=(
            Factor("severity", _WEIGHT[severity], both(severity, severity)),
            Factor("value", value, both("184.90 € in this order", "184,90 € en este pedido")),
            Factor("time", left, both("lost in five hours", "perdido en cinco horas")),
        ),
    )


def steps(now: int = NOW) -> tuple[Step, ...]:
    """Return a journey over five channels with two long silences, oldest first."""
    course = (
        (21 * DAY, "ad.clicked", "ad", "ZMOT", 0, ""),
        (21 * DAY - 4 * MINUTE, "product.viewed", "web", "ZMOT", 0, "sku-71"),
        (20 * DAY, "product.searched", "app", "ZMOT", 0, ""),
        (4 * DAY, "order.completed", "web", "FMOT", 1, "A-1177"),
        (3 * DAY, "shipment.dispatched", "delivery", "SMOT", 0, "A-1177"),
        (2 * DAY, "shipment.delivered", "delivery", "SMOT", 1, "A-1177"),
        (2 * DAY - HOUR, "review.created", "feedback", "TMOT", 1, "A-1177"),
        (9 * HOUR, "email.clicked", "email", "ZMOT", 0, ""),
        (50 * MINUTE, "product.viewed", "web", "ZMOT", 0, "sku-204"),
        (24 * MINUTE, "checkout.started", "web", "FMOT", 0, "A-1203"),
        (21 * MINUTE, "payment.failed", "web", "FMOT", -1, "A-1203"),
        (18 * MINUTE, "payment.failed", "web", "FMOT", -1, "A-1203"),
        (15 * MINUTE, "payment.failed", "web", "FMOT", -1, "A-1203"),
        (12 * MINUTE, "conversation.started", "chat", "SMOT", 0, "A-1203"),
        (7 * MINUTE, "conversation.abandoned", "chat", "SMOT", -1, "A-1203"),
    )
    found: list[Step] = []
    for ago, kind, channel, moment, polarity, subject in course:
        silence = now - ago - found[-1].at if found else 0
        gap = silence if silence > 12 * HOUR else 0
        found.append(Step(now - ago, kind, channel, moment, polarity, subject, gap, kind == "payment.failed"))
    return tuple(found)


def card(of: Row, now: int = NOW) -> Card:
    """Return the whole card of a case, every block of it filled."""
    rule = of.rules[0]
    return Card(
        row=of,
        who=Who(
            masked=of.person,
            language="es",
            tier="gold",
            value=1184.9,
            channel="call",
            hours="10-14 h",
            contact="yes",
            certainty="known",
        ),
        what=both(
            "3 failed payments in 6 min, order A-1203, 184.90 €; nothing bought since.",
            "3 pagos fallidos en 6 min, pedido A-1203, 184,90 €; no ha comprado desde entonces.",
        ),
        why=(
            Clause(
                rule,
                "payment.failed within 10m",
                3,
                3,
                ("t-1", "t-2", "t-3"),
                both("one payment less had failed", "hubiera fallado un pago menos"),
            ),
            Clause(rule, "no order.completed for 5m", 15, 5, ()),
        ),
        promises=(
            Promised("callback", "A-1203", now - 5 * HOUR, now - 2 * HOUR, "broken"),
            Promised("delivery", "A-1190", now - DAY, now + 5 * HOUR, "open"),
        ),
        tried=(
            Try(now - 12 * MINUTE, "conversation.started", "chat", "A-1203"),
            Try(now - 7 * MINUTE, "conversation.abandoned", "chat", "A-1203"),
            Try(now - 4 * MINUTE, "call.abandoned", "call"),
        ),
        feelings=(
            Feeling(now - 2 * DAY, "review.created", 5, "1-5", "", "delivery"),
            Feeling(now - 7 * MINUTE, "message.sent", None, "", "third time today", "payment"),
        ),
        timeline=steps(now)[-10:],
        cause=Cause(
            of.incident,
            "provider",
            "paynet",
            312,
            both("Our payment partner has trouble; we keep your basket.", "Nuestro proveedor de pago falla."),
        )
        if of.incident
        else None,
        advice=Advice(
            do=(
                both(
                    "Call within 15 minutes and offer to pay by link.",
                    "Llamar en 15 minutos y ofrecer pago por enlace.",
                ),
                both("Keep the basket and the price for 24 hours.", "Guardar la cesta y el precio 24 horas."),
                both("Say that it was not the customer's card.", "Decir que no fue la tarjeta del cliente."),
            ),
            avoid=(both("Ask to try the same card again.", "Pedir que pruebe otra vez la misma tarjeta."),),
            ready=both(
                "I am sorry: our payment partner failed three times. Here is a link that works.",
                "Lo siento: nuestro proveedor de pago ha fallado tres veces. Aquí tiene un enlace que funciona.",
            ),
            offer_limit=25.0,
            hold=True,
        ),
        actions=COMMANDS,
        closes=(
            Proof(rule, both("An order is completed", "Se completa un pedido")),
            Proof(rule, both("The customer is reached", "Se contacta con el cliente")),
        ),
        alerts=alerts(of),
        told=Told(
            kind="page",
            reason="at_once",
            by="payments",
            what=both("told", "avisado"),
            why=both("told at once", "se avisa al momento"),
        ),
        said=(
            Message(
                at=now - 3 * MINUTE,
                receiver="chat",
                channel="slack",
                kind="opened",
                attempt=2,
                result="sent",
                reason="",
            ),
            Message(
                at=now - 4 * MINUTE,
                receiver="chat",
                channel="slack",
                kind="opened",
                attempt=1,
                result="retry",
                reason="timeout",
            ),
        ),
        trail=(
            Line(1, of.opened_at, "machine", "opened", {}),
            Line(2, of.opened_at + MINUTE, "machine", "alert", {"status": "firing", "rule": rule}),
            Line(3, of.changed_at, "luis", "noted", {"text": "basket kept until tomorrow"}),
        ),
        fresh_at=now - 40 * SEC,
        blind=("till-9",) if of.number % 2 else (),
        corrections=1,
    )


def alerts(of: Row) -> tuple[AlertView, ...]:
    """Return the alerts of a case."""
    return tuple(
        AlertView(
            alert_id=f"{of.case_id}-a{place}",
            revision=2,
            status="firing",
            rule=of.rules[0],
            rule_version=3,
            moment=of.moment,
            severity=of.severity,
            subject="A-1203",
            started_at=of.opened_at,
            ended_at=0,
            title=of.title,
            reason="",
        )
        for place in range(of.alerts)
    )


def incident(rows: tuple[Row, ...], now: int = NOW) -> Incident:
    """Return the incident of these cases."""
    return Incident(
        number=7,
        kind="provider",
        name="paynet",
        status="open",
        severity="critical",
        opened_at=now - 24 * MINUTE,
        changed_at=now - MINUTE,
        cases=len(rows),
        open_cases=sum(row.status != "resolved" for row in rows),
        rules=("payment-failing",),
        title=both("Payments by paynet fail", "Fallan los pagos de paynet"),
        rows=rows[:100],
    )


SILENCE: Final = SilenceView(
    id="5a5a5a5a5a5a5a5a", matchers=('store="madrid-1"', 'severity=~"low|medium"'), starts_at=NOW - HOUR,
    ends_at=NOW + 2 * HOUR, author="ana", comment="The tills are being replaced", holds=3, may_end=True,
)  # fmt: skip
BOARD: Final = (
    TeamBoard(team="support", open=41, unclaimed=9, oldest_at=NOW - 7 * HOUR, acknowledge_sec=190, recover_sec=9_300,
              recovered=128, closed=171, relapsed=9),
    TeamBoard(team="logistics", open=12, unclaimed=0, oldest_at=NOW - 2 * DAY, acknowledge_sec=1_260,
              recover_sec=88_000, recovered=40, closed=90, relapsed=6),
    TeamBoard(team="stores", open=0, unclaimed=0, oldest_at=0, acknowledge_sec=None, recover_sec=None, recovered=0,
              closed=0, relapsed=0),
)  # fmt: skip
RECOVERY: Final = {
    by: tuple(
        RecoveryFigures(
            name=name, title=both(f"About {name}", f"Sobre {name}") if by == "rule" else {}, cases=120 - 40 * place,
            ended=90 - 45 * place, recovered=60 - 30 * place, relapsed=6 - 3 * place, promoters=None if place else 9,
            recover_sec=5_400 if place < 2 else None, recovery_rate=2 / 3 if place < 2 else None,
            relapse_rate=1 / 15 if place < 2 else None, promoter_rate=None if place else 9 / 120,
        )
        for place, name in enumerate(names)
    )
    for by, names in {
        "rule": ("payment-failing", "delivery-late", "bot-loop"), "team": ("support", "logistics", "stores"),
        "channel": ("web", "call", "store"), "store": ("madrid-1", "sevilla-2"),
    }.items()
}  # fmt: skip
WORTH: Final = tuple(
    RuleWorth(rule=rule, title=both(en, es), mode="shadow" if place == 6 else "live", alerts=240 - 31 * place,
              useful=0 if place == 6 else 60 - 9 * place, not_useful=place * 4 if place < 6 else 0,
              recovered=90 - 11 * place, lost=7 + place, retracted=place)
    for place, (rule, _, _, en, es) in enumerate(STORIES)
)  # fmt: skip
