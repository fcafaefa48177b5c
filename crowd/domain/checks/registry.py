"""Every check, in the order in which findings stand."""

from crowd.domain.checks import (
    boilerplate,
    characters,
    contract,
    copies,
    grounding,
    language,
    lengths,
    markers,
    markup,
    personal,
    profanity,
    scripts,
    web,
)
from crowd.domain.checks.model import Check

# Errors come first: a person mends what keeps a pair out before what a reviewer may remark on.
CHECKS: tuple[Check, ...] = tuple(
    sorted(
        (
            *contract.CHECKS,
            *lengths.CHECKS,
            *characters.CHECKS,
            *markers.CHECKS,
            *copies.CHECKS,
            *grounding.CHECKS,
            *scripts.CHECKS,
            *markup.CHECKS,
            *web.CHECKS,
            *personal.CHECKS,
            *language.CHECKS,
            *profanity.CHECKS,
            *boilerplate.CHECKS,
        ),
        key=lambda check: check.severity != "error",
    )
)

# What runs while a person waits. The rest needs a library or more time, and runs in the job.
DOOR = tuple(check for check in CHECKS if check.at_door)
