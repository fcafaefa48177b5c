"""How fast a run goes, and how long it will take."""

import time

SAY_EVERY_SECONDS = 5.0


class Pace:
    """Counts the steps and tokens of one process from its beginning."""

    def __init__(self, steps: int) -> None:
        self._steps, self._taken, self._tokens = steps, 0, 0
        self._began = self._said = time.monotonic()

    def after(self, tokens: int) -> dict[str, int]:
        """Count one more step."""
        self._taken, self._tokens = self._taken + 1, self._tokens + tokens
        seconds = max(time.monotonic() - self._began, 1e-9)
        eta = seconds / self._taken * (self._steps - self._taken)
        return {"tokens_per_second": round(self._tokens / seconds), "eta_seconds": round(eta)}

    def due(self) -> bool:
        """Whether it is time to say something again."""
        now = time.monotonic()
        if now - self._said < SAY_EVERY_SECONDS:
            return False
        self._said = now
        return True
