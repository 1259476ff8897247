"""Everything inside Faust, mode and aiokafka that the lane overrides or leans on, as it was when it was read.

An upgrade that changes one of these fails here, before it loses a touchpoint. To take the upgrade: read the new source
of what failed with its reason in mind, run the fault tests (tests/kafka/lane), and then write the new digest down.
"""

import hashlib
import importlib
import importlib.metadata
import inspect
import textwrap
from types import FunctionType, SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from faust.stores.base import Store
from faust.types.stores import StoreT

from streams.worker import transport
from streams.worker.store import Lanes

VERSIONS = {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1", "aiokafka": "0.14.0"}

SEAMS = (  # module, name, digest of the source, what to look for when it changes
    (
        "faust.transport.consumer",
        "Consumer._wait_next_records",
        "ba40cd367132",
        "overridden: lanes take their records out here",
    ),
    (
        "faust.transport.consumer",
        "Consumer.getmany",
        "e486c434b792",
        "calls _wait_next_records; what it does with an empty answer",
    ),
    (
        "faust.transport.consumer",
        "Consumer._drain_messages",
        "8f35dd7a1114",
        "calls getmany for ever; nothing of ours may be left in its hands",
    ),
    (
        "faust.transport.consumer",
        "Consumer._get_active_partitions",
        "da41bc1e8d86",
        "used: which ordinary partitions may be fetched",
    ),
    ("faust.transport.consumer", "Consumer.commit", "e43a7d03685f", "overridden: commits the lanes first"),
    (
        "faust.transport.consumer",
        "Consumer.on_partitions_assigned",
        "c07feb1175f7",
        "overridden: pauses everything in the client",
    ),
    (
        "faust.transport.consumer",
        "Consumer.on_partitions_revoked",
        "652177e770ee",
        "overridden: stops, flushes and commits the lanes",
    ),
    ("faust.transport.consumer", "Consumer.on_stop", "7accc1bf4f97", "overridden: flushes and closes the lanes"),
    ("faust.transport.consumer", "Consumer.perform_seek", "2b4ceebd23de", "calls seek_to_committed at every recovery"),
    ("faust.transport.consumer", "Consumer.verify_all_partitions_active", "b0d2b193d5b7", "overridden: does nothing"),
    (
        "faust.transport.consumer",
        "Consumer.stop_flow",
        "aa77389dc23a",
        "sets flow_active and can_resume_flow, which are used",
    ),
    (
        "faust.transport.consumer",
        "Consumer.resume_flow",
        "192f20bc377f",
        "sets flow_active and can_resume_flow, which are used",
    ),
    (
        "faust.transport.consumer",
        "ThreadDelegateConsumer._commit",
        "91c201528438",
        "used: commits past Faust's own bookkeeping",
    ),
    (
        "faust.transport.consumer",
        "ThreadDelegateConsumer.threadsafe_partitions_assigned",
        "ea72c2d1bfff",
        "runs the store's hook on the main loop while the client waits",
    ),
    ("faust.transport.drivers.aiokafka", "Consumer._new_consumer_thread", "8fd0d41b1514", "overridden: our thread"),
    (
        "faust.transport.drivers.aiokafka",
        "AIOKafkaConsumerThread._create_worker_consumer",
        "c179c0bdb975",
        "overridden: read_committed and the fetch wait; which settings reach the client",
    ),
    ("faust.transport.drivers.aiokafka", "AIOKafkaConsumerThread._fetch_records", "9e7369fc572d", "used by poll"),
    ("faust.transport.drivers.aiokafka", "AIOKafkaConsumerThread.getmany", "1b1c58046a9b", "replaced by poll"),
    (
        "faust.transport.drivers.aiokafka",
        "AIOKafkaConsumerThread.seek_to_committed",
        "43907fc11636",
        "overridden: ordinary topics only",
    ),
    (
        "faust.transport.drivers.aiokafka",
        "AIOKafkaConsumerThread.seek_wait",
        "8356b4c729d6",
        "used: puts the client where a lane goes on",
    ),
    (
        "faust.transport.drivers.aiokafka",
        "AIOKafkaConsumerThread._commit",
        "78c931ecfa8d",
        "used: what it returns when the group has moved on, and when it crashes",
    ),
    ("faust.transport.drivers.aiokafka", "AIOKafkaConsumerThread._ensure_consumer", "a2c77687801c", "used"),
    (
        "faust.transport.drivers.aiokafka",
        "ConsumerRebalanceListener",
        "f3d04f29dfb3",
        "sets app.rebalancing before anything else",
    ),
    (
        "faust.tables.recovery",
        "Recovery._restart_recovery",
        "f93138b040ef",
        "runs around need_recovery: what it resumes and when",
    ),
    (
        "faust.tables.recovery",
        "Recovery.need_recovery",
        "c6860beac5d7",
        "overridden: there is nothing for Faust to read",
    ),
    (
        "faust.tables.recovery",
        "Recovery.on_recovery_completed",
        "895e7c415a4d",
        "resumes ordinary partitions and the flow",
    ),
    ("faust.tables.recovery", "Recovery._add", "0bc4d8362676", "asks persisted_offset"),
    ("faust.tables.manager", "TableManager.on_start", "b82e759be50c", "overridden: without its sleep"),
    ("faust.tables.manager", "TableManager.recovery", "9e5e10447444", "overridden: our recovery"),
    ("faust.tables.manager", "TableManager._update_channels", "c43fe8c0812b", "used by on_start"),
    ("faust.tables.manager", "TableManager.on_rebalance", "fc9b70e03994", "calls the store's hook before recovery's"),
    ("faust.tables.base", "Collection.on_rebalance", "5d760812d911", "calls the store's hook"),
    ("faust.tables.base", "Collection._new_store", "0cad007da65f", "overridden: the lanes"),
    ("faust.stores.base", "Store", "1ae56041fe0e", "the base of the lanes: constructor and hooks"),
    (
        "faust.app.base",
        "App._on_partitions_assigned",
        "c9c5485eb273",
        "the order of the hooks, and what becomes of their exceptions",
    ),
    ("faust.app.base", "App._on_partitions_revoked", "c1abd58dcb37", "the order of the hooks"),
    ("faust.app.base", "App._update_assignment", "c3a3d754fff2", "what Faust takes for kept"),
    ("faust.app.base", "App.on_rebalance_start", "34f7e4e29e5d", "sets rebalancing"),
    ("faust.app.base", "App.on_rebalance_end", "702029e30de7", "clears rebalancing"),
    ("faust.app.base", "App._stop_consumer", "96573acf5f04", "the order of a stop"),
    (
        "faust.assignor.partition_assignor",
        "PartitionAssignor._get_copartitioned_groups",
        "76de3cb3088e",
        "partition i of all topics goes to one worker",
    ),
    ("mode.services", "Service._crash", "023e36034cd9", "overridden: leaves hard"),
    ("mode.services", "Service.crash", "6e0b5672cd83", "calls _crash of all services"),
    ("mode.services", "Service.stop", "c7859eae93d2", "the order of a stop"),
    ("mode.threads", "QueueServiceThread.call_thread", "d1304f73ca65", "used: all calls into the client's thread"),
    (
        "aiokafka.producer.message_accumulator",
        "MessageAccumulator.add_batch",
        "35870bc8e9eb",
        "batches are queued in the order of calls, one at a time",
    ),
    (
        "aiokafka.producer.message_accumulator",
        "MessageAccumulator.drain_by_nodes",
        "cc2f3eafe1e1",
        "when a batch is given up without knowing whether it landed",
    ),
    (
        "aiokafka.producer.message_accumulator",
        "MessageAccumulator._pop_batch",
        "6dc3d1b62145",
        "sequence numbers follow the order of the queue",
    ),
    (
        "aiokafka.producer.message_accumulator",
        "MessageAccumulator.reenqueue",
        "5b1222b685b9",
        "a retried batch goes before all others",
    ),
    (
        "aiokafka.producer.message_accumulator",
        "BatchBuilder.append",
        "65992902ef83",
        "None when full; the first record always fits",
    ),
    ("aiokafka.producer.producer", "AIOKafkaProducer.send_batch", "ff8d65b59517", "used"),
    ("aiokafka.producer.producer", "AIOKafkaProducer.stop", "8ee7f0d1b6a5", "may wait for ever"),
    ("aiokafka.producer.sender", "SendProduceReqHandler.handle_response", "552007acc49e", "which errors mean fenced"),
    (
        "aiokafka.producer.sender",
        "SendProduceReqHandler._can_retry",
        "0004177074b5",
        "an idempotent producer retries for ever",
    ),
    (
        "aiokafka.producer.sender",
        "Sender._maybe_wait_for_pid",
        "32cf248482fc",
        "asks for no producer id where one is set",
    ),
    (
        "aiokafka.producer.transaction_manager",
        "TransactionManager.set_pid_and_epoch",
        "e922ba49268e",
        "used: gives the claimed epoch to an idempotent producer",
    ),
    ("aiokafka.protocol.transaction", "InitProducerIdRequest", "d84fcc5a50e8", "used: claims the epoch"),
    ("aiokafka.protocol.api", "Request", "1dc66f0574be", "the base of our metadata request"),
    ("aiokafka.client", "AIOKafkaClient.coordinator_lookup", "38a46a4273ed", "used"),
    ("aiokafka.client", "AIOKafkaClient.send", "fb1726e3ed8e", "used"),
    ("aiokafka.client", "AIOKafkaClient.ready", "2811af48dbaf", "used"),
    (
        "aiokafka.consumer.fetcher",
        "Fetcher.fetched_records",
        "e20ce0c8117f",
        "used by poll: takes all that has arrived",
    ),
    ("aiokafka.consumer.fetcher", "Fetcher._get_actions_per_node", "fd175a69d8d4", "what holds up fetches"),
    (
        "aiokafka.consumer.fetcher",
        "Fetcher._proc_fetch_request",
        "ace04969424f",
        "sets position, high watermark and time: the proof that we are caught up",
    ),
    (
        "aiokafka.consumer.fetcher",
        "PartitionRecords._consumer_record",
        "56c3ee13f914",
        "overridden: what a record is made of",
    ),
    (
        "aiokafka.consumer.fetcher",
        "PartitionRecords._unpack_records",
        "047f7fc3f005",
        "aborted records and markers move the position",
    ),
    (
        "aiokafka.consumer.subscription_state",
        "TopicPartitionState",
        "2b83334afadf",
        "position, highwater, timestamp and has_valid_position are read by poll",
    ),
    (
        "aiokafka.consumer.group_coordinator",
        "GroupCoordinator.ensure_active_group",
        "44c4b92c3714",
        "no heartbeat is sent while partitions are claimed",
    ),
    (
        "aiokafka.consumer.group_coordinator",
        "GroupCoordinator._on_join_complete",
        "186788a437c0",
        "logs and forgets what the listener raises",
    ),
    (
        "aiokafka.consumer.group_coordinator",
        "GroupCoordinator._maybe_leave_group",
        "7bc230e3f4dc",
        "a static member does not leave",
    ),
    ("aiokafka.partitioner", "murmur2", "62179ca18494", "where a customer belongs"),
)


def find(module: str, name: str) -> Any:
    """Return the function or class behind a dotted name, past properties and decorators."""
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = inspect.getattr_static(found, part)
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, staticmethod | classmethod):
        found = found.__func__
    found = getattr(found, "fun", found)  # of a mode ServiceTask
    return inspect.unwrap(found) if callable(found) else found


