"""A program that is started and has not begun: who sees to its end is told of it first, and only then it runs.

Between the start of a process and the moment somebody else knows its id, its owner may be killed, and nobody would end
it. A held program has nothing to end yet: without a word from its owner it goes by itself.
"""

import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

_HELD: Final = 'read -r line && exec "$@" </dev/null'


def hold(command: Sequence[str | Path], **options: Any) -> "subprocess.Popen[bytes]":
    """Start a program, in a session of its own, that waits for `begin`; `options` are Popen's, but for its input."""
    return subprocess.Popen(  # noqa: S603 - the command is the caller's own
        ["/bin/sh", "-c", _HELD, "held", *map(str, command)], stdin=subprocess.PIPE, start_new_session=True, **options
    )


def begin(process: "subprocess.Popen[bytes]") -> None:
    """Let it run, under the same process id and without input; whoever has been killed meanwhile does not."""
    if process.stdin is not None:
        with suppress(BrokenPipeError), process.stdin as told:
            told.write(b"\n")
