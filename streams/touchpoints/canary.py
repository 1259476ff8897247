"""The canary: a made-up customer who walks the whole way all the time, so that a break anywhere is heard.

It counts in no figure of the business: not in statistics, crowds or business metrics, and not on the desk. Whoever adds
such a figure asks `is_canary` of a touchpoint's source first (of an alert: `streams.alerts.canary`).
"""

from typing import Final

SOURCE: Final = "//touchpoint-tracker/canary"
CUSTOMER: Final = "canary-"  # in front of a number
SANG: Final = "canary.sang"  # what the rule `canary` fires on
RESTED: Final = "canary.rested"  # what recovers it


def is_canary(source: str) -> bool:
    """Return whether touchpoints of this source are the canary's, and so no customer's."""
    return source == SOURCE
