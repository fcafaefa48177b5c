"""What a process asks of the machine that it trains on."""

import platform
import subprocess
import sys

import pytest

# How many pages of 4 KB the kernel has to find for 128 MB, where a little more was just freed: glibc before 2.38 lays
# out an aligned block only where there is room to shift it. Unless told not to, the kernel may find larger pages
# (prctl(2), PR_SET_THP_DISABLE).
PROGRAM = """
import ctypes, resource, torch
from training import machine
ctypes.CDLL(None).prctl(41, 1, 0, 0, 0)
{first}
pages = []
for size in (32_020_000, 32_010_000, 32_000_000):
    torch.ones(size)
    pages.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
print(pages[2] - pages[1])
"""
PAGES = 128_000_000 // 4096


def pages_found(first):
    program = PROGRAM.format(first=first)
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that gives memory back")
def test_memory_that_was_freed_is_used_again_without_asking_the_kernel():
    assert pages_found("pass") >= PAGES
    assert pages_found("machine.keep_freed_memory()") < PAGES // 100
