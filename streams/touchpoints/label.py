"""The label: what is known about one experience of one customer, to measure rules by."""

from typing import Final

import msgspec

COLUMNS: Final = ("customer", "subject", "time", "label")  # of a labels file (CSV)
BAD: Final = 1
FINE: Final = 0


class Label(msgspec.Struct, frozen=True, order=True):
    """One known experience.

    `time` is when the customer made up their mind (ms since the epoch): the review they wrote, the moment they gave up.
    `label` is BAD or FINE. `subject` names the business object as touchpoints do, or is empty for the customer as such.
    """

    customer: str
    subject: str
    time: int
    label: int
