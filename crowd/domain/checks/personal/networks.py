"""Network addresses. A public one may lead to a person; a private or documentation one is worth a look, no more."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

from crowd.domain.checks.personal.hits import Hit, near

KIND = "a network address"

_IPV4 = re.compile(r"(?<![\w.])\d{1,3}+(?:\.\d{1,3}+){3}(?!\w|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{6,39}+(?![\w:])")

# Four numbers with dots are as often a version or a section as an address.
_VERSION = re.compile(
    r"(?:\b(?:versions?|release|build|v|ver|section|chapter|figure|table)\.?|[§=-])\s?\Z", re.IGNORECASE
)
_RELEASE = re.compile(r"\s?(?:release|version|build|update)", re.IGNORECASE)

# Everybody's name servers.
_WELL_KNOWN = frozenset(
    map(ip_address, ("1.0.0.1", "1.1.1.1", "8.8.4.4", "8.8.8.8", "9.9.9.9", "208.67.222.222"))
)


def networks(text: str) -> Iterator[Hit]:
    for match in _IPV4.finditer(text):
        if not near(_VERSION, text, match.start(), within=12) and not _RELEASE.match(text, match.end()):
            yield from _address(match)
    for match in _IPV6.finditer(text):
        if _is_long(match.group()):
            yield from _address(match)


def _is_long(value: str) -> bool:
    """Tell an address from times and ratios (1:28:00), scopes (std::abc) and the unspecified address."""
    groups = [group for group in value.split(":") if group]
    return value.count(":") >= 3 and (len(groups) == 8 or ("::" in value and len(groups) >= 3))


def _address(match: re.Match[str]) -> Iterator[Hit]:
    try:
        address = ip_address(match.group())
    except ValueError:
        return
    yield Hit(*match.span(), KIND, weak=_is_nobodys(address))


def _is_nobodys(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address) and max(address.packed) < 10:
        return True  # 1.2.3.4 is a version or an example.
    return not address.is_global or address in _WELL_KNOWN
