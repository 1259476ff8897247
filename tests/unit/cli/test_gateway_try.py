"""`touchpoint gateway try`: what an adapter makes of a payload."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from streams.cli.gateway_try import command
from streams.errors import LoadError, UsageError

EVENTS = [
    {"event": "open", "email": "ana@mail.example", "timestamp": 1_795_341_600, "sg_event_id": "x"},
    {"event": "open", "timestamp": "soon"},
    {"event": "new"},
]


def run(*arguments: str, payload: Any = None) -> Result:
    """Run the verb with a payload on its standard input."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return CliRunner().invoke(command, list(arguments), input=text)


def test_without_a_provider_all_are_listed() -> None:
    """Whoever does not know the name of an adapter finds it, with how much it knows."""
    found = run()
    assert found.exit_code == 0
    assert "sendgrid                  SendGrid                   11 names\n" in found.output
    first = json.loads(run("--json").output.splitlines()[0])
    assert sorted(first) == ["aliases", "provider", "reference", "vendor"]


def test_each_event_is_shown_with_what_became_of_it() -> None:
    """Touchpoints stand in the JSON form, the rest with its reason and place."""
    found = run("sendgrid", payload=EVENTS)
    assert found.exit_code == 0
    assert '"type": "email.opened"' in found.output
    assert "refused: this is no time of the form mapped /timestamp (bad_time)\n" in found.output
    assert "ignored: this event of the provider stands for no touchpoint (unmapped)\n" in found.output
    assert found.output.endswith("1 touchpoints, 1 ignored, 1 refused\n")


def test_what_is_personal_is_shortened() -> None:
    """A terminal is no place for addresses and for what customers wrote."""
    form = "MessageSid=SM1&SmsStatus=received&From=%2B34600000001&Body=my+own+words"
    for output in (run("twilio", payload=form).output, run("twilio", "--json", payload=form).output):
        assert "message.received" in output
        assert "34600000001" not in output
        assert "own words" not in output


def test_what_no_schema_declares_is_shortened_too(tmp_path: Path) -> None:
    """A type of one's own, and a field beside the schema, may hold anything, at any depth; numbers stay."""
    (tmp_path / "parcels.yaml").write_text(
        "vendor: P\nreference: r\nsignature: {scheme: secret}\nevent: k\nid: i\n"
        "data: {carrier: c, lost: n, weight: w}\naliases: {late: shipment.delayed, odd: parcel.lost}\n"
    )
    own = tmp_path / "own" / "words.yaml"
    own.parent.mkdir()
    own.write_text("types:\n  parcel.lost: order TMOT delivery -1\n")
    event = {"i": 1, "c": "Parcels", "n": {"note": ["Ana Gil", 7]}, "w": 12_345}
    options = ("--mappings", str(tmp_path), "--vocabulary", str(own), "--json")
    hidden = {"lost": {"note": ["An… (7 characters)", 7]}, "weight": 12_345}
    for word, carrier in (("late", "Parcels"), ("odd", "Pa… (7 characters)")):
        (line,) = run("parcels", *options, payload=event | {"k": word}).output.splitlines()
        assert json.loads(line)["touchpoint"]["data"] == {"carrier": carrier} | hidden


def test_a_form_that_was_guessed_wrong_can_be_said() -> None:
    """Tills write lines of JSON and CSV; the header decides, and is named where it is missing."""
    payload = "TransactionType,RetailStoreID,LoyaltyAccountID\nSale,madrid-014,LC-77\n"
    guessed = run("pos", payload=payload)
    assert (guessed.exit_code, "this is not JSON" in guessed.stdout) == (1, True)
    assert "--header" in guessed.stderr
    assert "'Content-Type: text/csv'" in guessed.stderr
    said = run("pos", "--header", "Content-Type: text/csv", payload=payload)
    assert (said.exit_code, said.stderr) == (0, "")
    assert run("sendgrid", payload="{").stderr == ""


def test_a_program_reads_one_line_an_event() -> None:
    """Each line names the place of its event and what it is."""
    lines = [json.loads(line) for line in run("sendgrid", "--json", payload=EVENTS).output.splitlines()]
    assert [set(line) - {"item"} for line in lines] == [{"touchpoint"}, {"refused"}, {"ignored"}]
    assert [line["item"] for line in lines] == [0, 1, 2]


def test_headers_are_taken_into_account() -> None:
    """A topic that stands in a header can be said."""
    found = run("shopify", "--header", "X-Shopify-Topic: customers/delete", payload={"id": 7})
    assert (found.exit_code, '"type": "account.deleted"' in found.output) == (0, True)
    with pytest.raises(UsageError, match="`oops` is no header"):
        CliRunner().invoke(command, ["shopify", "--header", "oops"], input="{}", catch_exceptions=False)


@pytest.mark.parametrize("payload", ["", "{", "[]", '[{"event": "new"}]'])
def test_nothing_came_of_it_is_said_to_the_shell(payload: str) -> None:
    """A script notices when no touchpoint came of a payload."""
    assert run("sendgrid", payload=payload).exit_code == 1


def test_a_slip_in_the_name_is_pointed_out() -> None:
    """The nearest adapter is named."""
    with pytest.raises(UsageError) as error:
        CliRunner().invoke(command, ["sengrid"], input="", catch_exceptions=False)
    assert error.value.remedy == "did you mean `sendgrid`?"


def test_mappings_of_ones_own_are_tried_too(tmp_path: Path) -> None:
    """A file under way is checked and used without a gateway."""
    (tmp_path / "parcels.yaml").write_text(
        "vendor: P\nreference: r\nsignature: {scheme: secret}\nevent: k\nid: i\naliases: {late: shipment.delayed}\n"
    )
    assert run("parcels", "--mappings", str(tmp_path), payload={"k": "late", "i": 1}).exit_code == 0
    (tmp_path / "parcels.yaml").write_text("vendor: P\n" * 2)
    with pytest.raises(LoadError, match="already there"):
        CliRunner().invoke(command, ["--mappings", str(tmp_path)], catch_exceptions=False)
