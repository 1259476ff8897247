"""The fields of a form, as browsers send it by default; whatever else comes has none."""

from typing import Final
from urllib.parse import parse_qsl

MAX_FIELDS: Final = 50


def read(body: bytes) -> dict[str, str]:
    """Return the last value of each field; empty where there are too many."""
    try:
        return dict(parse_qsl(body.decode("latin-1"), errors="replace", max_num_fields=MAX_FIELDS))
    except ValueError:
        return {}
