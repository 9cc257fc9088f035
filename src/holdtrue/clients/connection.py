"""One keep-alive HTTP/1.1 connection to a server, small and fast: a request is sent, its answer read later."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from msgspec import Struct

from holdtrue.foundation import EnvironmentFailed, WrongUse


class Reply(Struct, frozen=True):
    """What a server answered: status and body."""

    status: int
    body: bytes


class ConnectionLost(EnvironmentFailed):
    """The server closed the connection, or never took it, before a whole answer came."""

    code = "connection-lost"


class Connection:
    """Sends one request at a time over one connection, opened anew whenever it was closed.

    Args:
        url: `http://host:port` of the server; a path on it goes before every request's path.
        timeout: seconds to wait for the server.

    Raises:
        WrongUse: the address is no `http://` address.
    """

    def __init__(self, url: str, *, timeout: float = 30.0) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise WrongUse(f"{url} is no address of a server", hint="give one such as http://127.0.0.1:8000")
        self.address = (parts.hostname, parts.port or 80)
        self._prefix = parts.path.rstrip("/")
        self._host = parts.netloc
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._rest = b""

    def send(self, path: str, body: bytes, headers: str = "") -> None:
        """Send a POST request with a JSON body; `headers` are whole lines, each ended by CR LF.

        Raises:
            ConnectionLost: the server cannot be reached or closed the connection.
        """
        head = (
            f"POST {self._prefix}{path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n{headers}\r\n"
        )
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self.address, self._timeout)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(head.encode() + body)
        except OSError as broken:
            raise self._lost(str(broken)) from broken

    def receive(self) -> Reply:
        """Read the answer to the request that was sent.

        Raises:
            ConnectionLost: the connection ended before the whole answer came.
        """
        data = self._rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head = data[:end].lower()
        length, status = _length_of(head), int(head[9:12])
        body = data[end + 4 :]
        if length is None:
            raise self._lost("an answer without Content-Length")
        if len(body) < length:
            pieces = [body]
            missing = length - len(body)
            while missing > 0:
                pieces.append(self._more())
                missing -= len(pieces[-1])
            body = b"".join(pieces)
        self._rest = body[length:]
        if b"\r\nconnection: close" in head:
            self.close()
        return Reply(status, body[:length])

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._rest = None, b""

    def _more(self) -> bytes:
        if self._socket is None:
            raise self._lost("nothing was sent")
        try:
            data = self._socket.recv(65_536)
        except OSError as broken:
            raise self._lost(str(broken)) from broken
        if not data:
            raise self._lost("closed")
        return data

    def _lost(self, how: str) -> ConnectionLost:
        self.close()
        host, port = self.address
        return ConnectionLost(f"no answer from http://{host}:{port}: {how}", hint="is the server running?")


def _length_of(head: bytes) -> int | None:
    place = head.find(b"\r\ncontent-length:")
    if place < 0:
        return None
    return int(head[place + 17 :].split(b"\r\n", 1)[0])
