"""`python -m streams.cli`: the same command, for a process that starts another one with its own Python."""

from streams.cli import main

main()
