"""The demo from start to end: the broker first, and while it starts, all that takes time to load."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from streams.broker.probe import free_port
from streams.demo.ending import Ending
from streams.demo.options import Options, Selection
from streams.demo.processes import Processes
from streams.errors import UsageError

if TYPE_CHECKING:
    from streams.demo.data import Material
    from streams.demo.screen import Screen
    from streams.demo.tally import Summary


def run(options: Options, screen: "Screen") -> "Summary":
    """Run to the end of the touchpoints, or until asked to end; whatever happens, no process is left.

    Raises Ended when a signal came, a TouchpointError when the broker or the worker cannot do its work.
    """
    began = time.monotonic() - time.process_time()  # of the process, nearly: it has hardly waited so far
    with (
        _folder(options.data) as folder,
        ThreadPoolExecutor(1) as aside,
        Ending() as ending,
        Processes(folder, options.port, free_port(), free_port(), free_port()) as processes,
    ):
        try:
            material = aside.submit(_prepare, options.selection)
            with screen.once() as progress:
                processes.kafka.start(progress)
            from streams.demo.show import Show  # noqa: PLC0415 - loaded by now, or nearly

            return asyncio.run(Show(options, screen, processes, began).play(material, ending))
        finally:
            ending.ignore()
            screen.end()


def _prepare(selection: Selection) -> "Material":
    """Load the Kafka clients and read the tills: both take as long as the broker."""
    from streams.demo import show  # noqa: F401, PLC0415 - so that the broker need not wait for it
    from streams.demo.data import prepare  # noqa: PLC0415

    return prepare(selection)


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    """Give an empty folder; a temporary one is removed unless something went wrong, since its logs say what."""
    if given is None:
        made = Path(tempfile.mkdtemp(prefix="touchpoint-demo-"))
        is_kept = False
        try:
            yield made
        except Exception:
            is_kept = True
            raise
        finally:
            if not is_kept:
                shutil.rmtree(made, ignore_errors=True)
        return
    try:
        given.mkdir(parents=True, exist_ok=True)
        is_empty = not any(given.iterdir())
    except OSError as error:
        remedy = "name a folder that can be written"
        raise UsageError(f"cannot use {given}: {error.strerror}", place="--data", remedy=remedy) from error
    if not is_empty:
        remedy = "each demo begins anew: name an empty folder, or remove this one"
        raise UsageError(f"{given} is not empty", place="--data", remedy=remedy)
    yield given.absolute()
