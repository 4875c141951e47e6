"""The servers that tests are lent."""

from urllib.parse import urlsplit

import asyncpg
import pytest

from assay_lab.fixtures import TestKafka, TestPostgres, TestServers
from assay_stack.kafka import create_topics
from assay_stack.ports import answers
from kernel.broker import client_options


async def test_a_database_of_a_test_is_empty_and_belongs_to_its_own_role(postgres: TestPostgres) -> None:
    connection = await asyncpg.connect(postgres.database())
    try:
        assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE tableowner = current_user") == 0
        await connection.execute("CREATE TABLE mine (id int)")
        assert await connection.fetchval("SELECT setting FROM pg_settings WHERE name = 'fsync'") == "on"
    finally:
        await connection.close()


async def test_the_role_of_one_database_may_not_enter_another(postgres: TestPostgres) -> None:
    postgres.database("theirs")
    foreign = postgres.database("ours").removesuffix("ours") + "theirs"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(foreign)


async def test_a_topic_is_created_once_however_often_it_is_asked_for(kafka: TestKafka) -> None:
    wanted = [("stack.test", 3, {"cleanup.policy": "compact"})]
    assert await create_topics(client_options(kafka.bootstrap), wanted) == ["stack.test"]
    assert await create_topics(client_options(kafka.bootstrap), wanted) == []


@pytest.mark.real
def test_the_servers_end_with_whoever_asked_for_them() -> None:
    servers = TestServers()
    port = urlsplit(servers.ask("postgres")["dsn"]).port
    assert port is not None
    assert answers(port)
    servers.close()
    assert not answers(port)


def test_an_unknown_backend_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_TEST_BACKEND", "clouds")
    servers = TestServers()
    with pytest.raises(RuntimeError, match="ASSAY_TEST_BACKEND is 'clouds'"):
        servers.ask("postgres")
    servers.close()
