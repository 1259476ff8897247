"""Why a case is told, or not now, or not at all: an entry of the trail, a metric label and a text of the console."""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What is done about a case now."""

    PAGE = "page"  # its receivers are told
    QUEUE = "queue"  # it is in the queue and nobody is told
    DIGEST = "digest"  # it is in the next digest of its team
    NOTHING = "nothing"


class Reason(StrEnum):
    """Why it is so."""

    AT_ONCE = "at_once"  # page
    IN_HOURS = "in_hours"
    SEVERITY_QUEUE = "severity_queue"  # queue
    SEEN = "seen"
    OUTSIDE_HOURS = "outside_hours"
    MUTED = "muted"
    NO_RECEIVER = "no_receiver"
    SEVERITY_DIGEST = "severity_digest"  # digest
    BEFORE_HORIZON = "before_horizon"
    OVER_BUDGET = "over_budget"
    POSITIVE = "positive"
    CLOSED = "closed"  # nothing
    NOT_FIRING = "not_firing"
    RETRACTED = "retracted"
    WATCHING = "watching"
    SHADOW = "shadow"
    SNOOZED = "snoozed"
    SILENCED = "silenced"
    INHIBITED = "inhibited"


# A case of which this was decided is no trouble at the moment: it keeps no other one quiet.
NO_TROUBLE: Final = frozenset(
    {Reason.CLOSED, Reason.NOT_FIRING, Reason.RETRACTED, Reason.WATCHING, Reason.SHADOW, Reason.POSITIVE}
)
KINDS: Final[dict[Kind, dict[str, str]]] = {
    Kind.PAGE: {"en": "told", "es": "avisado"},
    Kind.QUEUE: {"en": "in the queue", "es": "en la cola"},
    Kind.DIGEST: {"en": "in the digest", "es": "en el resumen"},
    Kind.NOTHING: {"en": "quiet", "es": "en silencio"},
}
TEXTS: Final[dict[Reason, dict[str, str]]] = {
    Reason.AT_ONCE: {"en": "told at once", "es": "se avisa al momento"},
    Reason.IN_HOURS: {"en": "told in working hours", "es": "se avisa en horario laboral"},
    Reason.SEVERITY_QUEUE: {"en": "its severity is for the queue", "es": "por su gravedad va a la cola"},
    Reason.SEEN: {"en": "somebody has seen it", "es": "alguien ya lo ha visto"},
    Reason.OUTSIDE_HOURS: {
        "en": "outside working hours: told when they begin",
        "es": "fuera del horario laboral: se avisa cuando empiece",
    },
    Reason.MUTED: {"en": "its route is quiet at this hour", "es": "su ruta está en silencio a esta hora"},
    Reason.NO_RECEIVER: {"en": "its route has no receiver", "es": "su ruta no tiene destinatario"},
    Reason.SEVERITY_DIGEST: {"en": "its severity is for the digest", "es": "por su gravedad va al resumen"},
    Reason.BEFORE_HORIZON: {
        "en": "it began long before it was detected: in the digest",
        "es": "empezó mucho antes de detectarse: va al resumen",
    },
    Reason.OVER_BUDGET: {
        "en": "the team's attention is used up by more urgent cases: in the digest",
        "es": "casos más urgentes agotan la atención del equipo: va al resumen",
    },
    Reason.POSITIVE: {"en": "good news: in the digest", "es": "buena noticia: va al resumen"},
    Reason.CLOSED: {"en": "it is closed", "es": "está cerrado"},
    Reason.NOT_FIRING: {"en": "no alert of it stands any more", "es": "ya no queda ninguna alerta activa"},
    Reason.RETRACTED: {
        "en": "retracted: later touchpoints show that there was nothing",
        "es": "retirado: contactos posteriores muestran que no había nada",
    },
    Reason.WATCHING: {"en": "only watched: it may heal itself", "es": "en observación: puede resolverse solo"},
    Reason.SHADOW: {"en": "its rules are on trial (shadow)", "es": "sus reglas están en pruebas (en sombra)"},
    Reason.SNOOZED: {"en": "snoozed", "es": "pospuesto"},
    Reason.SILENCED: {"en": "silenced", "es": "silenciado"},
    Reason.INHIBITED: {"en": "another case stands for it", "es": "otro caso lo representa"},
}
