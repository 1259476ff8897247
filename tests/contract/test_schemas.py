"""What schemas/ promises: every type described, exemplified and classed for privacy, under the names agreed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from streams.codec.events import EventSchemas
from streams.codec.vocabulary import shipped
from streams.settings.places import SCHEMAS
from streams.touchpoints.touchpoint import Touchpoint

# Group by group, the verbs that producers, adapters and rules rely on; a type may join, none may go or change its name.
AGREED = {
    "page": "viewed",
    "product": "searched viewed added used activated shared",
    "review": "read created updated replied",
    "content": "viewed",
    "ad": "clicked",
    "cart": "viewed",
    "checkout": "started step_completed",
    "payment": "failed",
    "coupon": "denied redeemed",
    "error": "shown",
    "click": "raged dead failed",
    "app": "crashed",
    "account": "signed_up deleted",
    "order": "completed cancelled refunded",
    "refund": "promised",
    "shipment": "dispatched delayed delivered failed",
    "return": "requested received completed",
    "exchange": "completed",
    "email": "queued sent delivered deferred bounced rejected opened clicked complained unsubscribed received inbound",
    "push": "sent delivered opened bounced disabled",
    "sms": "sent delivered opened bounced disabled",
    "conversation": "started enqueued assigned transferred abandoned reopened closed rated",
    "message": "received sent",
    "bot": "answered fallback handoff_requested",
    "call": "initiated queued connected held abandoned missed completed",
    "callback": "promised done",
    "visit": "started rated",
    "sale": "completed voided",
    "stockout": "reported",
    "queue": "waited",
    "pickup": "promised",
    "click_and_collect": "ready picked_up",
    "kiosk": "smiley",
    "appointment": "booked kept missed",
    "social": "mentioned replied disliked flagged shared",
    "dm": "received",
    "referral": "sent converted",
    "survey": "sent answered ignored",
    "complaint": "opened answered reopened",
    "loyalty": "joined left",
    "customer": "updated",
    "identity": "linked unlinked",
    "consent": "given withdrawn",
    "objection": "made",
    "training": "completed",
    "contact": "made",
    "offer": "made",
    "apology": "sent",
    "recovery": "offered accepted hold",
    "promise": "opened kept broken",
    "alert": "raised acked resolved reopened retracted",
    "canary": "sang rested",
}
TOPIC_OF = {
    "web": "page product cart checkout payment click error account content ad app canary",
    "email": "email push sms",
    "chat": "conversation message bot",
    "call": "call callback",
    "store": "visit sale return exchange stockout queue pickup click_and_collect kiosk appointment",
    "order": "order shipment refund",
    "feedback": "survey review complaint",
    "social": "social dm referral",
    "recovery": "contact offer apology alert recovery promise",
}
NEGATIVE = """
    payment.failed coupon.denied error.shown click.raged click.dead click.failed app.crashed account.deleted
    order.cancelled shipment.delayed shipment.failed return.requested email.bounced email.rejected email.complained
    email.unsubscribed push.bounced push.disabled sms.bounced sms.disabled conversation.abandoned conversation.reopened
    bot.fallback call.abandoned call.missed stockout.reported appointment.missed complaint.opened complaint.reopened
    social.disliked social.flagged loyalty.left promise.broken
    canary.sang
"""
POSITIVE = """
    order.completed shipment.delivered sale.completed social.shared referral.sent referral.converted product.shared
    loyalty.joined coupon.redeemed canary.rested
