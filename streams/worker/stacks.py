"""Where the tasks of the event loop wait: what a dump of threads cannot show. Places in the code, and no values."""

from asyncio import Task
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

MOST_TASKS: Final = 200
MOST_FRAMES: Final = 20


def waiting(tasks: Iterable[Task[Any]]) -> str:
    """Return one line for each task: the calls it is in, outermost first."""
    return "\n".join(" > ".join(_frames(task.get_coro())) for task in list(tasks)[:MOST_TASKS])


def _frames(awaited: Any) -> list[str]:
    frames: list[str] = []
    while awaited is not None and len(frames) < MOST_FRAMES:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame is not None:
            frames.append(f"{frame.f_code.co_name} ({Path(frame.f_code.co_filename).name}:{frame.f_lineno})")
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
    return frames or ["no coroutine"]
