import subprocess

from streams.demo.processes import Guard


def sleeper() -> subprocess.Popen[bytes]:
    """Start a process that would live for a minute, in a group of its own."""
    return subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)


def test_the_guard_ends_what_it_looks_after() -> None:
    """It does so when its pipe ends, which is when the demo does, however that happens."""
    guard, process = Guard(), sleeper()
    guard.watch(process.pid)
    guard.close()
    assert process.wait(1) == -15


def test_the_guard_leaves_alone_what_was_released() -> None:
    """A group that has ended may have given its number to another."""
    guard, process = Guard(), sleeper()
    guard.watch(process.pid)
    guard.release(process.pid)
    guard.close()
    assert process.poll() is None
    process.kill()
    process.wait()


def test_a_guard_that_was_killed_is_missed_by_nobody() -> None:
    """The demo goes on without."""
    guard = Guard()
    guard._process.kill()
    guard._process.wait()
    guard.watch(1)
    guard.close()
