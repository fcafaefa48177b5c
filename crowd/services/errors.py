"""What a service can refuse, named for what happened. Views turn these into a message or a problem's status."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from crowd.domain.checks import Finding
from crowd.models import GrantWording, Submission


def problem(rule: str, field: str, message: str) -> Finding:
    """A refusal of a whole field, as a finding beside it."""
    return Finding(rule=rule, severity="error", field=field, start=0, end=0, message=message)


class Refused(Exception):
    """The text itself cannot be taken; each finding says what to do about which field."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(finding.message for finding in findings))
        self.findings = list(findings)


class Conflict(Exception):
    """Somebody or something was faster, or the thing is no longer in the state that was seen. Nothing was changed."""


class ExactCopy(Conflict):
    """The same three texts are already here, as the other's newest or as its approved ones."""

    def __init__(self, other: Submission, text_hash: str) -> None:
        super().__init__(_("These exact texts were already sent. Please write something new."))
        self.other = other
        self.text_hash = text_hash
        self.is_counted = False


class KeyReused(Exception):
    """An idempotency key came again with another request."""

    def __init__(self) -> None:
        super().__init__(_("This Idempotency-Key was already used for a different request."))


class GrantMissing(Exception):
    """The current wording of the licence grant has to be accepted first."""

    def __init__(self, wording: GrantWording) -> None:
        super().__init__(
            _("Please accept the licence grant, version %(version)s, before you send your first pair.")
            % {"version": wording.version}
        )
        self.wording = wording


class NotAllowed(Exception):
    """The person may not do this to this thing, though they may see it."""
