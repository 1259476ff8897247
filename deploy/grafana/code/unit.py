"""What a number counts, in the ids that Grafana knows."""

from enum import StrEnum


class Unit(StrEnum):
    """The units that panels use; each formats numbers as people read them (1,200, 3 min, 4 MiB)."""

    COUNT = "locale"
    SHARE = "percentunit"  # 0 to 1, shown as 0 % to 100 %
    SECONDS = "s"
    BYTES = "bytes"
    PER_SECOND = "cps"
    REQUESTS = "reqps"
    PLAIN = "none"
