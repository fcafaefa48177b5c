"""The recognisers' libraries, loaded on first use.

The web process knows these checks by name and never runs them, so it must not pay for what they need.
"""

from functools import cache
from importlib import import_module
from types import ModuleType


@cache
def phones() -> ModuleType:
    """Google's libphonenumber, in its build without places and carriers."""
    return import_module("phonenumbers")


@cache
def numbers(name: str) -> ModuleType:
    """A module of python-stdnum by its name, such as `iban` or `us.ssn`."""
    return import_module(f"stdnum.{name}")


def is_valid(name: str, value: str) -> bool:
    """Whether python-stdnum takes the value for such a number."""
    return bool(numbers(name).is_valid(value))


def load() -> None:
    """Load what nearly every text with a number in it needs."""
    phones()
    numbers("luhn")
    numbers("iban")
