"""A gateway over HTTP against a bare echo, with wrk (the Debian package of that name), and how its answers are read.

Nothing is started here: `compare` takes the addresses, and the process ids for the processor time.
"""

import asyncio
import re
import shutil
from pathlib import Path
from typing import Final

import click
import msgspec

from tests.bench.peers import TICKS

SCRIPT: Final = Path(__file__).with_name("touchpoints.lua")
PATH: Final = "/v1/touchpoints"
SECONDS: Final = 10
CONNECTIONS: Final = 128
BATCH: Final = 100
BATCH_CONNECTIONS: Final = 8
LEAST_SHARE: Final = 0.6  # of what the echo does
LEAST_PER_CORE: Final = 50_000
HALF_LOAD_MS: Final = 20.0  # 99th percentile
_UNITS: Final = {"us": 0.001, "ms": 1.0, "s": 1_000.0, "m": 60_000.0}
_RATE: Final = re.compile(r"^Requests/sec:\s+([\d.]+)", re.MULTILINE)
_SHARES: Final = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s|m)\s*$", re.MULTILINE)
_BAD: Final = re.compile(r"^\s*Non-2xx or 3xx responses: (\d+)", re.MULTILINE)
_ERRORS: Final = re.compile(r"^\s*Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", re.MULTILINE)


class Server(msgspec.Struct, frozen=True):
    """Something that takes touchpoints; `key` is an API key that may send `payment.failed`."""

    url: str
    pid: int
    key: str = "none"


class Load(msgspec.Struct, frozen=True):
    """What came of a run: requests a second, ms of the median and of the 99th percentile, requests that failed."""

    per_sec: float
    p50: float
    p99: float
    failed: int
    cpu_sec: float = 0.0  # of the server
    seconds: float = SECONDS

    @property
    def per_cpu_sec(self) -> float:
        """Requests a second of the server's processor time: what one core does."""
        return self.per_sec * self.seconds / self.cpu_sec


def read(output: str) -> Load:
    """Return what wrk has printed; raises ClickException where that is no result."""
    rate, shares = _RATE.search(output), dict(_times(output))
    if rate is None or shares.keys() != {"50", "99"}:
        raise click.ClickException(f"wrk says:\n{output}")
    bad, errors = _BAD.search(output), _ERRORS.search(output)
    failed = (int(bad[1]) if bad else 0) + (sum(map(int, errors.groups())) if errors else 0)
    return Load(float(rate[1]), shares["50"], shares["99"], failed)


def _times(output: str) -> list[tuple[str, float]]:
    return [(share, float(number) * _UNITS[unit]) for share, number, unit in _SHARES.findall(output)]


async def load(server: Server, *, items: int = 1, connections: int = CONNECTIONS, pause_ms: float = 0.0) -> Load:
    """Send requests of so many touchpoints over so many connections; raises ClickException when one fails."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise click.ClickException("there is no wrk: apt-get install wrk")
    began = _cpu_sec(server.pid)
    options = ["-t1", f"-c{connections}", f"-d{SECONDS}s", "--timeout", "10s", "--latency", "-s", str(SCRIPT)]
    process = await asyncio.create_subprocess_exec(
        wrk, *options, f"{server.url}{PATH}", "--", server.key, str(items), str(round(pause_ms)),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    found = msgspec.structs.replace(read(output.decode()), cpu_sec=_cpu_sec(server.pid) - began)
    if found.failed:
        raise click.ClickException(f"{found.failed} requests failed:\n{output.decode()}")
    return found


async def compare(gateway: Server, echo: Server) -> list[str]:
    """Run single requests against both, batches, and batches at half their rate; return the lines of the report."""
    bare = await load(echo)
    single = await load(gateway)
    batches = await load(gateway, items=BATCH, connections=BATCH_CONNECTIONS)
    # Each connection sends, waits for its answer, and pauses: twice as long a round is half the rate.
    round_ms = BATCH_CONNECTIONS / batches.per_sec * 1_000
    half = await load(
        gateway, items=BATCH, connections=BATCH_CONNECTIONS, pause_ms=2 * round_ms - round_ms / BATCH_CONNECTIONS
    )
    share, per_core = single.per_sec / bare.per_sec, batches.per_cpu_sec * BATCH
    return [
        f"the gateway over HTTP, wrk beside it on the same machine, {SECONDS} s each:",
        f"{'':44}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}",
        row("the bare echo, one touchpoint a request", bare),
        row("the gateway, one touchpoint a request", single),
        row(f"the gateway, {BATCH} touchpoints a request", batches),
        row("the same at half the rate", half),
        f"single requests: {share:.0%} of the echo ({told(share >= LEAST_SHARE)})",
        f"batches: {batches.per_sec * BATCH:,.0f} touchpoints/s",
        f"batches: {per_core:,.0f} touchpoints/s a core ({told(per_core >= LEAST_PER_CORE)})",
        f"p99 at {half.per_sec / batches.per_sec:.0%} of that: {half.p99:.1f} ms ({told(half.p99 <= HALF_LOAD_MS)})",
    ]


def row(what: str, found: Load) -> str:
    """Draw one line of the table."""
    return f"{what:44}{found.per_sec:>12,.0f}{found.p50:>9.1f}{found.p99:>9.1f}"


def told(is_kept: bool) -> str:
    """Say whether a budget is kept."""
    return "within the budget" if is_kept else "NOT within the budget"


def _cpu_sec(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
