from pathlib import Path

import pytest

from streams.codec.vocabulary import load, shipped
from streams.errors import LoadError
from streams.touchpoints.vocabulary import Due, Kind, PromiseKind

BASE = load(
    """\
types:
  order.completed:    order  FMOT  web       +1   # a comment
  order.refunded:     order  SMOT  web        0
  shipment.delayed:   order  SMOT  delivery  -1
  shipment.delivered: order  SMOT  delivery   1
promises:
  delivery:
    opened_by: {order.completed: promised_at}
    moved_by: {shipment.*: promised_at}
    kept_by: [shipment.delivered]
    cancelled_by: [order.refunded]
""",
    "base.yaml",
)


def test_a_row_is_topic_moment_channel_polarity() -> None:
    """One line declares a type whole."""
    assert BASE.kinds["shipment.delayed"] == Kind("shipment.delayed", "order", "SMOT", "delivery", -1)
    assert [kind.polarity for kind in BASE.kinds.values()] == [1, 0, -1, 1]


def test_a_promise_says_what_opens_moves_keeps_and_cancels_it() -> None:
    """`shipment.*` leaves out the type that keeps the promise."""
    assert BASE.promises["delivery"] == PromiseKind(
        "delivery",
        opened_by={"order.completed": Due("promised_at")},
        moved_by={"shipment.delayed": Due("promised_at")},
        kept_by=("shipment.delivered",),
        cancelled_by=("order.refunded",),
    )


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("ship_by", Due("ship_by")),
        ("24h", Due(after_ms=86_400_000)),
        ("90s", Due(after_ms=90_000)),
        ("250ms", Due(after_ms=250)),
        ("ship_by or 2d", Due("ship_by", 172_800_000)),
        ("ship_by or 1h30m", Due("ship_by", 5_400_000)),
    ],
)
def test_due_is_a_field_a_time_or_both(text: str, due: Due) -> None:
    """The three ways to say when a promise falls due."""
    promise = f"promises: {{x: {{opened_by: {{order.completed: {text}}}, kept_by: [order.refunded], by: customer}}}}"
    loaded = load(promise, "own.yaml", BASE).promises["x"]
    assert (loaded.opened_by, loaded.by) == ({"order.completed": due}, "customer")


def test_a_vocabulary_of_the_users_own_extends_and_overrides() -> None:
    """New types stand beside those of the base, a type of the same name replaces it, and the base stays as it was."""
    own = load("types:\n  fitting.booked: store SMOT store 0\n  order.refunded: order SMOT web +1\n", "own.yaml", BASE)
    assert list(own.kinds) == [*BASE.kinds, "fitting.booked"]
    assert own.kinds["order.refunded"].polarity == 1
    assert BASE.kinds["order.refunded"].polarity == 0
    assert own.promises == BASE.promises


def test_a_promise_of_the_users_own_may_name_types_of_the_base() -> None:
    """Promises see the types of the base and of their own file, wherever they stand in it."""
    text = "promises: {fit: {opened_by: {order.completed: 3d}, kept_by: [fit.done]}}\n"
    text += "types: {fit.done: store SMOT store 0}\n"
    assert set(load(text, "own.yaml", BASE).promises) == {"delivery", "fit"}


def test_a_type_may_be_declared_to_come_without_a_customer() -> None:
    """A fifth word says so; without it a touchpoint needs one."""
    own = load("types:\n  a.b: store FMOT store 0 anonymous\n  a.c: store FMOT store 0\n", "own.yaml")
    assert (own.kinds["a.b"].may_be_anonymous, own.kinds["a.c"].may_be_anonymous) == (True, False)


