"""How functions are compiled by numba. Only the compiled kernel's modules load it."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile at the first call; for the next process too, where a folder for the result can be written."""
    try:
        return cast("Function", numba.njit(function, cache=True))
    except RuntimeError:  # no such folder: a second more at every start
        return cast("Function", numba.njit(function))
