"""What the API says to people, in English and Spanish."""

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("en", "es")

_TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "unauthenticated": ("Sign in, or send a token", "Inicie sesión o envíe un token"),
    "forbidden": ("Your role does not allow this", "Su rol no permite esto"),
    "csrf": ("The CSRF token is missing or of another session", "Falta el token CSRF o es de otra sesión"),
    "not_found": ("There is no such thing here", "Aquí no hay tal cosa"),
    "method": ("This method is not for this address", "Este método no es para esta dirección"),
    "malformed": ("The body is not JSON", "El cuerpo no es JSON"),
    "invalid": ("A value does not fit", "Un valor no encaja"),
    "media_type": ("The body must be application/json", "El cuerpo debe ser application/json"),
    "too_large": ("The body is too large", "El cuerpo es demasiado grande"),
    "too_many": ("Too many at a time; come again later", "Demasiados a la vez; vuelva más tarde"),
    "not_ready": ("The desk is not ready yet", "El escritorio aún no está listo"),
    "not_installed": ("This desk is installed without it", "Este escritorio está instalado sin ello"),
    "unexpected": (
        "Something failed on our side; it has been logged",
        "Algo falló por nuestra parte; quedó registrado",
    ),
    "unknown": ("There is no such case in your view", "No hay tal caso a su alcance"),
    "outdated": ("Somebody changed the case since you saw it", "Alguien cambió el caso desde que lo vio"),
    "held": ("Somebody else has claimed the case", "Otra persona tiene el caso"),
    "closed": ("The case is resolved: reopen it first", "El caso está resuelto: reábralo primero"),
    "not_closed": ("The case is not resolved", "El caso no está resuelto"),
    "in_past": ("That time has passed", "Ese momento ya pasó"),
    "too_long": ("A text or list is too long", "Un texto o una lista es demasiado larga"),
    "missing": ("Something is missing that this needs", "Falta algo que esto necesita"),
    "nothing": ("It is so already", "Ya está así"),
}

_PAGES: Final[Mapping[str, tuple[str, str]]] = {
    "acknowledge?": ("Acknowledge this case?", "¿Confirmar que ha visto este caso?"),
    "acknowledge": ("Acknowledge", "Confirmar"),
    "acknowledged": ("Acknowledged. Thank you.", "Confirmado. Gracias."),
    "already": ("Nothing to do: it has been acknowledged already.", "Nada que hacer: ya estaba confirmado."),
    "expired": ("This link is not valid any more.", "Este enlace ya no es válido."),
    "open": ("Open the case", "Abrir el caso"),
    "again": ("Try again", "Intentar de nuevo"),
    "refused": ("This is not possible now: open the case.", "Ahora no es posible: abra el caso."),
}

_SIGN_IN: Final[Mapping[str, tuple[str, str]]] = {
    "state": ("This sign-in is too old, or of another window.", "Este inicio de sesión es antiguo o de otra ventana."),
    "provider": (
        "The sign-in service refused, or cannot be reached.",
        "El servicio de acceso lo rechazó o no responde.",
    ),
    "signature": ("The proof of the sign-in service is not signed by it.", "La prueba de acceso no lleva su firma."),
    "issuer": ("The proof comes from another sign-in service.", "La prueba viene de otro servicio de acceso."),
    "audience": ("The proof was made for another program.", "La prueba se hizo para otro programa."),
    "expired": ("The proof has expired.", "La prueba ha caducado."),
    "nonce": ("The proof was made for another sign-in.", "La prueba se hizo para otro inicio de sesión."),
    "name": ("The sign-in service does not say who you are.", "El servicio de acceso no dice quién es usted."),
    "group": ("None of your groups has a role here.", "Ninguno de sus grupos tiene un rol aquí."),
}


def language(accept: str) -> str:
    """Return es where an Accept-Language header begins with it, else en."""
    return "es" if accept.strip().lower().startswith("es") else "en"


def title(code: str, chosen: str) -> str:
    """Return what a problem is called."""
    return _TITLES[code][LANGUAGES.index(chosen) if chosen in LANGUAGES else 0]


def page(code: str, chosen: str) -> str:
    """Return a text of the pages without sign-in."""
    return _PAGES[code][LANGUAGES.index(chosen) if chosen in LANGUAGES else 0]


def sign_in_text(reason: str, chosen: str) -> str:
    """Return why somebody was not signed in."""
    return _SIGN_IN[reason][LANGUAGES.index(chosen) if chosen in LANGUAGES else 0]
