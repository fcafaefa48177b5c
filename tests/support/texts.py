"""Texts of all kinds, for tests of what has to hold for any."""

from hypothesis import strategies as st

PIECES = st.sampled_from(
    ["the steam", "The", "é", "“quoted”", "a\xa0b", "…", "水は", "हिन्दी", "x" * 300, "\u200b", "_"]
)
TEXTS = st.one_of(
    st.text(), st.lists(PIECES, max_size=6).map(" ".join), st.lists(PIECES, max_size=4).map("".join)
)
