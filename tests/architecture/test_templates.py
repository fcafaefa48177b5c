"""Templates and static files keep the content security policy, their parameters, their licences and their contrast."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
COMPONENTS = sorted((ROOT / "templates/components").glob("*.html"))
STYLES = sorted((ROOT / "static/css").glob("*.css"))
SCRIPTS = sorted((ROOT / "static/js").glob("*.js"))
VENDORED = sorted((ROOT / "static/vendor").iterdir())

# What `default-src 'self'` would refuse, or what htmx would have to evaluate.
INLINE = re.compile(
    r"<style\b|<script\b(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|\shx-on\b|javascript:|=[\"']js:", re.IGNORECASE
)
OUTSIDE = re.compile(r"(?:src|href)=[\"'](?:https?:)?//")
RAW_COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(", re.IGNORECASE)
COMMENT = re.compile(r"\{% comment %\}(.*?)\{% endcomment %\}", re.DOTALL)
INCLUDE = re.compile(r"\{% include \"components/(\w+)\.html\" with (.*?)%\}")
TOKEN = re.compile(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)")

AA_TEXT = 4.5  # WCAG 2.2, 1.4.3
AA_EDGES = 3.0  # WCAG 2.2, 1.4.11


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


class TestTemplates:
    @pytest.mark.parametrize("path", TEMPLATES, ids=name)
    def test_have_nothing_inline(self, path):
        assert INLINE.findall(read(path)) == []

    @pytest.mark.parametrize("path", TEMPLATES, ids=name)
    def test_load_nothing_from_elsewhere(self, path):
        assert OUTSIDE.findall(read(path)) == []

    @pytest.mark.parametrize(
        "markup",
        [
            "<p style='color: red'>",
            "<style>",
            "<script>x()</script>",
            "<a onclick=x()>",
            '<a href="javascript:x()">',
            '<p hx-on:click="x()">',
        ],
    )
    def test_rule_finds_what_is_inline(self, markup):
        assert INLINE.search(markup)

    def test_load_every_script(self):
        sources = "".join(map(read, TEMPLATES))
        assert [path.name for path in SCRIPTS if f"'js/{path.name}'" not in sources] == []


class TestComponents:
    @pytest.mark.parametrize("path", COMPONENTS, ids=name)
    def test_state_their_parameters_on_top(self, path):
        assert COMMENT.match(read(path))

    @pytest.mark.parametrize("path", TEMPLATES, ids=name)
    def test_are_given_parameters_they_state(self, path):
        unknown = [
            (component, parameter)
            for component, given in INCLUDE.findall(read(path))
            for parameter in re.findall(r"(\w+)=", re.sub(r"\"[^\"]*\"", "", given))
            if not re.search(rf"\b{parameter}\b", documentation(component))
        ]
        assert unknown == []

    def test_are_all_in_the_documentation_or_part_of_one(self):
        parts = {"confirm_dialog", "finding", "mark", "messages", "nav", "nav_link", "question"}
        documented = set(re.findall(r"components/(\w+)\.html", read(ROOT / "docs/visual-language.md")))
        assert documented == {path.stem for path in COMPONENTS} - parts


class TestStyles:
    def test_are_all_imported_once(self):
        imported = re.findall(r'url\("(.*?)"\)', read(ROOT / "static/css/flock.css"))
        assert sorted(imported) == [path.name for path in STYLES if path.name != "flock.css"]

    @pytest.mark.parametrize("path", STYLES, ids=name)
    def test_take_their_colours_from_the_tokens(self, path):
        assert path.name == "tokens.css" or RAW_COLOUR.findall(read(path)) == []

    @pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
    @pytest.mark.parametrize(
        ("ink", "ground", "least"),
        [
            *[
                (ink, on, AA_TEXT)
                for ink in ("ink", "ink-soft", "accent")
                for on in ("paper", "surface", "sunken")
            ],
            *[(tone, f"{tone}-wash", AA_TEXT) for tone in ("accent", "good", "warn", "bad")],
            *[(tone, "surface", AA_TEXT) for tone in ("good", "warn", "bad")],
            *[("accent", f"{tone}-wash", AA_TEXT) for tone in ("good", "warn", "bad")],
            ("on-accent", "accent", AA_TEXT),
            ("on-accent", "accent-strong", AA_TEXT),
            ("line-strong", "surface", AA_EDGES),
            ("line-strong", "paper", AA_EDGES),
        ],
    )
    def test_have_enough_contrast(self, ink, ground, least, scheme):
        tokens = {
            key: colours[scheme] for key, *colours in TOKEN.findall(read(ROOT / "static/css/tokens.css"))
        }
        assert contrast(tokens[ink], tokens[ground]) >= least


class TestVendored:
    @pytest.mark.parametrize("folder", VENDORED, ids=name)
    def test_have_licence_and_version(self, folder):
        assert {"LICENSE", "README.md"} <= {path.name for path in folder.iterdir()}
        assert re.search(r"\d+\.\d+\.\d+", read(folder / "README.md"))


def documentation(component: str) -> str:
    return "".join(COMMENT.findall(read(ROOT / f"templates/components/{component}.html")))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two #rgb or #rrggbb colours (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    channels = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
