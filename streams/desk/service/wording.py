"""What a group's notice says to each receiver: case, moment, severity and link; nothing personal."""

from collections.abc import Sequence
from typing import Final

from streams.desk.cases.case import Case, Resolution
from streams.desk.notify import notice as notices
from streams.desk.notify.notice import About, Count, Kind, Notice
from streams.desk.routing.grouping import Notice as Told
from streams.desk.routing.grouping import Telling
from streams.desk.routing.ways import Way
from streams.desk.store.cases import Kept

_KINDS: Final = {
    Telling.FIRST: Kind.OPENED,
    Telling.UPDATE: Kind.WORSE,
    Telling.REPEAT: Kind.OPENED,
    Telling.SEEN: Kind.ACKNOWLEDGED,
    Telling.OVER: Kind.RESOLVED,
}


def word(
    group: str, way: Way, told: Told, shown: Sequence[Kept], receiver: str, *, now: int, base_url: str, language: str
) -> Notice | None:
    """Return what a receiver hears; `shown` are the cases of the notice, or of its end the last ones. None: nothing.

    All notices of one run of a group have one dedup key for each receiver.
    """
    if not shown:
        return None
    first = shown[0]
    incident = first.incident if f"|incident={first.incident}" in group else 0
    one = first.case if max(told.standing, len(shown)) == 1 and not incident else None
    link = f"{base_url}/cases/{one.case_id}" if one else f"{base_url}/"
    return Notice(
        dedup_key=key_of(group, told.run, receiver),
        receiver=receiver,
        about=About.CASE if one else About.INCIDENT if incident else About.GROUP,
        kind=_kind(way, told, first.case),
        revision=told.number,
        number=one.number if one else incident,
        at=now,
        opened_at=min(each.case.opened_at for each in shown),
        severity=told.worst or first.case.severity,
        moment=first.case.moment,
        link=f"{base_url}/incidents/{incident}" if incident else link,
        title=first.summary.title,
        case_id=one.case_id if one else "",
        language=language,
        counts={} if one else {Count.CASES: told.standing},
    )


def key_of(group: str, run: int, receiver: str) -> str:
    """Return the dedup key of all notices of one run of a group to a receiver."""
    return notices.dedup_key(About.INCIDENT, f"{group}|{run}", receiver)


def _kind(way: Way, told: Told, case: Case) -> Kind:
    if told.telling is Telling.OVER and not case.is_closed:
        return Kind.MOVED
    if told.telling is Telling.OVER and case.resolution is Resolution.RETRACTED:
        return Kind.RETRACTED
    if told.telling is Telling.UPDATE and not told.came:
        return Kind.CORRECTED
    if told.telling is Telling.FIRST and way.step:
        return Kind.ESCALATED
    return _KINDS[told.telling]
