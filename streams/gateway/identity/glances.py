"""A glance at data that is encoded already: whether a detector could find anything in it, for a fraction of looking.

Compiled, as it is all that most touchpoints cost. It only ever says that there is nothing; else somebody looks closer.
"""

from typing import Final

_FEWEST: Final = 7  # digits, below which no detector finds anything
_TELLING: Final = b"@%{["  # addresses, as they are and escaped; what lies within something else, which is not flat
_LATER: Final = 0xD9  # begins letters from U+0640 on, among which there are other digits and another @


def _sign_of(byte: int) -> int:
    if byte in _TELLING or byte >= _LATER:
        return ord("@")
    return ord("9") if chr(byte).isdigit() and byte < 0x80 else ord(" ")


_SIGNS: Final = bytes([_sign_of(byte) for byte in range(0x100)])
_HARMLESS: Final = frozenset([b"@" + b"9" * digits for digits in range(_FEWEST)])  # the first one opens the object


def is_harmless(encoded: bytes) -> bool:
    """Return whether no detector can find anything in an encoded JSON object; False decides nothing.

    A number with an exponent has few digits, and may be large: that is for the caller to see.
    """
    return b"".join(encoded.translate(_SIGNS).split()) in _HARMLESS
