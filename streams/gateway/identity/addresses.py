"""E-mail addresses in a text."""

import re
from typing import Final

MARK: Final = "[email]"

# Linear in the length of the text: a run of letters before the @ is tried from its beginning only, and never again.
# Signs that are rare in addresses and usual around them (/ ? = & ') are not taken for a part of one. The @ may be
# percent-encoded, as in addresses of pages, or full-width.
_LOCAL: Final = r"[\w.!#$*+^~{}|-]"
_ADDRESS: Final = re.compile(rf"(?<!{_LOCAL})(?!%40){_LOCAL}++(?:@|%40|\uff20)[\w-]++((?:\.[\w-]++)++)")


def are_in(text: str) -> bool:
    """Return whether a text holds an address."""
    if "@" not in text and "%40" not in text and "\uff20" not in text:  # as nearly always, and much sooner known
        return False
    return any(map(_is_domain, _ADDRESS.finditer(text)))


def mask(text: str) -> str:
    """Return the text with a mark in the place of each address."""
    return _ADDRESS.sub(lambda found: MARK if _is_domain(found) else found[0], text)


def _is_domain(found: re.Match[str]) -> bool:
    """Return whether what follows the @ may be a domain: no top-level one begins with a digit (`react@18.2.0`)."""
    return not found[1].rpartition(".")[2][:1].isdigit()
