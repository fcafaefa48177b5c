"""What a process asks of the machine that it trains on."""

import platform
import subprocess
import sys

import pytest

# How many pages of 4 KB the kernel has to find for 128 MB that were just freed.
PROGRAM = """
import resource, torch
from training import machine
{first}
pages = []
for _ in range(3):
    torch.ones(32_000_000)
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
