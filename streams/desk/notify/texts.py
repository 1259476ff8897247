"""The words of a notice, in both languages."""

from collections.abc import Iterator
from typing import Final

from streams.desk.notify.notice import Notice, Texts

MOST: Final = 200  # characters of a title; the rest is cut

# One table: what is named -> its text by language. Names of kinds, severities and moments are those of the wire.
TEXTS: Final[dict[str, Texts]] = {
    "case": {"en": "Case", "es": "Caso"},
    "incident": {"en": "Incident", "es": "Incidente"},
    "group": {"en": "Several cases", "es": "Varios casos"},
    "digest": {"en": "Digest", "es": "Resumen"},
    "kind.opened": {"en": "New", "es": "Nuevo"},
    "kind.worse": {"en": "Got worse", "es": "Ha empeorado"},
    "kind.corrected": {"en": "Corrected", "es": "Corregido"},
    "kind.acknowledged": {"en": "Acknowledged", "es": "Visto"},
    "kind.resolved": {"en": "Resolved", "es": "Resuelto"},
    "kind.retracted": {"en": "Retracted, there was nothing", "es": "Retirado, no era nada"},
    "kind.moved": {"en": "Told elsewhere from now on", "es": "Se avisa en otro lugar"},
    "kind.escalated": {"en": "Nobody has looked at it yet", "es": "Nadie lo ha visto aún"},
    "kind.digest": {"en": "What can wait", "es": "Lo que puede esperar"},
    "kind.incident": {"en": "Many customers, one likely cause", "es": "Muchos clientes, una causa probable"},
    "severity.low": {"en": "Low", "es": "Baja"},
    "severity.medium": {"en": "Medium", "es": "Media"},
    "severity.high": {"en": "High", "es": "Alta"},
    "severity.critical": {"en": "Critical", "es": "Crítica"},
    "moment.ZMOT": {"en": "looking before buying", "es": "busca antes de comprar"},
    "moment.FMOT": {"en": "choosing and buying", "es": "elige y compra"},
    "moment.SMOT": {"en": "using, delivery and support", "es": "uso, entrega y atención"},
    "moment.TMOT": {"en": "sharing the experience", "es": "comparte su experiencia"},
    "moment": {"en": "Moment", "es": "Momento"},
    "count.cases": {"en": "Cases", "es": "Casos"},
    "count.customers": {"en": "Customers", "es": "Clientes"},
    "count.alerts": {"en": "Alerts", "es": "Alertas"},
    "count.critical": {"en": "Critical", "es": "Críticos"},
    "count.older": {"en": "Began earlier", "es": "Empezaron antes"},
    "count.overflow": {"en": "More than the team can work on", "es": "Más de lo que el equipo puede atender"},
    "instead": {"en": "You get this because it could not be delivered to", "es": "Lo recibe porque no pudo llegar a"},
    "open": {"en": "Open", "es": "Abrir"},
    "acknowledge": {"en": "Acknowledge", "es": "Marcar como visto"},
}


def word(name: str, language: str) -> str:
    """Return the text of a name, in English where the language has none; a name without a text stands for itself."""
    texts = TEXTS.get(name, {})
    return texts.get(language) or texts.get("en") or name.rpartition(".")[2]


def title(notice: Notice) -> str:
    """Return its title on one line: what comes from a file must not become a header or a second line."""
    text = notice.title.get(notice.language) or notice.title.get("en") or next(iter(notice.title.values()), "")
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= MOST else line[: MOST - 1] + "…"


def name(notice: Notice) -> str:
    """Return what people call it: `Case 12`."""
    about = word(notice.about, notice.language)
    return f"{about} {notice.number}" if notice.number else about


def headline(notice: Notice) -> str:
    """Return everything on one line: `Critical: Payment keeps failing (Case 12, New)`."""
    kind = word(f"kind.{notice.kind}", notice.language)
    severity = word(f"severity.{notice.severity}", notice.language)
    head = f"{severity}: {title(notice)}" if notice.severity else title(notice)
    return f"{head} ({name(notice)}, {kind})"


def lines(notice: Notice) -> Iterator[str]:
    """Yield what stands below the headline, without links."""
    if notice.moment:
        moment = word(f"moment.{notice.moment}", notice.language)
        yield f"{word('moment', notice.language)}: {moment}"
    for count, number in notice.counts.items():
        yield f"{word(f'count.{count}', notice.language)}: {number}"
    if notice.instead_of:
        yield f"{word('instead', notice.language)} {', '.join(notice.instead_of)}"


def body(notice: Notice, *more: str) -> str:
    """Return the plain text of a message: its lines, the link, and further lines."""
    link = f"{word('open', notice.language)}: {notice.link}"
    return "\n".join((*lines(notice), link, *more))
