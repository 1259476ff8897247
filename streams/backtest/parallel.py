"""A replay on several cores, with the answer of one core.

Readers parse the files, each every nth block of lines; folders own the customers, each every nth by hash. A reader
sends each folder the event times of a block, which are everybody's clock, and the touchpoints of its customers.
Parsing once and sending is cheaper than parsing everywhere: packing and unpacking cost a quarter of a parse.

Crowds are made of many customers: folders send those of their touchpoints that count on, with their place in the one
order, and they are counted at the end, by one process.

A folder takes all blocks in the one order that the replay has, so nothing can wait in a circle although every pipe is
small: who waits furthest back in that order waits for nobody.
"""

import heapq
import multiprocessing
import signal
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from itertools import zip_longest
from multiprocessing.connection import Connection, wait
from operator import itemgetter
from typing import Any, Final, Self, cast

import msgspec

from streams.alerts.alert import Alert
from streams.alerts.crowds.tally import Tally
from streams.backtest.crowds import CrowdReplay
from streams.backtest.replay import Intake, Outcome, Summary, Taken, ordered
from streams.backtest.shard import Shard, collect_seldom
from streams.codec import files
from streams.errors import TouchpointError
from streams.journeys.holds import Outage
from streams.rules.compile import compile_rules
from streams.rules.model import Rule
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Vocabulary

_SENT_AT_ONCE: Final = 1_000  # alert revisions
_END: Final = b""
_WORTH_BYTES: Final = 8 << 20


class _Block(msgspec.Struct, array_like=True):
    """What one folder gets of one block of lines: all event times in order, and its own touchpoints by their place."""

    times: bytes  # 64-bit integers
    places: bytes  # 32-bit
    touchpoints: list[Touchpoint]


_Timed = tuple[int, Touchpoint | None]  # None: another folder's
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Block).decode
_Counted = tuple[int, int, Touchpoint]  # place in the one order, largest event time so far
_decode_counted: Final = msgspec.msgpack.Decoder(list[_Counted]).decode
_encode_alerts: Final = msgspec.msgpack.Encoder().encode
_decode_alerts: Final = msgspec.msgpack.Decoder(list[Alert]).decode


class ParallelReplay(Outcome):
    """One run over recorded touchpoints on `cores` cores; its answer is that of `Replay`."""

    def __init__(
        self,
        rules: Sequence[Rule],
        vocabulary: Vocabulary,
        cores: int,
        outages: Iterable[Outage] = (),
        said: Iterable[Alert] = (),
    ) -> None:
        """Start with no journeys; `outages` are those of the sources, all of them, and `said` the alerts about them."""
        super().__init__()
        self._outages = tuple(outages)
        self._said = tuple(said)
        self._rules = tuple(rules)
        self._vocabulary = vocabulary
        self._cores = cores

    def run(
        self,
        paths: Sequence[str],
        until: int | None,
        tell: Callable[[Alert], None],
        progress: Callable[[str, int], None] = lambda _path, _bytes: None,
    ) -> Summary:
        """Fold all lines, let time pass to `until` (ms; default: the last event time), and then tell of each revision.

        The paths are of files, not of standard input. Raises what reading them raises.
        """
        alerts = list(self._said)
        counted: list[_Counted] = []
        named = list(dict.fromkeys(paths))
        with _Crew(self._rules, self._vocabulary, named, until, self._cores, self._outages) as crew:
            for kind, told in crew.messages():
                if kind == "progress":
                    progress(*told)
                elif kind == "read":
                    self.count_lines(*told)
                elif kind == "alerts":
                    alerts += _decode_alerts(told)
                elif kind == "counted":
                    counted += _decode_counted(told)
                else:
                    self.count_journeys(*told)
        self._count(counted, until, alerts.append)
        for alert in ordered(alerts):
            self.hear(alert)
            tell(alert)
        return self.close(list(paths))

    def _count(self, counted: list[_Counted], until: int | None, tell: Callable[[Alert], None]) -> None:
        crowds = CrowdReplay(compile_rules(self._rules, self._vocabulary), tell)
        for _, latest, touchpoint in sorted(counted, key=itemgetter(0)):
            crowds.take(touchpoint, latest)
        crowds.wait(max(self.span.last, until or 0))