@pytest.mark.parametrize(("package", "version"), VERSIONS.items())
def test_version(package: str, version: str) -> None:
    """The packages are the ones that were read."""
    assert importlib.metadata.version(package) == version


@pytest.mark.parametrize(("module", "name", "digest", "why"), SEAMS, ids=[f"{seam[0]}.{seam[1]}" for seam in SEAMS])
def test_source(module: str, name: str, digest: str, why: str) -> None:
    """The source is the one that was read."""
    source = textwrap.dedent(inspect.getsource(find(module, name)))
    assert hashlib.sha256(source.encode()).hexdigest()[:12] == digest, f"read it again: {why}"


@pytest.mark.parametrize(
    "ours",
    [
        transport.RawRecords,
        transport.Thread,
        transport.Consumer,
        transport.NoRecovery,
        transport.Tables,
        transport.Transport,
    ],
)
def test_all_overrides_are_pinned(ours: type) -> None:
    """Whatever a class of ours overrides is in the list, with the same parameters."""
    pinned = {seam[1].rpartition(".")[2] for seam in SEAMS}
    for name, member in vars(ours).items():
        above = next((vars(base)[name] for base in ours.__mro__[1:] if name in vars(base)), None)
        if above is None or name.startswith("__") or not isinstance(member, FunctionType):
            continue
        assert name in pinned, f"{ours.__name__}.{name} overrides {above}"
        theirs = inspect.signature(inspect.unwrap(above)).parameters
        assert list(inspect.signature(member).parameters) == list(theirs), f"{ours.__name__}.{name}"


