"""The shipped pack: complete over the journey, in both languages, and true to its own cases."""

import re
from collections import defaultdict

import pytest

from streams.alerts.alert import Status
from streams.backtest.completeness import judge
from streams.backtest.suite import run_files
from streams.backtest.trials import Trial, explain
from streams.codec.rules import case_files, packs, read
from streams.codec.vocabulary import shipped
from streams.rules.model import Broken, By, Mode, Moment, Rule
from streams.rules.scope import channels
from streams.settings.places import DEPLOY

PACK = DEPLOY / "rules"
CHANNELS = {
    "app",
    "bot",
    "call",
    "chat",
    "delivery",
    "email",
    "feedback",
    "push",
    "sms",
    "social",
    "store",
    "web",
}
RULES = read([PACK], shipped())
TRIALS = run_files(case_files([PACK]), shipped())


def ids(rule: Rule) -> str:
    """Name a rule in the report."""
    return rule.id


def test_the_pack_covers_the_four_moments_of_truth() -> None:
    """One file a moment, and in each at least three rules, all of that moment; crowds and followers apart."""
    by_file = defaultdict(set)
    for rule in RULES:
        if rule.crowd is None:
            by_file[rule.path.rpartition("/")[2]].add(rule.moment)
    assert {rule.path.rpartition("/")[2] for rule in RULES if rule.crowd is not None} == {"crowd.yaml"}
    assert by_file.pop("episodes.yaml") == {Moment.TMOT}
    assert by_file.pop("canary.yaml") == {Moment.SMOT}
    assert by_file == {f"{moment.value.lower()}.yaml": {moment} for moment in Moment}
    assert min(sum(rule.moment is moment for rule in RULES) for moment in Moment) >= 3


def test_the_pack_covers_every_channel_of_the_customer() -> None:
    """Live or in shadow, no channel goes unwatched."""
    watched = {channel for rule in RULES for channel in channels(rule, shipped())}
    assert CHANNELS - watched == set()


def test_most_of_the_pack_is_live() -> None:
    """At least fourteen rules raise alerts from the first day; the doubtful ones are counted only."""
    assert sum(rule.mode is Mode.LIVE for rule in RULES) >= 14


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_every_rule_speaks_english_and_spanish(rule: Rule) -> None:
    """Title and advice are there in both, differ, and the advice is a sentence."""
    for texts in (rule.title, rule.advice):
        assert set(texts) >= {"en", "es"}
        assert texts["en"] != texts["es"]
    assert all(len(title) <= 60 and not title.endswith(".") for title in rule.title.values())
    assert all(advice.endswith(".") and 40 <= len(advice) <= 200 for advice in rule.advice.values())


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_every_rule_can_recover_and_says_on_what_ground_it_looks(rule: Rule) -> None:
    """An alert that nothing can end is noise, but for good news, and personal data needs a ground."""
    recovers = bool(rule.recovers_on or (rule.crowd and (rule.crowd.calm_ms or rule.crowd.clean)))
    assert recovers is not rule.positive
    assert re.match(
        r"GDPR 6\(1\)\((b\) contract|c\) legal obligation|f\) legitimate interest)(?=[;,]|$)", rule.legal_basis
    )


def test_the_pack_is_complete() -> None:
    """Owner, ground, recovery, advice, and four cases that fire, do not, recover, and are corrected by late ones."""
    assert judge([PACK], RULES, shipped()) == ([], [])


def test_the_27_rules_are_there() -> None:
    """The rules of the field's own list, under the names that people know them by."""
    wanted = """
        search-dead-end presale-unanswered site-hurts payment-failing checkout-lost stockout-met long-queue
        collect-not-ready not-dispatched delivery-late delivery-failed cancelled-by-us refund-late repeat-contact
        gave-up-waiting callback-broken bot-trap complaint-clock hard-to-use low-score public-complaint leaving
        bad-buzz till-trouble asked-while-hurt promoter-at-risk promoter-born
    """
    assert set(wanted.split()) - {rule.id for rule in RULES} == set()


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: str(trial.case.name))
def test_every_case_passes(trial: Trial) -> None:
    """What is expected is said, and nothing else."""
    assert trial.passed, "\n".join(explain(trial))


def test_late_corrections_are_among_the_cases() -> None:
    """What arrives late can take an alert back."""
    retracted = {alert.rule for trial in TRIALS for alert in trial.said if alert.status is Status.RETRACTED}
    assert retracted >= {"callback-broken", "collect-not-ready", "delivery-late", "payment-failing"}


def test_a_late_delivery_is_called_as_everybody_knows_it() -> None:
    """Dashboards, the demo and the measures on real orders go by this id and these titles."""
    [rule] = [rule for rule in RULES if rule.id == "delivery-late"]
    assert rule.title == {"en": "Delivery promise broken", "es": "Entrega prometida incumplida"}
    assert (rule.when, rule.by, rule.unless, rule.mode) == (Broken("delivery"), By.SUBJECT, None, Mode.LIVE)


def test_the_readme_counts_the_pack_as_it_is() -> None:
    """The figures that it gives are those of the files."""
    readme = (DEPLOY.parent / "README.md").read_text()
    assert readme.count(f"{len(RULES)} rules") == readme.count(f"{len(TRIALS)} test cases") == 2


def test_cases_stand_beside_every_file() -> None:
    """No rules without cases, no cases without rules."""
    names = {path.name.removesuffix(".yaml") for path in packs([PACK])}
    assert {path.name.removesuffix("_test.yaml") for path in case_files([PACK])} == names
