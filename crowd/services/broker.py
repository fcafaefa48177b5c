"""Whether the doorbell works. Nothing depends on it for long: the sweeper finds what nobody rang for."""

from celery import current_app

PATIENCE_SECONDS = 0.25


def answers() -> bool:
    """Whether the broker can be reached just now."""
    options = {"socket_connect_timeout": PATIENCE_SECONDS}
    try:
        with current_app.connection_for_write(transport_options=options) as connection:
            connection.ensure_connection(max_retries=1, timeout=1)
    except Exception:  # noqa: BLE001 -- whatever the broker's client raises, it does not answer
        return False
    return True
