"""How the web server runs, embedded and in production: `gunicorn --config python:config.gunicorn config.wsgi`."""

import gc
from typing import Any

# Measured on two cores: 2 x 4 threads took 885 writes a second on SQLite with a worst one of 146 ms;
# sync workers and granian had fewer writes or a far longer worst case.
worker_class = "gthread"
workers = 2
threads = 4
# Loading once and forking shares the code's memory between the workers.
preload_app = True
timeout = 60
graceful_timeout = 8
keepalive = 5
# Its default is one path per account, which two sites would fight over.
control_socket_disable = True


def when_ready(server: Any) -> None:
    """Keep the shared pages shared: the collector would otherwise write to every object in each worker."""
    gc.collect()
    gc.freeze()
    # A request makes thousands of objects and leaves no cycles: looking every 700 took a tenth of its time.
    gc.set_threshold(20_000)