def test_store_is_complete() -> None:
    """The lanes are everything that Faust's abstract store asks for."""
    assert not getattr(Lanes, "__abstractmethods__", None)
    assert issubclass(Lanes, Store)
    missing = [name for name in StoreT.__abstractmethods__ if not hasattr(Lanes, name)]
    assert missing == []


def test_raw_records() -> None:
    """A record of the client's extension has what the lanes read."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, 0, 1_000)
    builder.append(0, 7, b"key", b"value", [("name", b"header")])
    (record,) = DefaultRecordBatch(builder.build())
    assert (record.offset, record.timestamp, record.key, record.value) == (0, 7, b"key", b"value")
    assert list(record.headers) == [("name", b"header")]
    web = SimpleNamespace(topic="web")
    raw = transport.RawRecords.__new__(transport.RawRecords)
    raw.touchpoint_topics = frozenset({"web"})
    raw.changelog = "changelog"
    assert raw._consumer_record(web, record) == (7, "web", 0, 7, b"key", b"value", [("name", b"header")])
    assert raw._consumer_record(SimpleNamespace(topic="changelog"), record) is record


def test_client_attributes() -> None:
    """The client keeps its settings under the names that we set before it starts."""
    source = inspect.getsource(AIOKafkaConsumer.__init__) + inspect.getsource(AIOKafkaConsumer.start)
    for name in ("self._isolation_level", "self._fetch_max_wait_ms", "self._subscription"):
        assert f"{name} = " in source
    for name in ("fetch_max_wait_ms=self._fetch_max_wait_ms", "isolation_level=self._isolation_level"):
        assert name in source
