"""kombu's Redis transport with one client for each channel: a new one for every message costs more than the message."""

from kombu.transport import TRANSPORT_ALIASES, redis


class Channel(redis.Channel):
    """Keeps its client as long as its pool."""

    _client = None

    def _create_client(self, asynchronous: bool = False):
        if asynchronous:
            return super()._create_client(asynchronous=True)
        if self._client is None or self._client.connection_pool is not self.pool:
            self._client = super()._create_client()
        return self._client


class Transport(redis.Transport):
    """What `redis://` and `redis+socket://` mean from now on."""

    Channel = Channel


def use_kept_clients() -> None:
    """Register the transport, before Celery opens a connection."""
    TRANSPORT_ALIASES["redis"] = "config.broker:Transport"
