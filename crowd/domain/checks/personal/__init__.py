"""Personal data and secrets: what must not reach a public dataset. Names of people alone are not looked for."""

from crowd.domain.checks.model import Check
from crowd.domain.checks.personal.addresses import addresses
from crowd.domain.checks.personal.credentials import credentials
from crowd.domain.checks.personal.emails import emails
from crowd.domain.checks.personal.hits import Recogniser, each_text
from crowd.domain.checks.personal.libraries import load
from crowd.domain.checks.personal.networks import networks
from crowd.domain.checks.personal.numbers import cards, ibans, ids
from crowd.domain.checks.personal.phones import phones

_INVENT = "If it is somebody's, remove it or put an invented one in its place"


def _check(rule: str, recognise: Recogniser, advice: str) -> Check:
    return Check(rule, 1, "warning", "field", each_text(recognise, advice), prepare=load)


CHECKS = (
    _check("pii.email", emails, f"{_INVENT}, such as name@example.com."),
    _check("pii.phone", phones, f"{_INVENT}, such as 555-0100."),
    _check("pii.card", cards, "Remove it: a card number never belongs in a text."),
    _check("pii.iban", ibans, f"{_INVENT}."),
    _check("pii.id", ids, f"{_INVENT}."),
    _check("pii.ip", networks, f"{_INVENT}, such as 192.0.2.1."),
    _check("pii.secret", credentials, "Remove it, and have it revoked if it was ever real."),
    _check("pii.address", addresses, f"{_INVENT}; a public building's may stay."),
)
