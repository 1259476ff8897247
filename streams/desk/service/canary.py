"""The canary on the desk: its alerts open no case; the canary itself is told of them, on the way that notices take.

So nobody sees it in the queue, in figures or in digests, and what is heard of it shows that alerts are read, that the
database takes what is owed, and that it is sent.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sqlalchemy import delete

from streams.alerts.alert import Alert, Status
from streams.alerts.canary import RULE
from streams.desk.notify import queue
from streams.desk.notify.notice import About, Kind, Notice, dedup_key
from streams.desk.notify.receiver import ChannelSpec, Receiver
from streams.desk.notify.tables import DELIVERIES
from streams.desk.store.database import Database

RECEIVER: Final = queue.CANARY
# So many are owed at most: of those whose ids begin alike, what has not left is replaced by the newest.
KEYS: Final = {digit: dedup_key(About.CASE, f"{RULE}-{digit}", RECEIVER) for digit in "0123456789abcdef"}
FRESH_MS: Final = 300_000  # what is older is read again after a restart, and nobody waits for it
KEPT_MS: Final = 86_400_000  # in the log of what was said


def receiver(url: str, secret_env: str) -> Receiver:
    """Return whom its alerts are told to: a signed webhook."""
    return Receiver(RECEIVER, (ChannelSpec("webhook", {"url": url, "secret_env": secret_env}),))


class Canary:
    """Owes the canary a notice of each of its alerts that fires; `now` is in ms, `wake` calls the sender."""

    def __init__(
        self, database: Database, receivers: Mapping[str, Receiver], now: Callable[[], int], wake: Callable[[], None]
    ) -> None:
        self._database = database
        self._receivers = receivers
        self._now = now
        self._wake = wake

    async def take(self, alerts: Sequence[Alert]) -> None:
        """Take the canary's alerts; again with the same ones owes no more."""
        now = self._now()
        told = [notice_of(each, now) for each in alerts if _is_news(each, now)]
        if not told:
            return
        async with self._database.write() as connection:
            await queue.enqueue(connection, self._receivers, told, now)
            log = DELIVERIES.c
            await connection.execute(delete(DELIVERIES).where(log.dedup_key.in_(KEYS.values()), log.at < now - KEPT_MS))
        self._wake()


def _is_news(alert: Alert, now: int) -> bool:
    return alert.status is Status.FIRING and now - alert.detected_at < FRESH_MS


def notice_of(alert: Alert, now: int) -> Notice:
    """Return what the canary is told: `case_id` is the id of its alert, since there is no case."""
    return Notice(
        dedup_key=KEYS[alert.alert_id[0]],
        receiver=RECEIVER,
        about=About.CASE,
        kind=Kind.OPENED,
        revision=alert.detected_at,
        number=0,
        at=now,
        opened_at=alert.started_at,
        severity=alert.severity,
        moment=alert.moment,
        link="",
        title=alert.title,
        case_id=alert.alert_id,
    )
