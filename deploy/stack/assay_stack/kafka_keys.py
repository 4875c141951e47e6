"""Who is who to a Kafka that lets nobody else in: a certificate for the broker, and one for each of its clients."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from assay_stack.home import Home, write_whole
from assay_stack.keys import PUBLIC, SECRET, certificate, name, pem, secret_pem
from assay_stack.ports import LOOPBACK
from assay_stack.services import SERVICES
from contracts.topics import TOPICS

BROKER, OPERATOR = "kafka", "operator"
"""Who may do everything: the broker itself, and whoever makes topics and rules."""
SERVICE_NAMES = tuple(service.name for service in SERVICES)
OUTSIDE = tuple(sorted({topic.owner for topic in TOPICS if topic.is_outside}))
"""The systems outside of this house that write to a topic."""
CLIENTS = (*SERVICE_NAMES, *OUTSIDE, OPERATOR)
HOSTS = (BROKER, "localhost", LOOPBACK)
"""Under which names the broker is found: in Compose, and on one machine."""


def make_kafka_keys(home: Home) -> None:
    """Make what is missing; what exists is never replaced. Whoever has `ca.key` can let in further clients."""
    for folder in (home.kafka_keys, *(client_folder(home, each) for each in (BROKER, *CLIENTS))):
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    home.kafka_keys.chmod(0o700)
    authority = _authority(home.kafka_keys)
    for each in (BROKER, *CLIENTS):
        _make(client_folder(home, each), each, authority)


def client_folder(home: Home, client: str) -> Path:
    """What a client is given, and nothing else of this: `ca.pem`, `client.pem` and `client.key`."""
    return home.kafka_keys / client


Authority = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def _authority(folder: Path) -> Authority:
    if not (folder / "ca.key").exists():
        key, own = ec.generate_private_key(ec.SECP256R1()), name("Assay Kafka clients")
        write_whole(folder / "ca.pem", pem(certificate(own, own, key, key, authority=True)), PUBLIC)
        write_whole(folder / "ca.key", secret_pem(key), SECRET)
    kept = load_pem_private_key((folder / "ca.key").read_bytes(), password=None)
    assert isinstance(kept, ec.EllipticCurvePrivateKey)
    return x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes()), kept


def _make(folder: Path, client: str, authority: Authority) -> None:
    if (folder / "client.key").exists():
        return
    issuer, issuer_key = authority
    key = ec.generate_private_key(ec.SECP256R1())
    hosts = HOSTS if client == BROKER else ()
    own = pem(certificate(name(client), issuer.subject, key, issuer_key, authority=False, hosts=hosts))
    write_whole(folder / "ca.pem", pem(issuer), PUBLIC)
    write_whole(folder / "client.pem", own, PUBLIC)
    if client == BROKER:
        # Kafka takes key and certificate from one file. In a container it runs as another user, to whom nothing but
        # this folder is shown; the folder above keeps everybody else out.
        write_whole(folder / "broker.pem", secret_pem(key) + own, PUBLIC)
    write_whole(folder / "client.key", secret_pem(key), SECRET)
