"""Why a command did nothing; a metric label and a text of the console."""

from enum import StrEnum


class Refusal(StrEnum):
    """Every reason there is."""

    UNKNOWN = "unknown"  # no such case, or not for this viewer
    FORBIDDEN = "forbidden"  # the role does not allow it
    OUTDATED = "outdated"  # somebody changed it since: look again
    HELD = "held"  # somebody else has claimed it
    CLOSED = "closed"  # it is resolved: reopen it first
    NOT_CLOSED = "not_closed"
    IN_PAST = "in_past"  # a time that has passed
    TOO_LONG = "too_long"  # a text or list above its bound
    MISSING = "missing"  # a field that this contact needs, or an alert that the case does not have
    NOTHING = "nothing"  # it is so already
