import pytest

from streams.touchpoints.vocabulary import Kind, Vocabulary, nearest

NAMES = ("payment.failed", "order.completed", "order.cancelled", "orders.merged")
VOCABULARY = Vocabulary({name: Kind(name, "order", "FMOT", "web") for name in NAMES}, {})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("payment.faild", "payment.failed"),
        ("payment_failed", "payment.failed"),
        ("Order Completed", "order.completed"),
        ("order.canceled", "order.cancelled"),
        ("qqq", None),
        ("", None),
    ],
)
def test_the_nearest_type_is_what_the_writer_meant(written: str, meant: str | None) -> None:
    """Typing slips, other separators and capitals find their type; what is like nothing finds nothing."""
    assert VOCABULARY.nearest(written) == meant


def test_the_nearest_word_is_never_the_word_itself() -> None:
    """Nobody is told to write what they wrote."""
    assert nearest("web", ("web", "email")) is None


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("order.completed", ("order.completed",)),
        ("order.*", ("order.completed", "order.cancelled")),
        ("order", ()),
        ("order.lost", ()),
        ("cart.*", ()),
        ("*", ()),
    ],
)
def test_a_pattern_names_a_type_or_a_whole_group(pattern: str, names: tuple[str, ...]) -> None:
    """`order.*` is the group `order`, not every group whose name starts so."""
    assert VOCABULARY.matching(pattern) == names


def test_the_group_is_the_word_before_the_dot() -> None:
    """A type is always `<group>.<verb>`."""
    assert VOCABULARY.kinds["payment.failed"].group == "payment"