def test_an_empty_file_declares_nothing() -> None:
    """A file with nothing but comments is fine."""
    assert load("# nothing yet\n", "own.yaml", BASE) == BASE


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "remedy"),
    [
        ("types:\n  a.b: wbe FMOT web 0", 2, 8, "unknown topic `wbe`", "`web`"),
        ("types:\n  a.b: web FMTO web 0", 2, 12, "unknown moment `FMTO`", "one of ZMOT, FMOT"),
        ("types:\n  a.b: web FMOT Web! 0", 2, 17, "`Web!` is not a channel", "lower-case"),
        ("types:\n  a.b: web FMOT web  2", 2, 22, "unknown polarity `2`", "one of -1, 0, +1"),
        ("types:\n  a.b: web FMOT web 0 anonymus", 2, 23, "unknown fifth word `anonymus`", "`anonymous`"),
        ("types:\n  a.b: web FMOT web", 2, 8, "has 3 words, not 4", "topic moment channel polarity"),
        ("types:\n  a.b: [web]", 2, 8, "found a list", "topic moment channel polarity"),
        ("types:\n  PaymentFailed: web FMOT web 0", 2, 3, "is not a type name", "group.verb"),
        ("types:\n  a.b: web FMOT web 0\n  a.b: web FMOT web 0", 3, 3, "already there, at line 2", "remove"),
        ("types: [a.b]", 1, 8, "must be a mapping", "topic moment channel polarity"),
        ("tipes: {}", 1, 1, "unknown section `tipes`", "`types`"),
        ("- a", 1, 1, "the file must be a mapping", "types:"),
        ("types:\n  a.b: web: FMOT", 2, 11, "YAML: mapping values", "quotes"),
        ("types: {}\n\ttypes: {}", 2, 1, "YAML: found character", "spaces"),
        ("types: {}\n# bell: \a", 2, 9, "U+0007", "remove it"),
        ("promises:\n  x: {opened_by: {order.complete: 1h}, kept_by: []}", 2, 19, "unknown type", "`order.completed`"),
        ("promises:\n  x: {opened_by: {order.completed: soon!}, kept_by: []}", 2, 36, "when the promise is due", "24h"),
        ("promises:\n  x: {opened_by: {order.completed: 0h}, kept_by: []}", 2, 36, "when the promise is due", "24h"),
        ("promises:\n  x: {opened_by: {order.completed: ''}, kept_by: []}", 2, 36, "when the promise is due", "24h"),
        ("promises:\n  x: {opened_by: {order.completed: [1]}, kept_by: []}", 2, 36, "found a list", "24h"),
        ("promises:\n  x: {opened_by: {order.completed: a or b}, kept_by: []}", 2, 36, "is due", "24h"),
        (
            "promises:\n  x: {opened_by: {order.completed: 1h}}",
            2,
            3,
            "needs `opened_by` and `kept_by`",
            "what keeps it",
        ),
        ("promises:\n  x: {opened_by: {order.completed: 1h}, kept_by: order.x}", 2, 50, "list of types", "["),
        ("promises:\n  x: {openedby: {}, opened_by: {}, kept_by: []}", 2, 7, "unknown part", "`opened_by`"),
        (
            "promises:\n  x: {opened_by: {}, kept_by: [], by: order}",
            2,
            39,
            "unknown value of `by` `order`",
            "subject, customer",
        ),
        ("promises:\n  X-1: {}", 2, 3, "is not a promise name", "lower-case"),
        (
            "promises:\n  x: {opened_by: {order.completed: 1h}, kept_by: [order.completed]}",
            2,
            19,
            "`order.completed` is in this promise twice",
            "keeps or cancels",
        ),
    ],
)
def test_a_mistake_says_where_it_is_and_how_to_mend_it(
    text: str, line: int, column: int, message: str, remedy: str
) -> None:
    """Each finding carries file, line, column, what is wrong and the remedy."""
    with pytest.raises(LoadError) as raised:
        load(text, "own.yaml", BASE)
    (finding,) = raised.value.findings
    assert (finding.path, finding.line, finding.column) == ("own.yaml", line, column)
    assert message in finding.message
    assert remedy in finding.remedy


def test_all_mistakes_come_at_once_from_top_to_bottom() -> None:
    """A file can be mended in one go."""
    text = "promises:\n  x: {opened_by: {a.x: 1h}, kept_by: [a.y]}\ntypes:\n  a.b: wbe FMTO web 0\nfoo: 1\n"
    with pytest.raises(LoadError) as raised:
        load(text, "own.yaml")
    places = [(finding.line, finding.column) for finding in raised.value.findings]
    assert places == [(2, 19), (2, 39), (4, 8), (4, 12), (5, 1)]


def test_shipped_reads_each_set_of_files_once(tmp_path: Path) -> None:
    """The command line may ask for it wherever it needs it."""
    own = tmp_path / "own.yaml"
    own.write_text("types: {fitting.booked: store SMOT store 0}")
    assert shipped() is shipped()
    assert shipped((own,)) is shipped((own,))
    assert set(shipped((own,)).kinds) - set(shipped().kinds) == {"fitting.booked"}


def test_later_files_override_earlier_ones(tmp_path: Path) -> None:
    """Files are laid over each other in the order given."""
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("types: {fitting.booked: store SMOT store 0, fitting.done: store SMOT store 0}")
    second.write_text("types: {fitting.booked: web FMOT web +1}")
    kinds = shipped((first, second)).kinds
    assert (kinds["fitting.booked"].topic, kinds["fitting.done"].topic) == ("web", "store")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path, content: bytes | None) -> None:
    """A missing or binary file names itself and the remedy, without a traceback."""
    path = tmp_path / "own.yaml"
    if content:
        path.write_bytes(content)
    with pytest.raises(LoadError) as raised:
        shipped((path,))
    assert raised.value.findings[0].path == str(path)
    assert raised.value.findings[0].remedy
