"""Texts in two languages, complete for everything that can be said."""

import re
from enum import StrEnum
from string import Formatter

import pytest

from streams.alerts.alert import Status as AlertStatus
from streams.codec.vocabulary import shipped
from streams.desk.access.viewer import Role
from streams.desk.cases.case import Action, Resolution, Status
from streams.desk.cases.command import Contact
from streams.desk.console import catalogue, forms
from streams.desk.notify.channel import Reason as Failure
from streams.desk.notify.notice import Kind as Notice
from streams.desk.notify.tables import Result
from streams.desk.service.port import By, Refusal
from streams.errors import LoadError
from streams.rules.model import Mode, Moment, Over, Severity

GROUPS: dict[str, type[StrEnum]] = {
    "status": Status,
    "resolution": Resolution,
    "action": Action,
    "refusal": Refusal,
    "moment": Moment,
    "severity": Severity,
    "alert": AlertStatus,
    "contact_how": Contact,
    "role": Role,
    "mode": Mode,
    "kind": Over,
    "notice": Notice,
    "delivery": Result,
    "failure": Failure,
    "recovery_by": By,
}


def gaps(text: str) -> list[str]:
    """Return what is filled into a text."""
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def test_both_languages_have_the_same_keys_with_the_same_gaps() -> None:
    """No text is forgotten in one of them, and none is filled in differently."""
    english, spanish = (catalogue.load(language).texts for language in catalogue.LANGUAGES)
    assert english.keys() == spanish.keys()
    assert {key: gaps(text) for key, text in english.items()} == {key: gaps(text) for key, text in spanish.items()}


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
@pytest.mark.parametrize("group", GROUPS)
def test_every_member_has_a_text(language: str, group: str) -> None:
    """What the desk can answer, the console can say."""
    texts = catalogue.load(language).texts
    assert [member for member in GROUPS[group] if not texts.get(f"{group}.{member}")] == []


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_every_touchpoint_channel_and_promise_has_a_name(language: str) -> None:
    """A journey is read in one's own language."""
    texts, vocabulary = catalogue.load(language).texts, shipped()
    kinds = vocabulary.kinds.values()
    wanted = {f"type.{kind.name}" for kind in kinds} | {f"channel.{kind.channel}" for kind in kinds}
    wanted |= {f"promise.{name}" for name in vocabulary.promises}
    assert sorted(wanted - texts.keys()) == []


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_every_command_has_its_button_and_its_answer(language: str) -> None:
    """What is done is named, and said to be done."""
    texts = catalogue.load(language).texts
    assert [name for name in forms.COMMANDS if f"command.{name}" not in texts or f"said.{name}" not in texts] == []


def test_every_text_that_a_page_names_exists_and_none_is_left_over() -> None:
    """Pages and catalogue agree; groups that data choose from are used as a whole."""
    texts = catalogue.load("en").texts
    sources = [
        path.read_text(encoding="utf-8")
        for folder in (catalogue.FOLDER.parent,)
        for path in folder.rglob("*")
        if path.suffix in (".html", ".py")
    ]
    joined = "\n".join(sources)
    named = set(re.findall(r'(?<![\w.])t\(\s*"([a-z_]+\.[a-zA-Z_0-9]+)"', joined))
    assert named - texts.keys() == set()
    whole = set(re.findall(r't\.of\("(\w+)"', joined)) | set(re.findall(r't\("(\w+)\." ~', joined))
    quoted = set(re.findall(r'"([a-z_]+\.[a-zA-Z_0-9]+)"', joined))
    leftover = {key for key in texts if key not in named | quoted and key.partition(".")[0] not in whole}
    assert leftover == set()


def test_a_value_without_a_text_is_shown_as_it_is() -> None:
    """Data may name what nobody has thought of."""
    t = catalogue.load("es")
    assert t.of("channel", "carrier_pigeon") == "carrier pigeon"
    assert t.of("status", "open") == "Abierto"


def test_texts_of_data_fall_back_to_english_and_then_to_any() -> None:
    """A rule that has no Spanish title is still shown."""
    t = catalogue.load("es")
    assert [t.pick({"en": "a", "es": "b"}), t.pick({"en": "a"}), t.pick({"fr": "c"}), t.pick({})] == ["b", "a", "c", ""]


def test_a_list_in_the_catalogue_is_refused_with_its_place() -> None:
    """Whoever translates is told where."""
    with pytest.raises(LoadError, match=r"de\.yaml:2:3"):
        catalogue.parse("group:\n  - one\n", "de.yaml")
