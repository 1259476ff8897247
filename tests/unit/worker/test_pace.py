from streams.worker.pace import FEWEST, MOST, Pace


def test_slices_keep_their_length_whatever_a_record_costs() -> None:
    """Four milliseconds, reached step by step and within bounds; a slice that was not full says nothing."""
    pace = Pace(4.0)
    for cost_sec, wanted in ((0.00001, 400), (0.00004, 100), (0.001, FEWEST), (0.0, MOST)):
        for _ in range(10):
            pace.learn(pace.records, pace.records * cost_sec)
        assert pace.records == wanted
    pace.learn(MOST // 2 - 1, 100.0)
    assert pace.records == MOST
