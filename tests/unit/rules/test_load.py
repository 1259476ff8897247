"""What a rule file becomes, and the place and wording of each mistake in the rule itself."""

import pytest

from streams.codec.vocabulary import shipped
from streams.errors import Finding, LoadError
from streams.rules.load import load
from streams.rules.model import By, Count, Mode, Moment, Predicate, Rule, Seen, Selector, Severity

HEAD = """\
rules:
  - id: payment-failing
    moment: FMOT
    severity: high
"""
WHEN = """\
    when: {seen: {type: payment.failed}}
"""
TEXTS = """\
    title: {en: "Payment keeps failing", es: "El pago falla"}
    advice: {en: "Call", es: "Llamar"}
"""


def findings(text: str) -> list[Finding]:
    """Return what is found in the text."""
    with pytest.raises(LoadError) as raised:
        load(text, "pack.yaml", shipped())
    return raised.value.findings


def only(text: str) -> tuple[int, int, str, str]:
    """Return the only finding in the text: line, column, message, remedy."""
    [finding] = findings(text)
    assert finding.path == "pack.yaml"
    return finding.line, finding.column, finding.message, finding.remedy


def test_a_whole_rule_becomes_its_struct() -> None:
    """Every key of the grammar ends in the struct, durations in milliseconds."""
    text = """\
rules:
  - id: payment-failing
    version: 3
    moment: FMOT
    owner: payments
    severity: high
    by: subject
    when:
      count: {type: payment.failed, at_least: 3, within: 10m, where: {provider: adyen, amount: {at_least: 20}}}
    unless: {seen: {type: order.completed, within: 90s}}
    recovers_on: [{type: order.completed}, {type: [sale.*, contact.made]}]
    cooldown: 24h
    expires_after: 1d12h
    mode: shadow
    legal_basis: legitimate interest
    title: {en: Payment keeps failing, es: El pago falla, pt-BR: O pagamento falha}
    advice: {en: Call, es: Llamar}
"""
    where = (Predicate("provider", "equals", "adyen"), Predicate("amount", "at_least", 20))
    expected = Rule(
        id="payment-failing",
        version=3,
        moment=Moment.FMOT,
        owner="payments",
        severity=Severity.HIGH,
        by=By.SUBJECT,
        when=Count(Selector(("payment.failed",), where), 3, 600_000),
        unless=Seen(Selector(("order.completed",)), 90_000),
        recovers_on=(Selector(("order.completed",)), Selector(("sale.*", "contact.made"))),
        cooldown_ms=86_400_000,
        expires_ms=129_600_000,
        mode=Mode.SHADOW,
        legal_basis="legitimate interest",
        title={"en": "Payment keeps failing", "es": "El pago falla", "pt-BR": "O pagamento falha"},
        advice={"en": "Call", "es": "Llamar"},
        path="pack.yaml",
        line=2,
    )
    assert (expected,) == load(text, "pack.yaml", shipped())


