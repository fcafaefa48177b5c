"""A load client that costs little: prepared requests over kept connections, one thread that waits for them all."""

import selectors
import socket
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

PATIENCE_SECONDS = 30


@dataclass
class Measured:
    """What the clients saw."""

    seconds: float = 0
    latencies: list[float] = field(default_factory=list)
    errors: list[bytes] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def p50_ms(self) -> float:
        return statistics.median(self.latencies) * 1000

    @property
    def p99_ms(self) -> float:
        return statistics.quantiles(self.latencies, n=100)[98] * 1000


class Connection:
    """One client: sends a request, and the next one when the answer is whole."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0
        self.answer = b""

    def send(self, request: bytes) -> None:
        self.answer = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def is_answered(self) -> bool:
        """Read what is there; whether that was the rest of the answer."""
        part = self.socket.recv(65536)
        self.answer += part
        head, _, body = self.answer.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
        return not part or (bool(length) and len(body) >= int(length))


def _connect(address: tuple[str, int]) -> Connection:
    """One after the other: of a burst, one of the server's processes would take most and keep them to the end."""
    time.sleep(0.01)
    return Connection(address)


def drive(address: tuple[str, int], requests: Sequence[bytes], *, clients: int, seconds: float) -> Measured:
    """Keep this many clients busy for so long. An answer other than 201 is an error."""
    measured, waiting = Measured(), iter(requests)
    connections = [_connect(address) for _ in range(clients)]
    begun = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(next(waiting))
        while selector.get_map():
            ready = selector.select(PATIENCE_SECONDS)
            if not ready:
                raise TimeoutError(f"no answer in {PATIENCE_SECONDS} s")
            for key, _ in ready:
                connection = key.data
                if not connection.is_answered():
                    continue
                now = time.perf_counter()
                measured.latencies.append(now - connection.sent_at)
                if not connection.answer.startswith(b"HTTP/1.1 201"):
                    measured.errors.append(connection.answer)
                if now - begun < seconds and not measured.errors:
                    connection.send(next(waiting))
                else:
                    selector.unregister(connection.socket)
                    connection.socket.close()
    measured.seconds = time.perf_counter() - begun
    return measured
