"""PagerDuty, as its Events API v2 documents what it takes."""

from typing import Any

import pytest

from streams.desk.notify.channel import Failed, Reason, Sent
from streams.desk.notify.notice import Kind
from streams.desk.notify.pagerduty import PagerDuty
from streams.desk.notify.web import Web
from tests.contract.desk.notify.provider import Answer, Asked, Provider
from tests.unit.desk.notify.notices import LINK, notice

KEY = "0123456789abcdef0123456789abcdef"


def take(asked: Asked) -> Answer:
    """Check an event as the documentation says, and take it."""
    event: dict[str, Any] = asked.body
    wrong = [name for name in ("routing_key", "event_action", "dedup_key") if not isinstance(event.get(name), str)]
    wrong += ["event_action"] * (event.get("event_action") not in {"trigger", "acknowledge", "resolve"})
    wrong += ["dedup_key"] * (len(event.get("dedup_key", "")) > 255)
    payload = event.get("payload", {})
    if event.get("event_action") == "trigger":
        wrong += [name for name in ("summary", "source", "severity") if not payload.get(name)]
        wrong += ["severity"] * (payload.get("severity") not in {"critical", "error", "warning", "info"})
        wrong += ["summary"] * (len(payload.get("summary", "")) > 1024)
    if wrong or asked.path != "/v2/enqueue":
        return Answer(400, {"status": "invalid event", "errors": wrong})
    return Answer(202, {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]})


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        (Kind.OPENED, "trigger"),
        (Kind.WORSE, "trigger"),
        (Kind.CORRECTED, "trigger"),
        (Kind.ESCALATED, "trigger"),
        (Kind.INCIDENT, "trigger"),
        (Kind.DIGEST, "trigger"),
        (Kind.ACKNOWLEDGED, "acknowledge"),
        (Kind.RESOLVED, "resolve"),
        (Kind.RETRACTED, "resolve"),
        (Kind.MOVED, "resolve"),
    ],
)
async def test_every_kind_is_one_of_its_three_actions(kind: Kind, action: str, web: Web) -> None:
    """All under the key of the case, which is how PagerDuty puts them together."""
    async with Provider(take) as provider:
        sent = await PagerDuty(f"{provider.url}/v2/enqueue", KEY, web).send(notice(kind=kind), None)
        event = provider.asked[0].body
    assert isinstance(sent, Sent)
    assert (event["event_action"], event["dedup_key"]) == (action, notice().dedup_key)


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("critical", "critical"), ("high", "error"), ("medium", "warning"), ("low", "info"), ("", "warning")],
)
async def test_severities_are_pagerdutys(severity: str, expected: str, web: Web) -> None:
    """Its four words; what has none warns."""
    async with Provider(take) as provider:
        await PagerDuty(f"{provider.url}/v2/enqueue", KEY, web).send(notice(severity=severity), None)
        assert provider.asked[0].body["payload"]["severity"] == expected


async def test_a_page_says_what_and_where(web: Web) -> None:
    """The summary is the headline, the link leads to the case, and the time is that of the notice."""
    async with Provider(take) as provider:
        told = notice(title={"en": "x" * 3_000}, instead_of=("store-team",))
        assert isinstance(await PagerDuty(f"{provider.url}/v2/enqueue", KEY, web).send(told, None), Sent)
        event = provider.asked[0].body
    assert event["client_url"] == event["links"][0]["href"] == LINK
    assert event["payload"]["timestamp"] == "2026-11-22T12:00:00.000+00:00"
    assert event["payload"]["custom_details"]["lines"][-1].endswith("store-team")


async def test_an_event_that_is_invalid_is_not_repeated(web: Web) -> None:
    """PagerDuty answers 400, and would again."""
    async with Provider(take) as provider:
        outcome = await PagerDuty(f"{provider.url}/wrong", KEY, web).send(notice(), None)
    assert outcome == Failed(Reason.REFUSED, retry=False)
