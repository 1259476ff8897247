"""What we promise of our own speed, as dashboards draw it; the alerts in deploy/prometheus burn the same budget."""

from typing import Final

from deploy.grafana.code.promql import or_zero, share_within

TIME_TO_ALERT: Final = "touchpoint_time_to_alert_seconds"
WITHIN_SEC: Final = 1.0
SHARE: Final = 0.99  # of the alerts
ANSWERED: Final = 0.999  # of the requests to the gateway, without a fault of ours
FAST_BURN: Final = 14.4  # this many times the budget: a month's is gone in two days
SLOW_BURN: Final = 6.0


def met(window: str) -> str:
    """Return the share of the alerts that were in time; 1 where there were none."""
    return share_within(WITHIN_SEC, TIME_TO_ALERT, window)


def burn(errors: str, share: float, window: str) -> str:
    """Return how many times faster than allowed a budget is used up; `errors` are recorded by the rules."""
    return or_zero(f"touchpoint:{errors}:ratio_rate{window} / {round(1 - share, 6)}")
