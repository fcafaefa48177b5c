#!/usr/bin/env python3
"""Flock's command line. Finds the project's `.venv` by itself and goes on inside it."""

import os
import sys

import bootstrap


def main():
    bootstrap.enter_environment()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415  (found only inside .venv)

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
