"""The canary's alerts, which concern no customer: they open no case and count in no figure."""

from typing import Final

from streams.alerts.alert import Alert
from streams.touchpoints.canary import CUSTOMER

RULE: Final = "canary"  # a name that no other rule may take


def is_canary(alert: Alert) -> bool:
    """Return whether an alert is the canary's: of its rule, about its made-up customer."""
    return alert.rule == RULE and alert.customer.startswith(CUSTOMER)
