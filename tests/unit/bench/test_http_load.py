import click
import pytest

from tests.bench.http_load import Load, read

SAID = """Running 10s test @ http://127.0.0.1:9104/v1/touchpoints
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    11.31ms    3.02ms  48.70ms   81.20%
    Req/Sec     5.65k   512.10     6.51k    70.00%
  Latency Distribution
     50%   10.90ms
     75%   12.51ms
     90%   14.80ms
     99%   {p99}
  56412 requests in 10.01s, 12.11MB read
{bad}Requests/sec:   5635.10
Transfer/sec:      1.21MB
"""


@pytest.mark.parametrize(("p99", "expected"), [("22.10ms", 22.1), ("850.00us", 0.85), ("1.20s", 1_200.0)])
def test_what_wrk_prints_is_read(p99: str, expected: float) -> None:
    """Rates, and times in the unit that it chose."""
    assert read(SAID.format(p99=p99, bad="")) == Load(5635.1, 10.9, expected, 0)


def test_requests_that_failed_are_counted() -> None:
    """A fast refusal is no throughput."""
    bad = "  Socket errors: connect 0, read 1, write 2, timeout 3\n  Non-2xx or 3xx responses: 40\n"
    assert read(SAID.format(p99="1.00ms", bad=bad)).failed == 46


def test_what_is_no_result_is_shown() -> None:
    """Whoever runs it reads what wrk said."""
    with pytest.raises(click.ClickException, match="unable to connect"):
        read("unable to connect to 127.0.0.1:9104 Connection refused")


def test_what_a_core_does() -> None:
    """Requests by the server's own processor time, however busy the machine is."""
    assert Load(1_000.0, 1.0, 2.0, 0, cpu_sec=5.0, seconds=10.0).per_cpu_sec == 2_000.0