def test_what_is_left_out_has_a_default() -> None:
    """A rule needs only id, moment, severity, when and its texts."""
    [rule] = load(HEAD + WHEN + TEXTS, "pack.yaml", shipped())
    actual = (rule.version, rule.owner, rule.by, rule.unless, rule.recovers_on, rule.cooldown_ms, rule.mode)
    assert actual == (1, "support", By.CUSTOMER, None, (), 0, Mode.LIVE)
    assert rule.expires_ms == 30 * 86_400_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (1, 1, "the file holds no rules", "begin the file with `rules:` and one `- id: ...` for each rule")),
        (
            "rules: []",
            (
                1,
                8,
                "`rules` must be a list with something in it",
                "begin the file with `rules:` and one `- id: ...` for each rule",
            ),
        ),
        (
            "- id: x",
            (
                1,
                1,
                "a rule file must be a mapping",
                "begin the file with `rules:` and one `- id: ...` for each rule",
            ),
        ),
        (
            "rules:\n  - payment-failing",
            (2, 5, "a rule must be a mapping", "write `- id: ...` and its other keys below"),
        ),
        (
            "rule:\n  - id: x",
            (1, 1, "unknown key `rule` in a rule file", "did you mean `rules`?"),
        ),
    ],
)
def test_a_file_that_is_no_list_of_rules_says_how_to_begin(text: str, expected: tuple[int, int, str, str]) -> None:
    """The frame of the file is checked before any rule."""
    assert expected == only(text)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("    titel: {en: a, es: b}\n", (8, 5, "unknown key `titel` in the rule", "write one of ")),
        (
            "    owner: 7\n",
            (8, 12, "`owner` must be text", 'put it in quotes: write owner: "7"'),
        ),
        (
            "    owner: \n",
            (8, 5, "`owner` must be text", "name the team that acts"),
        ),
        (
            "    version: 1.5\n",
            (
                8,
                14,
                "`version` must be a whole number, 1 or more: 1.5",
                "count up from 1 with each change of meaning",
            ),
        ),
        (
            "    version: true\n",
            (
                8,
                14,
                "`version` must be a whole number, 1 or more: true",
                "count up from 1 with each change of meaning",
            ),
        ),
        ("    by: customers\n", (8, 9, "unknown by: customers", "did you mean `customer`?")),
        ("    mode: off\n", (8, 11, "unknown mode: off", "write one of live, shadow")),
        (
            "    cooldown: 10\n",
            (
                8,
                15,
                "`cooldown` is not a duration: 10",
                "write a number with its unit: 90s, 10m, 72h, 3d",
            ),
        ),
        ("    expires_after: 0d\n", (8, 20, "`expires_after` must be longer than nothing", "leave it out for 30d")),
        (
            "    recovers_on: []\n",
            (8, 18, "`recovers_on` is an empty list", "leave it out, or name what proves recovery"),
        ),
        (
            "    recovers_on: {type: order.complete}\n",
            (8, 25, "unknown touchpoint type `order.complete`", "did you mean `order.completed`?"),
        ),
    ],
)
def test_a_wrong_key_is_found_where_it_stands(line: str, expected: tuple[int, int, str, str]) -> None:
    """Line and column are those of the word to change, and the remedy says what to write."""
    at_line, column, message, remedy = only(HEAD + WHEN + TEXTS + line)
    assert expected[:3] == (at_line, column, message)
    assert remedy.startswith(expected[3])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (WHEN + TEXTS, (2, 5, "the rule lacks `id`", "give it a name of its own: id: payment-failing")),
        (
            "    id: Payment Failing\n" + WHEN + TEXTS,
            (
                4,
                9,
                "`Payment Failing` cannot be an id",
                "use lower case letters, digits and single dashes: payment-failing",
            ),
        ),
        ("    id: a\n" + TEXTS, (2, 5, "the rule lacks `when`", "say what must happen: when: {seen: {type: ...}}")),
    ],
)
def test_a_rule_lacks_nothing_it_needs(text: str, expected: tuple[int, int, str, str]) -> None:
    """A missing key is reported at the rule itself."""
    assert expected == only("rules:\n  - moment: FMOT\n    severity: high\n" + text)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (
            '    title: {en: "a"}\n    advice: {en: a, es: b}\n',
            (6, 12, "`title` lacks `es`", 'write es: "..."'),
        ),
        (
            "    title: {en: a, es: b}\n    advice: {es: b}\n",
            (7, 13, "`advice` lacks `en`", 'write en: "..."'),
        ),
        (
            "    titel: {en: a, es: b}\n    advice: {en: a, es: b}\n",
            (6, 5, "unknown key `titel` in the rule", "did you mean `title`?"),
        ),
        (
            "    title: Payment keeps failing\n    advice: {en: a, es: b}\n",
            (6, 12, "`title` must be a mapping", 'write title: {en: "...", es: "..."}'),
        ),
        (
            "    title: {en: a, es: 404}\n    advice: {en: a, es: b}\n",
            (6, 24, "`es` must be text", 'put it in quotes: write es: "404"'),
        ),
        (
            "    title: {en: a, es: b, english: c}\n    advice: {en: a, es: b}\n",
            (6, 27, "`english` is not a language", "write a code such as en, es, fr or pt-BR"),
        ),
    ],
)
def test_texts_are_there_in_english_and_spanish(texts: str, expected: tuple[int, int, str, str]) -> None:
    """Title and advice are there in both languages or not at all."""
    assert expected == only(HEAD + WHEN + texts)


def test_a_rule_alone_may_do_without_advice() -> None:
    """It can be tried before somebody has thought of what to do; `rules check` warns, and refuses it in a pack."""
    [rule] = load(HEAD + WHEN + "    title: {en: a, es: b}\n", "pack.yaml", shipped())
    assert rule.advice == {}


def test_a_word_that_other_yaml_takes_for_false_stays_text() -> None:
    """`es: No` is a text, as in YAML 1.2."""
    texts = "    title: {en: Off, es: No}\n    advice: {en: y, es: n}\n"
    [rule] = load(HEAD + WHEN + texts, "pack.yaml", shipped())
    assert rule.title == {"en": "Off", "es": "No"}


def test_a_duplicate_id_names_the_other_place() -> None:
    """In one file and across files."""
    one = "  - id: a\n    moment: FMOT\n    severity: high\n" + WHEN + TEXTS
    expected = Finding("pack.yaml", 8, 9, "there is already a rule `a`, at pack.yaml:2", "give this one another id")
    assert [expected] == findings("rules:\n" + one + one)
    with pytest.raises(LoadError) as raised:
        load("rules:\n" + one, "other.yaml", shipped(), {"a": "pack.yaml:2"})
    expected = Finding("other.yaml", 2, 9, "there is already a rule `a`, at pack.yaml:2", "give this one another id")
    assert [expected] == raised.value.findings


def test_all_mistakes_come_at_once_in_the_order_of_the_file() -> None:
    """One run is enough to mend a file."""
    text = """\
rules:
  - id: payment-failing
    moment: MOT
    severity: hgh
    when: {count: {type: payment.faild, at_least: 0}}
    title: {en: a}
"""
    places = [(each.line, each.column, each.message) for each in findings(text)]
    assert places == [
        (3, 13, "unknown moment: MOT"),
        (4, 15, "unknown severity: hgh"),
        (5, 19, "count lacks `within`"),
        (5, 26, "unknown touchpoint type `payment.faild`"),
        (5, 51, "`at_least` must be a whole number, 1 or more: 0"),
        (6, 12, "`title` lacks `es`"),
    ]
