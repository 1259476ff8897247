"""A start-up archive: Kafka's classes loaded and linked once per machine, mapped at each later start.

The packaged Java brings no class archive at all, so each start would parse and verify all of them: 7 s of processor
time. With the archive a broker in a new folder serves after 2.6 s instead of 10, in its old folder after 1.8 s instead
of 7. It is made at the first start by a broker in a scratch folder (about 13 s once). Nothing depends on it: when it
cannot be made or does not fit the Java at hand, brokers only start more slowly.
"""

import hashlib
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from streams.broker.cache import cache_folder, exclusive
from streams.broker.java import AOT_CACHE_SINCE, Java
from streams.broker.node import PROPERTIES, Command, format_storage, launch, log_dir, wait_until_serving
from streams.broker.packages import Progress
from streams.broker.probe import free_port
from streams.broker.properties import render, server_properties
from streams.errors import TouchpointError

STEP_TIMEOUT_SEC: Final = 90.0


def archive_flags(
    java: Java, flags: Sequence[str], jars: Sequence[Path], progress: Progress | None = None
) -> list[str]:
    """Return the flags that make this start quick, after making the archive if this machine has none."""
    if java.version < AOT_CACHE_SINCE:
        return []
    archive = cache_folder() / "startup" / f"kafka-{_key(java, flags, jars)}.aot"
    if not archive.exists():
        with exclusive(cache_folder()):
            if not archive.exists():
                if progress is not None:
                    progress("preparing Java for quick starts", 0, 0)
                archive.parent.mkdir(exist_ok=True)
                _make(archive, [java.path, *flags], jars)
    return ["-Xlog:disable", f"-XX:AOTCache={archive}"] if archive.stat().st_size else []


def _key(java: Java, flags: Sequence[str], jars: Sequence[Path]) -> str:
    """Name what Java compares before it uses an archive: its own build, the flags, and each archive's path and age."""
    parts = [
        f"{java.path} {java.path.stat().st_mtime_ns}",
        *flags,
        *(f"{jar} {jar.stat().st_mtime_ns}" for jar in jars),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _make(archive: Path, java: Command, jars: Sequence[Path]) -> None:
    """Write the archive whole or not at all; an empty file in its place says that it cannot be made here."""
    class_path = ":".join(map(str, jars))
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=archive.parent, ignore_cleanup_errors=True) as scratch:
        made = Path(scratch) / "archive"
        recording = f"-XX:AOTConfiguration={scratch}/recording"
        try:
            _record(
                [*java, "-XX:AOTMode=record", recording, "-cp", class_path], [*java, "-cp", class_path], Path(scratch)
            )
            subprocess.run(  # noqa: S603 - the command is built here, from no outside text
                [*java, "-XX:AOTMode=create", recording, f"-XX:AOTCache={made}", "-cp", class_path],
                capture_output=True,
                check=True,
                timeout=STEP_TIMEOUT_SEC,
            )
        except (TouchpointError, subprocess.SubprocessError):
            made = Path(scratch) / "cannot-be-made"
            made.touch()
        for outdated in archive.parent.glob("*.aot"):
            outdated.unlink(missing_ok=True)
        made.replace(archive)


def _record(recorder: Command, plain: Command, data: Path) -> None:
    """Let one broker come up and end while Java notes what it loads."""
    port = free_port()
    properties = server_properties(port=port, controller_port=free_port(), log_dir=log_dir(data))
    (data / PROPERTIES).write_text(render(properties))
    format_storage(plain, data, port)
    broker = launch(recorder, data)
    try:
        wait_until_serving(broker, port)
    finally:
        broker.stop(STEP_TIMEOUT_SEC)
