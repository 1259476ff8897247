from streams.desk.service.recent import Recent


def test_it_keeps_the_newest_and_nothing_for_too_long() -> None:
    """A bound on the number, a bound on the time, and putting again makes young."""
    clock = [0]
    recent: Recent[str] = Recent(2, 100, lambda: clock[0])
    recent.put("a", "1")
    recent.put("b", "2")
    recent.put("a", "3")
    recent.put("c", "4")
    assert [recent.get(key) for key in "abc"] == ["3", None, "4"]
    clock[0] = 100
    recent.put("c", "5")
    clock[0] = 101
    assert [recent.get(key) for key in "abc"] == [None, None, "5"]