"""
# The field that makes a type promise something; an empty one where the type alone does.
PROMISES = {
    ("delivery", "order.completed"): "promised_at",
    ("dispatch", "order.completed"): "ship_by",
    ("pickup", "order.completed"): "ready_by",
    ("pickup", "pickup.promised"): "ready_by",
    ("refund", "order.cancelled"): "refund_due_at",
    ("refund", "return.requested"): "refund_due_at",
    ("refund", "refund.promised"): "refund_due_at",
    ("callback", "callback.promised"): "callback_at",
    ("callback", "call.completed"): "callback_at",
    ("callback", "conversation.closed"): "callback_at",
    ("reply", "email.received"): "",
    ("reply", "dm.received"): "",
    ("reply", "conversation.started"): "",
    ("handoff", "bot.handoff_requested"): "",
    ("queue", "call.queued"): "",
    ("complaint", "complaint.opened"): "answer_due_at",
    ("appointment", "appointment.booked"): "ends_at",
}
FIXED_FIELDS = {
    "order.completed": "amount currency items promised_at ship_by",
    "order.cancelled order.refunded return.*": "reason amount currency refund_due_at",
    "shipment.*": "carrier tracking promised_at",
    "payment.failed": "reason provider amount currency",
    "survey.answered review.created review.updated conversation.rated": (
        "metric score scale_min scale_max best aspect text lang reach"
    ),
    "message.received email.received social.mentioned": "text lang",
    "conversation.* call.*": "queue wait_seconds staff resolved callback_at",
    "sale.* stockout.reported visit.started": "store till basket amount currency sku",
    "email.* push.* sms.*": "campaign template reason machine_open",
    "page.* product.* error.shown click.*": "path sku query results error",
    "customer.updated": "tier lifetime_value language country",
}
PERSONAL = {"none", "pseudonymous", "personal", "sensitive"}
PURPOSES = {
    "service",
    "service-recovery",
    "experience-improvement",
    "fulfilment",
    "contract",
    "consent-record",
}
DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?\Z")

KINDS = shipped().kinds
TYPES = sorted(KINDS)
VENDORS = sorted((SCHEMAS / "aliases").glob("*.yaml"))


def _read(folder: str, type_: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / folder / f"{type_}.json").read_text("utf-8"))
    return found


def _touchpoint(example: dict[str, Any]) -> Touchpoint:
    data = json.dumps(example["data"]).encode()
    subject = example.get("subject", "")
    return Touchpoint(example["id"], example["source"], example["type"], 0, example["customer"], subject, data)


def _unclassed(schema: dict[str, Any], pointer: str = "") -> Iterator[str]:
    """Yield a pointer to each property, at any depth, whose privacy class, purpose or retention is missing or wrong."""
    for name, field in schema.get("properties", {}).items():
        here = f"{pointer}/{name}"
        classed = field.get("x-personal") in PERSONAL and field.get("x-purpose") in PURPOSES
        if not classed or not DURATION.match(field.get("x-retention", "")):
            yield here
        yield from _unclassed(field, here)
    if isinstance(schema.get("items"), dict):
        yield from _unclassed(schema["items"], f"{pointer}/items")


def test_the_agreed_types_are_the_vocabulary() -> None:
    """Every group and verb agreed with producers is there under its one spelling, and nothing else is."""
    assert {f"{group}.{verb}" for group, verbs in AGREED.items() for verb in verbs.split()} == set(KINDS)


def test_each_group_travels_on_its_topic() -> None:
    """Producers choose the topic by the group alone."""
    expected = {group: topic for topic, groups in TOPIC_OF.items() for group in groups.split()}
    assert {kind.group: kind.topic for kind in KINDS.values() if kind.group in expected} == expected
    assert all(kind.topic == expected[kind.group] for kind in KINDS.values() if kind.group in expected)


def test_what_is_good_or_bad_by_itself_is_marked() -> None:
    """Polarity counts what needs no look at the data; the rest is neutral."""
    assert {kind.name for kind in KINDS.values() if kind.polarity < 0} == set(NEGATIVE.split())
    assert {kind.name for kind in KINDS.values() if kind.polarity > 0} == set(POSITIVE.split())


@pytest.mark.parametrize(("kind", "type_"), PROMISES)
def test_what_promises_something_opens_its_promise(kind: str, type_: str) -> None:
    """The types that promise do so by their agreed field, or by themselves after a default time."""
    due = shipped().promises[kind].opened_by[type_]
    assert due.field == PROMISES[kind, type_]
    assert due.field or due.after_ms


@pytest.mark.parametrize("kind", shipped().promises)
def test_the_fields_that_promise_are_times_in_the_schemas(kind: str) -> None:
    """A promise never hangs on a field that its type does not describe as a time."""
    promise = shipped().promises[kind]
    for type_, due in (*promise.opened_by.items(), *promise.moved_by.items()):
        if due.field:
            assert _read("events", type_)["properties"][due.field]["format"] == "date-time", type_


@pytest.mark.parametrize("folder", ["events", "examples"])
def test_every_type_has_its_file_and_no_file_is_astray(folder: str) -> None:
    """A type and its schema and example come and go together."""
    assert sorted(path.name for path in (SCHEMAS / folder).iterdir()) == [f"{type_}.json" for type_ in TYPES]


@pytest.mark.parametrize("type_", TYPES)
def test_the_schema_is_a_schema_of_its_type(type_: str) -> None:
    """Each is valid JSON Schema 2020-12, named after its type, described, and open to further fields."""
    schema = _read("events", type_)
    jsonschema_rs.meta.validate(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert (schema["$id"], schema["title"]) == (f"urn:touchpoint:event:{type_}", type_)
    assert (schema["type"], schema["additionalProperties"]) == ("object", True)
    assert schema["description"].endswith(".")
    assert all(field["description"].endswith(".") for field in schema["properties"].values())


@pytest.mark.parametrize("types", FIXED_FIELDS)
def test_the_fixed_fields_are_described(types: str) -> None:
    """The field names that everybody relies on stand in the schema of each of their types."""
    for pattern in types.split():
        names = shipped().matching(pattern)
        assert names
        for name in names:
            assert set(FIXED_FIELDS[types].split()) <= set(_read("events", name)["properties"]), name


@pytest.mark.parametrize("type_", TYPES)
def test_every_field_has_its_privacy_class(type_: str) -> None:
    """Each property says how personal it is, what for it is kept, and how long."""
    assert list(_unclassed(_read("events", type_))) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("x-personal", None),
        ("x-personal", "maybe"),
        ("x-purpose", "because"),
        ("x-retention", "P"),
        ("x-retention", "90"),
    ],
)
def test_a_field_without_its_privacy_class_is_found(key: str, value: str | None) -> None:
    """The test above would catch a field that somebody forgot, however deep."""
    good = {"x-personal": "none", "x-purpose": "service", "x-retention": "P90D"}
    bad = {**good, key: value}
    schema = {"properties": {"list": {**good, "items": {"properties": {"good": good, "bad": bad}}}}}
    assert list(_unclassed({"properties": {"fine": good}})) == []
    assert list(_unclassed(schema)) == ["/list/items/bad"]


@pytest.mark.parametrize("type_", TYPES)
def test_the_example_is_a_good_touchpoint_of_its_type(type_: str) -> None:
    """Each example is the JSON form with plain names, and its data is valid and uses described fields only."""
    example = _read("examples", type_)
    assert set(example) - {"subject"} == {"specversion", "id", "source", "type", "time", "customer", "data"}
    assert example["type"] == type_
    assert EventSchemas().validate(_touchpoint(example)) == []
    assert set(example["data"]) <= set(_read("events", type_)["properties"])


@pytest.mark.parametrize("type_", [name for name in TYPES if _read("examples", name)["data"]])
def test_a_wrong_example_is_found(type_: str) -> None:
    """Every field of every example is really checked: none of them may be a nested list."""
    example = _read("examples", type_)
    example["data"] = {name: [[]] for name in example["data"]}
    problems = EventSchemas().validate(_touchpoint(example))
    found = {problem.pointer.split("/")[2] for problem in problems}
    assert found == set(example["data"])


def test_examples_identify_nobody() -> None:
    """Examples get copied; they carry pseudonyms, no addresses and no telephone numbers."""
    for path in (SCHEMAS / "examples").iterdir():
        text = path.read_text("utf-8")
        assert "@" not in text, path.name
        assert not re.search(r"\+\d{6,}", text), path.name
        assert re.match(r"(cust|anon|staff|canary)-[0-9a-f]+\Z", json.loads(text)["customer"]), path.name


def test_examples_have_ids_of_their_own() -> None:
    """All examples may be sent together without one passing for a copy of another."""
    ids = [(example["source"], example["id"]) for example in (_read("examples", type_) for type_ in TYPES)]
    assert len(set(ids)) == len(ids)


def test_the_agreed_vendors_have_aliases() -> None:
    """One file a vendor; those with webhooks say more, which the gateway's own tests look at."""
    vendors = "amazon_connect anymail dixa ga4 intercom segment sendgrid shopify zendesk"
    assert set(vendors.split()) <= {path.stem for path in VENDORS}


