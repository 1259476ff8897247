from streams.gateway.outcome import Admitted
from streams.gateway.sink.record import Record, records_of
from streams.touchpoints.touchpoint import Touchpoint


def test_what_follows_from_a_touchpoint_comes_right_behind_it() -> None:
    """Links go to their own topic and are as safe as what they came with."""
    one, link, other = (Touchpoint(name, "shop", "page.viewed", 1, "c") for name in ("one", "link", "other"))
    admitted = [
        Admitted(one, "touchpoints.web", (Admitted(link, "touchpoints.linked"),)),
        Admitted(other, "touchpoints.web"),
    ]
    assert records_of(admitted, 7) == [
        Record("touchpoints.web", 7, one),
        Record("touchpoints.linked", 7, link),
        Record("touchpoints.web", 7, other),
    ]
