"""The Kafka clients that the lanes have beside Faust's own consumer; a simulation puts others in their place."""

from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from streams.settings.kafka import client_options

BATCH_BYTES: Final = 1 << 18
REQUEST_MS: Final = 30_000
_FETCH_WAIT_MS: Final = 50


class Clients:
    """Makes clients of one broker; none is started."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._servers = bootstrap_servers

    def producer(self) -> Any:
        """Return what writes for one partition: idempotent, and acknowledged by all replicas."""
        return AIOKafkaProducer(
            bootstrap_servers=self._servers,
            enable_idempotence=True,
            acks="all",
            compression_type="zstd",
            max_batch_size=BATCH_BYTES,
            request_timeout_ms=REQUEST_MS,
            **client_options(),
        )

    def reader(self, **options: Any) -> Any:
        """Return what reads given partitions back, outside the group; `topics grow` moves journeys in a transaction."""
        return AIOKafkaConsumer(
            bootstrap_servers=self._servers,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            **options,
            **client_options(),
        )
