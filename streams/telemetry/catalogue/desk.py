"""What the desk says: its part of the catalogue."""

from collections.abc import Sequence
from typing import Final

from streams.telemetry.catalogue.labels import MOMENT, SEVERITY, TEAM
from streams.telemetry.catalogue.process import PROCESS
from streams.telemetry.metric import Kind, Label, Metric

NOVELTY: Final = Label("novelty", 3)
DECISION: Final = Label("reason", 24)
DESK_CHANNEL: Final = Label("channel", 16)  # kinds of channels, not addresses
TOLD: Final = Label("outcome", 5)
FAILURE: Final = Label("reason", 12)
OWED: Final = Label("state", 3)

ACKNOWLEDGE_BUCKETS: Final = (60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 86400.0, 259200.0)
NOTIFY_BUCKETS: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 30.0, 60.0, 300.0, 900.0)
RESOLVE_BUCKETS: Final = (300.0, 900.0, 3600.0, 14400.0, 28800.0, 86400.0, 172800.0, 259200.0, 604800.0, 2592000.0)

DESK_CASES: Final = Metric(
    "touchpoint_desk_open_cases",
    Kind.GAUGE,
    "Cases on the desk that are not resolved, by team; teams past the bound count as other.",
    "Growing for a shift: more people, a silence for what cannot be helped, or a rule that is too eager.",
    (TEAM,),
)
DESK_UNSEEN_AGE: Final = Metric(
    "touchpoint_desk_unseen_age_seconds",
    Kind.GAUGE,
    "How long the oldest new case has waited for somebody to see it; what is snoozed does not count.",
    "Above the escalation of its route: nobody reads what the receivers get.",
)
DESK_ALERTS: Final = Metric(
    "touchpoint_desk_alerts_total",
    Kind.COUNTER,
    "Alert revisions that the desk has read, new ones and known ones; known ones come after restarts.",
    "Known ones at a steady rate: the desk restarts again and again.",
    (NOVELTY,),
)
DESK_UNREADABLE: Final = Metric(
    "touchpoint_desk_unreadable_records_total",
    Kind.COUNTER,
    "Records of the alerts topic that the desk could not read and left out; the log has their offsets.",
    "Any: the desk is older than the worker, or something else writes to the topic.",
)
DESK_LAG: Final = Metric(
    "touchpoint_desk_lag_records",
    Kind.GAUGE,
    "Records of the alerts topic that the broker holds and this desk has not kept.",
    "Growing for minutes: the database is slow, or out of reach.",
)
DESK_DECISIONS: Final = Metric(
    "touchpoint_desk_decisions_total",
    Kind.COUNTER,
    "Decisions that differ from the one before about the same case, by why it is told or not.",
    "Many over_budget or no_receiver: look at budgets and routes, `touchpoint desk routes test`.",
    (DECISION,),
)
DESK_NOTIFICATIONS: Final = Metric(
    "touchpoint_desk_notifications_total",
    Kind.COUNTER,
    "What came of notifications, by kind of channel: sent, failed (an attempt), fell_back, lost.",
    "Any lost: nobody was told. Fell back: a channel is dead; the page of the case has the log.",
    (DESK_CHANNEL, TOLD),
)
DESK_FAILURES: Final = Metric(
    "touchpoint_desk_notification_failures_total",
    Kind.COUNTER,
    "Attempts to notify that failed, by reason.",
    "Unauthorized or refused: the settings of the channel; others: the service on the other side.",
    (FAILURE,),
)
DESK_OWED: Final = Metric(
    "touchpoint_desk_owed_notifications",
    Kind.GAUGE,
    "Notifications that are owed: waiting to be sent, and failed (given up with nobody left to tell).",
    "Failed ones are tried again when the desk starts: mend the channel first.",
    (OWED,),
)
DESK_OWED_AGE: Final = Metric(
    "touchpoint_desk_owed_age_seconds",
    Kind.GAUGE,
    "How long the oldest notification that waits has been owed; 0 where none does.",
    "Above a minute: a channel is slow or away, see touchpoint_desk_notification_failures_total.",
)
DESK_UNPUBLISHED: Final = Metric(
    "touchpoint_desk_unpublished_records",
    Kind.GAUGE,
    "What people did that is kept, and not yet on the topics of actions and recovery.",
    "Growing: the broker is away; nothing is lost while the database is there.",
)

OPEN_ALERTS: Final = Metric(
    "touchpoint_open_alerts",
    Kind.GAUGE,
    "Live alerts that are firing as far as the desk has read, by moment of truth and severity.",
    "Growing for hours: customers are not helped; their cases are on the desk, worst first.",
    (MOMENT, SEVERITY),
)
DESK_TIME_TO_ACKNOWLEDGE: Final = Metric(
    "touchpoint_desk_time_to_acknowledge_seconds",
    Kind.HISTOGRAM,
    "From the opening of a case to the first person who took note of it, by team.",
    "Growing: nobody reads what the receivers get; look at the routes, and at who is on duty.",
    (TEAM,),
    ACKNOWLEDGE_BUCKETS,
)
DESK_TIME_TO_NOTIFY: Final = Metric(
    "touchpoint_desk_time_to_notify_seconds",
    Kind.HISTOGRAM,
    "From the opening of a case to the first message of it that a channel has taken; what a route waits is part of it.",
    "Above the waits of the routes by far: a channel is slow or away, see touchpoint_desk_owed_age_seconds.",
    buckets=NOTIFY_BUCKETS,
)
DESK_TIME_TO_RESOLVE: Final = Metric(
    "touchpoint_desk_time_to_resolve_seconds",
    Kind.HISTOGRAM,
    "From the opening of a case to its end, by team.",
    "Growing while the time to acknowledge is not: what is done does not help; look at the outcomes of cases.",
    (TEAM,),
    RESOLVE_BUCKETS,
)
DESK_RECOVERED: Final = Metric(
    "touchpoint_desk_recovered_cases_total",
    Kind.COUNTER,
    "Cases closed because the customer is fine again, by team.",
    "Falling next to touchpoint_desk_lost_cases_total: see which outcomes of cases still help, and how soon.",
    (TEAM,),
)
DESK_LOST: Final = Metric(
    "touchpoint_desk_lost_cases_total",
    Kind.COUNTER,
    "Cases closed because the customer is lost, by team.",
    "Many next to touchpoint_desk_recovered_cases_total: cases are taken up too late, or the offers are too small.",
    (TEAM,),
)

DESK: Final[Sequence[Metric]] = (
    *PROCESS,
    DESK_CASES,
    DESK_UNSEEN_AGE,
    DESK_ALERTS,
    DESK_UNREADABLE,
    DESK_LAG,
    DESK_DECISIONS,
    DESK_NOTIFICATIONS,
    DESK_FAILURES,
    DESK_OWED,
    DESK_OWED_AGE,
    DESK_UNPUBLISHED,
    OPEN_ALERTS,
    DESK_TIME_TO_ACKNOWLEDGE,
    DESK_TIME_TO_NOTIFY,
    DESK_TIME_TO_RESOLVE,
    DESK_RECOVERED,
    DESK_LOST,
)
