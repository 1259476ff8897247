"""Sends prepared records at their due times through librdkafka: `python -m tests.bench.sender FILE START`.

A client in C, in a process and an environment of its own, so that sending 10,000 records a second one by one does not
take the processor time of what is measured. Each record of the file: due ms after START (Unix seconds), topic number,
whether to report it, key, value. Says `sent <key> <Unix time>` of reported ones as it hands them to the client.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from tests.bench.due import unpack

SLEEP_SEC = 0.001
LINGER_MS = 25


def main(path: str, start: float) -> None:
    """Send everything, each record when it is due."""
    topics = os.environ["BENCH_TOPICS"].split(",")
    # The background comes in small batches, as from a busy producer; what is timed is not held back at all.
    steady, prompt = producer(LINGER_MS), producer(0)
    for record in unpack(Path(path).read_bytes()):
        while (now := time.time()) < start + record.ms / 1000:
            steady.poll(0)
            prompt.poll(0)
            time.sleep(SLEEP_SEC)
        client = prompt if record.is_reported else steady
        client.produce(topics[record.topic], record.value, record.key, timestamp=int(now * 1000))
        if record.is_reported:
            os.write(1, b"sent %b %f\n" % (record.key, now))
    steady.flush()
    prompt.flush()


def producer(linger_ms: int) -> Any:
    """Return a client that puts keys on the partitions where Kafka's own would."""
    return Producer(
        {
            "bootstrap.servers": os.environ["BENCH_SERVERS"],
            "partitioner": "murmur2_random",
            "compression.type": "lz4",
            "linger.ms": linger_ms,
            "acks": "all",
        }
    )


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
