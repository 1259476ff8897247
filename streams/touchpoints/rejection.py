"""Why a record cannot become a touchpoint: the dead letter's reason."""

from enum import StrEnum

import msgspec


class Reason(StrEnum):
    """The bounded set of reasons; the same word is the metric label and what the operator reads."""

    UNDECODABLE = "undecodable"  # the bytes are neither a framed Avro record nor a JSON touchpoint
    UNKNOWN_SCHEMA = "unknown_schema"  # the frame names a schema id that neither we nor the registry know
    UNKNOWN_TYPE = "unknown_type"  # the vocabulary has no such type
    MISSING_FIELD = "missing_field"  # id, source, type or customer is empty
    WRONG_KEY = "wrong_key"  # the Kafka key is not the customer
    BAD_TIME = "bad_time"  # before 2000, or more than a day after it was recorded
    BAD_DATA = "bad_data"  # data is not a JSON object
    TOO_LARGE = "too_large"  # data is larger than MAX_DATA_BYTES


class Rejection(msgspec.Struct, frozen=True):
    """A record refused, with the reason and one line for the operator (never personal data)."""

    reason: Reason
    detail: str
