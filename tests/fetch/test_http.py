"""Web servers that speak TLS are believed if the system, or SSL_CERT_FILE, vouches for them."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import WebServer
from tinydata import errors
from tinydata.fetch import RemoteFile, find


@pytest.fixture
def secure(online: None, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a file of a server that speaks TLS, and its certificate, which it made itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(days=1))
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = built.add_extension(here, critical=True).sign(key, hashes.SHA256())
    file = tmp_path / "server.pem"
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM) + key.private_bytes(serialization.Encoding.PEM, *private)
    )
    server = WebServer()
    server.files["a.csv"] = b"a\n1\n"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
    yield server.url.replace("http:", "https:") + "/a.csv", file
    server.close()


def test_a_certificate_that_nobody_vouches_for_is_told_at_once(secure, clock):
    file = find(secure[0])
    assert isinstance(file, RemoteFile)

    with pytest.raises(errors.NoAnswer, match="certificate is not trusted"):
        file.read(0, 10)

    assert clock == []


def test_a_certificate_of_ones_own_is_named_in_the_environment(secure, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(secure[1]))
    file = find(secure[0])
    assert isinstance(file, RemoteFile)

    assert (file.read(0, 10), file.size()) == (b"a\n1\n", 4)


def test_a_host_that_is_not_there_is_told_at_once(online, clock, monkeypatch):
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **kwargs: (_ for _ in ()).throw(unknown()))
    file = find("https://host.invalid/a.csv?key=secret")
    assert isinstance(file, RemoteFile)

    with pytest.raises(errors.NoAnswer, match=r"https://host\.invalid/a\.csv: there is no server of this name"):
        file.read(0, 10)

    assert clock == []


def unknown() -> OSError:
    import socket

    return socket.gaierror(socket.EAI_NONAME, "Name or service not known")
