"""How long the chassis waits, how often it looks, and when it gives up.

One place, because the numbers hold only together: `shared/tests/chassis/test_timing.py` says which must be smaller than
which, and why. They are read where they are used (`timing.NAME`), so that a test can shorten one for a whole service.
"""

# PostgreSQL

DATABASE_ANSWER_SECONDS = 2.0
"""A database that does not answer a health check within this is away."""
IDLE_SESSION_SECONDS = 15
"""The server ends the session of a leader, or of a transaction, that has sent nothing for this long."""
TRANSACTION_SECONDS = 30
"""The server ends a longer transaction. No other limit reaches a process that is frozen between the two halves of a
statement (asyncpg prepares first, and executes after the answer): the server takes it for one at work."""
STATEMENT_SECONDS = 60
"""The client gives up a statement after this."""
CONFLICT_ATTEMPTS = 5
CONFLICT_PAUSE_SECONDS = 0.02
"""A command that meets another one on its stream is tried again after this, then after twice as long, and so on."""

# The object store

FILE_STORE_SECONDS = 20.0
CONNECT_SECONDS = 15.0
"""A store that has not written or read a file within this does not answer."""

# The relay's leader

LEADER_ANSWER_SECONDS = 10.0
"""A leader waits this long for the server; then it is none."""
LEADER_HEARTBEAT_SECONDS = 3.0
"""How often a leader that waits for Kafka shows the server that it is there."""
LEADER_CLOSE_SECONDS = 5.0
OUTBOX_POLL_SECONDS = 1.0
"""How often a stand-by asks for the leadership, and a leader looks for messages of which no notice came."""
CHAIN_HEAD_SECONDS = 1.0
"""The head of the chain is published at most this often."""

# Kafka clients

HEALTH_CHECK_SECONDS = 5.0
"""How often each client is asked whether the broker answers it."""
KAFKA_ANSWER_SECONDS = 10.0
"""A broker that does not answer a health check within this does not answer."""
CLIENT_UNRESPONSIVE_SECONDS = 30.0
"""A client that gets no answer for this long, though Kafka answers others, is replaced."""
CLIENT_START_SECONDS = 60.0
CLIENT_STOP_SECONDS = 20.0
CLIENT_RETRY_SECONDS = 0.5
"""The pause before a client that failed is replaced."""
PRODUCER_FLUSH_SECONDS = 5.0
GROUP_SESSION_SECONDS = 10.0
"""The broker takes a member of a group for dead after this long without a heartbeat."""
METADATA_SECONDS = 30.0
CONSUMER_POLL_SECONDS = 0.5
BATCH_ATTEMPTS = 5
"""A batch that fails this often, though the database answers, is handled message by message."""
BATCH_RETRY_SECONDS = 0.5
PARKING_FULL_CHECK_SECONDS = 5.0
"""How often a consumer that waits for the release of parked messages looks whether there is room."""

# The process

WATCHDOG_SECONDS = 40.0
"""The event loop may be blocked, or a liveness check may fail, for this long; then the process ends itself."""
WATCHDOG_TICK_SECONDS = 1.0
FAILING_TICKS = 5
"""A failing liveness check shows in /health/live for so many ticks before the process ends."""
HTTP_STOP_SECONDS = 5
"""Requests that are under way when the process is told to end may take this long."""
PROCESS_END_SECONDS = 30
"""A process whose background has failed ends itself after this, wherever it hangs."""
SPAN_EXPORT_SECONDS = 0.5

# HTTP

REQUEST_SECONDS = 300.0
"""A client that sends its request more slowly only keeps a connection busy."""
KEEP_ALIVE_SECONDS = 5
"""A connection without a request is closed after this."""
FACTS_AWAITED_SECONDS = 5.0
"""A command waits this long for what its caller has already seen of other services."""
FACTS_POLL_SECONDS = 0.05
KEY_SET_SECONDS = 30.0
"""The issuer's keys are read again at most this often."""
ISSUER_ANSWER_SECONDS = 5.0