class _Crew:
    """The processes of one run; whatever happens, none of them outlives the block."""

    def __init__(
        self,
        rules: tuple[Rule, ...],
        vocabulary: Vocabulary,
        paths: list[str],
        until: int | None,
        cores: int,
        outages: tuple[Outage, ...],
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._processes: list[multiprocessing.process.BaseProcess] = []
        self._heard: list[Connection] = []
        readers = max(1, cores // len(paths))
        pipes = {
            (path, reader, folder): context.Pipe(duplex=False)
            for path in paths
            for reader in range(readers)
            for folder in range(cores)
        }
        work: list[tuple[Callable[..., None], tuple[Any, ...]]] = [
            (_read, (path, (reader, readers), vocabulary, [pipes[path, reader, each][1] for each in range(cores)]))
            for path in paths
            for reader in range(readers)
        ]
        work += [
            (
                _fold,
                (
                    rules,
                    vocabulary,
                    until,
                    outages,
                    [[pipes[path, each, own][0] for each in range(readers)] for path in paths],
                ),
            )
            for own in range(cores)
        ]
        with ExitStack() as ours:  # our copies of the ends are closed, so that a broken pipe is seen as one
            for source, sink in pipes.values():
                ours.callback(source.close)
                ours.callback(sink.close)
            for target, arguments in work:
                hear, say = context.Pipe(duplex=False)
                ours.callback(say.close)
                self._heard.append(hear)
                process = context.Process(target=_work, args=(say, target, arguments), daemon=True)
                self._processes.append(process)
                process.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join()
        for hear in self._heard:
            hear.close()

    def messages(self) -> Iterator[tuple[str, Any]]:
        """Yield what the processes say until all have said all; raise what one of them failed with."""
        waiting, cut_off = list(self._heard), False
        while waiting:
            for hear in cast("list[Connection]", wait(waiting)):
                try:
                    kind, told = hear.recv()
                except EOFError:
                    kind, told, cut_off = "done", None, True
                if kind == "failed":
                    raise told
                if kind == "done":
                    waiting.remove(hear)
                else:
                    yield kind, told
        if cut_off:
            raise TouchpointError("a process of the replay died", remedy="try again with --cores 1")


def _work(say: Connection, target: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """Run one process; an end of the pipes that it hangs on means that another one has failed and said why."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    collect_seldom()
    with suppress(EOFError, BrokenPipeError):
        try:
            target(say, *arguments)
        except TouchpointError as error:
            say.send(("failed", error))
        else:
            say.send(("done", None))


def _read(say: Connection, path: str, part: tuple[int, int], vocabulary: Vocabulary, folders: list[Connection]) -> None:
    """Send every folder its share of each block of this part, in order; a block without touchpoints is empty."""
    first, parts = part
    intake = Intake(path, vocabulary)
    lines = files.read(path, (lambda done: say.send(("progress", (path, done)))) if first == 0 else None, part=part)
    block, batch = first, list[Taken]()
    for taken in intake.touchpoints(lines):
        while files.block_of(taken.line) > block:
            _send(batch, folders)
            block, batch = block + parts, []
        batch.append(taken)
    _send(batch, folders)
    for folder in folders:
        folder.send_bytes(_END)
    say.send(("read", (intake.taken, intake.refused, intake.first_refused, intake.span)))


def _send(batch: list[Taken], folders: list[Connection]) -> None:
    times = array("q", [taken.at for taken in batch]).tobytes()
    places = [array("I") for _ in folders]
    shares: list[list[Touchpoint]] = [[] for _ in folders]
    count = len(folders)
    for place, (_, _, touchpoint) in enumerate(batch):
        owner = zlib.crc32((touchpoint.customer or touchpoint.id).encode()) % count
        places[owner].append(place)
        shares[owner].append(touchpoint)
    for folder, own_places, own in zip(folders, places, shares, strict=True):
        folder.send_bytes(_encode(_Block(times, own_places.tobytes(), own)))


def _fold(
    say: Connection,
    rules: tuple[Rule, ...],
    vocabulary: Vocabulary,
    until: int | None,
    outages: tuple[Outage, ...],
    sources: list[list[Connection]],
) -> None:
    """Fold the customers of one folder; `sources` are the readers of each file."""
    alerts: list[Alert] = []
    plan = compile_rules(rules, vocabulary)
    folder = _Folder(say, Shard(plan, alerts.append, outages), Tally(plan).types)
    latest = _fold_one(folder, sources[0]) if len(sources) == 1 else _fold_merged(folder, sources)
    shard = folder.shard
    shard.finish(max(latest, until or 0))
    folder.send_on()
    for start in range(0, len(alerts), _SENT_AT_ONCE):
        say.send(("alerts", _encode_alerts(alerts[start : start + _SENT_AT_ONCE])))
    say.send(("folded", (len(shard.partition), shard.partition.counters, shard.pages.found())))


class _Folder:
    """Folds its customers, and sends on what counts for crowds."""

    def __init__(self, say: Connection, shard: Shard, counted: frozenset[str]) -> None:
        self.shard = shard
        self._say = say
        self._types = counted
        self._counted: list[_Counted] = []

    def take(self, place: int, touchpoint: Touchpoint, latest: int) -> None:
        if touchpoint.type in self._types:
            self._counted.append((place, latest, touchpoint))
            if len(self._counted) >= _SENT_AT_ONCE:
                self.send_on()
        if touchpoint.customer:
            self.shard.take(touchpoint, latest)

    def send_on(self) -> None:
        self._say.send(("counted", _encode_alerts(self._counted)))
        self._counted = []


def _fold_one(folder: _Folder, readers: list[Connection]) -> int:
    """Fold the only file; return the largest event time of anybody's."""
    latest, base = 0, 0
    for times, places, touchpoints in _blocks(readers):
        done = 0
        for place, touchpoint in zip(places, touchpoints, strict=True):
            latest = max(latest, max(times[done : place + 1]))  # noqa: PLW3301 - a slice and a number
            done = place + 1
            folder.take(base + place, touchpoint, latest)
        latest = max(latest, max(times[done:], default=0))
        base += len(times)
    return latest


def _fold_merged(folder: _Folder, sources: list[list[Connection]]) -> int:
    """Fold several files, merged as one core would merge them."""
    latest = 0
    merged = heapq.merge(*(_timed(readers) for readers in sources), key=itemgetter(0))
    for place, (time, touchpoint) in enumerate(merged):
        latest = max(latest, time)
        if touchpoint is not None:
            folder.take(place, touchpoint, latest)
    return latest


def _timed(readers: list[Connection]) -> Iterator[_Timed]:
    for times, places, touchpoints in _blocks(readers):
        own = dict(zip(places, touchpoints, strict=True))
        for place, time in enumerate(times):
            yield time, own.get(place)


def _blocks(readers: list[Connection]) -> Iterator[tuple["array[int]", "array[int]", list[Touchpoint]]]:
    """Yield the blocks of one file in order: each reader has every nth."""
    for row in zip_longest(*(_sent(reader) for reader in readers)):
        for block in row:
            if block is not None:
                times, places = array("q"), array("I")
                times.frombytes(block.times)
                places.frombytes(block.places)
                yield times, places, block.touchpoints


def _sent(reader: Connection) -> Iterator[_Block]:
    while message := reader.recv_bytes():
        yield _decode(message)


def worth_it(sizes: Sequence[int], cores: int) -> bool:
    """Return whether files of these sizes in bytes are enough for several cores: processes take a second to start."""
    return cores > 1 and sum(sizes) >= _WORTH_BYTES
