"""What the commands' help says of options that are Django's and not Flock's."""

import pytest
from django.core.management import get_commands, load_command_class

from crowd.management.base import FlockCommand

COMMANDS = {
    name: command
    for name, app in get_commands().items()
    if str(app).startswith(("crowd", "exports"))
    and isinstance(command := load_command_class(app, name), FlockCommand)
}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_no_option_reads_as_skipping_the_checks_of_records(name):
    assert "--skip-checks" not in COMMANDS[name].create_parser("manage.py", name).format_help()
