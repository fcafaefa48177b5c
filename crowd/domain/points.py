"""What accepted work is worth. Pure; the ledger itself is `models/points.py`."""

# One approved pair earns one category's points; the admin sets them per contest and category, and this is the default.
DEFAULT_POINTS = 10