@pytest.mark.parametrize("path", VENDORS, ids=lambda path: path.stem)
def test_every_alias_leads_to_a_type(path: Path) -> None:
    """A vendor's name maps to a type of the vocabulary, and the file says whose names these are."""
    file = YAML(typ="safe", pure=True).load(path)
    assert {"vendor", "reference", "aliases"} <= set(file)
    assert {target for target in file["aliases"].values() if target not in KINDS} == set()


@pytest.mark.parametrize(
    ("vendor", "name", "type_"),
    [
        ("segment", "Order Completed", "order.completed"),
        ("segment", "Live Chat Message Sent", "message.received"),
        ("ga4", "begin_checkout", "checkout.started"),
        ("ga4", "refund", "order.refunded"),
        ("sendgrid", "spamreport", "email.complained"),
        ("anymail", "inbound", "email.received"),
        ("intercom", "conversation.user.replied", "message.received"),
        ("zendesk", "zen:event-type:ticket.created", "conversation.started"),
        ("dixa", "CONVERSATION_ABANDONED", "conversation.abandoned"),
        ("shopify", "orders/cancelled", "order.cancelled"),
        ("amazon_connect", "CONNECTED_TO_AGENT", "call.connected"),
    ],
)
def test_aliases_mean_what_the_vendor_means(vendor: str, name: str, type_: str) -> None:
    """One name of each vendor, read against its documentation."""
    assert YAML(typ="safe", pure=True).load(SCHEMAS / "aliases" / f"{vendor}.yaml")["aliases"][name] == type_
