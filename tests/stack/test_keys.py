"""The keys of a development stack."""

import re
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from assay_stack.home import CHECKOUT, Home
from assay_stack.keys import issuer_key, jwks, make_keys, seal_key
from assay_stack.prepare import make_all_keys
from assay_stack.services import SERVICES


def certificate(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def test_secrets_are_readable_by_their_owner_alone(home: Home) -> None:
    make_keys(home)
    home.passwords(["gateway"])
    secret = (issuer_key(home), home.signing / "signer.key", home.keys / "passwords.json", seal_key(home, "gateway"))
    assert [file.stat().st_mode & 0o777 for file in secret] == [0o600] * 4
    assert home.keys.stat().st_mode & 0o777 == 0o700


def test_keys_that_exist_are_never_replaced(home: Home) -> None:
    make_keys(home)
    before = {file: file.read_bytes() for file in home.keys.rglob("*") if file.is_file()}
    make_keys(home)
    assert {file: file.read_bytes() for file in home.keys.rglob("*") if file.is_file()} == before


def test_what_is_published_of_the_issuer_holds_no_private_part(home: Home) -> None:
    make_keys(home)
    assert '"d"' in issuer_key(home).read_text()
    assert '"d"' not in jwks(home).read_text()


def test_the_signer_is_certified_by_the_root_for_signing_documents_and_nothing_else(home: Home) -> None:
    make_keys(home)
    root, signer = certificate(home.signing / "root.pem"), certificate(home.signing / "signer.pem")
    signer.verify_directly_issued_by(root)
    usage = signer.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment, usage.key_cert_sign) == (True, True, False)
    assert not signer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    key = load_pem_private_key((home.signing / "signer.key").read_bytes(), None)
    assert key.public_key() == signer.public_key()


def test_each_service_has_a_seal_of_its_own_which_is_made_once(home: Home) -> None:
    first = {service.name: seal_key(home, service.name).read_bytes() for service in SERVICES}
    assert {service.name: seal_key(home, service.name).read_bytes() for service in SERVICES} == first
    assert len(set(first.values())) == len(SERVICES)
    assert {len(key) for key in first.values()} == {32}


def test_containers_find_the_seals_where_they_are_made(home: Home) -> None:
    make_all_keys(home)
    named = re.findall(r"ASSAY_SEAL_KEY: /state/(\S+)", (CHECKOUT / "deploy" / "compose.yaml").read_text())
    assert sorted(named) == sorted(f"keys/seals/{service.name}.key" for service in SERVICES)
    assert all((home.folder / name).exists() for name in named)


def test_a_password_is_made_once_for_each_role(home: Home) -> None:
    first = home.passwords(["gateway", "disputes"])
    assert home.passwords(["gateway", "disputes"]) == first
    assert first["gateway"] != first["disputes"]
