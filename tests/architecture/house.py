"""The house's import rules (docs/architecture.md), read from the source without running it."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("config", "crowd", "exports", "training")

# Inside an app a module imports its own layer and those below it, never one beside it.
LAYERS = (
    ("urls",),
    ("views", "admin", "management"),
    ("forms", "serializers", "tasks", "templatetags"),
    ("services",),
    ("permissions",),
    ("queries",),
    ("models",),
    ("domain",),
)
RANKS = {layer: rank for rank, layers in enumerate(LAYERS) for layer in layers}
# Composition inside an app: they may import any layer of it, and no layer imports them.
ON_TOP = {"apps", "migrations"}

MAY_IMPORT = {
    "config": {"config", "exports", "crowd"},
    "exports": {"exports", "crowd", "training"},
    "crowd": {"crowd"},
    "training": {"training"},
}
STRANGERS_TO_TRAINING = {"django", "rest_framework", "celery", "kombu", "redis"}


@dataclass(frozen=True)
class Import:
    """One module importing another, by full names."""

    source: str
    target: str
    line: int
    in_function: bool
    for_types_only: bool

    def __str__(self) -> str:
        return f"{self.source}:{self.line} imports {self.target}"


class House:
    """Every module of the packages under a folder, and what each imports."""

    def __init__(self, root: Path) -> None:
        paths = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
        self.modules = {_module_name(path.relative_to(root)): path for path in paths}
        self.imports = [found for name, path in self.modules.items() for found in self._read(name, path)]

    def breaches(self) -> list[str]:
        """Every import against the order, in words."""
        return [f"{found}: {reason}" for found in self.imports if (reason := self._why_not(found))]

    def strays(self) -> list[str]:
        """Modules of an app that belong to no layer."""
        parts = {name: name.split(".") for name in self.modules}
        return sorted(
            name
            for name, (package, *rest) in parts.items()
            if package in {"crowd", "exports"} and rest and rest[0] not in RANKS.keys() | ON_TOP
        )

    def cycles(self) -> list[list[str]]:
        """Groups of modules that import each other while they load."""
        graph: dict[str, set[str]] = {name: set() for name in self.modules}
        for found in self.imports:
            target = self._module_of(found.target)
            if target and target != found.source and not found.in_function and not found.for_types_only:
                graph[found.source].add(target)
        return [sorted(group) for group in _strongly_connected(graph) if len(group) > 1]

    def closure(self, module: str) -> set[str]:
        """The names of the top-level packages that a module needs, itself and through its own package."""
        seen, waiting, tops = set[str](), [module], set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            for found in self.imports:
                if found.source == name:
                    inner = self._module_of(found.target)
                    waiting.extend([inner] if inner else [])
                    tops |= set() if inner else {found.target.split(".")[0]}
        return tops

    def _why_not(self, found: Import) -> str:
        source, target = found.source.split("."), found.target.split(".")
        if source[0] == "training" and target[0] in STRANGERS_TO_TRAINING:
            return "training stands alone"
        if target[0] not in PACKAGES:
            return ""
        if target[0] not in MAY_IMPORT[source[0]]:
            return f"{source[0]} never imports {target[0]}"
        if target[0] == "training" and source[0] != "training":
            module = self._module_of(found.target) or found.target
            heavy = sorted(self.closure(module) - set(sys.stdlib_module_names))
            return (
                f"the site shares only stdlib-only files with training, this needs {', '.join(heavy)}"
                * bool(heavy)
            )
        return _why_not_by_layer(source, target)

    def _module_of(self, name: str) -> str | None:
        """The module that a dotted name lives in, where it is one of the house."""
        while name:
            if name in self.modules:
                return name
            name = name.rpartition(".")[0]
        return None

    def _read(self, name: str, path: Path) -> Iterator[Import]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        in_functions = {
            id(inner) for node in ast.walk(tree) if _is_function(node) for inner in ast.walk(node)
        }
        for_types = {
            id(inner) for node in ast.walk(tree) if _is_type_checking(node) for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            for target in self._targets(node):
                yield Import(name, target, node.lineno, id(node) in in_functions, id(node) in for_types)

    def _targets(self, node: ast.AST) -> list[str]:
        if isinstance(node, ast.Import):
            return [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom) and node.module:
            return [f"{node.module}.{alias.name}" for alias in node.names]
        return []


def _why_not_by_layer(source: list[str], target: list[str]) -> str:
    if source[0] == "config" or len(source) < 2 or len(target) < 2:
        return ""
    here, there = source[1], target[1]
    if there in ON_TOP and here not in ON_TOP:
        return f"nothing imports {there}"
    if here in ON_TOP or here == there or there not in RANKS or here not in RANKS:
        return ""
    if RANKS[here] < RANKS[there]:
        return ""
    return f"{here} stands {'beside' if RANKS[here] == RANKS[there] else 'below'} {there}"


def _module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def _strongly_connected(graph: dict[str, set[str]]) -> list[set[str]]:
    """Groups of nodes that reach each other (small graphs: plain reachability is enough)."""
    reach = {node: _reachable(graph, node) for node in graph}
    groups: list[set[str]] = []
    for node in graph:
        if not any(node in group for group in groups):
            groups.append({node} | {other for other in reach[node] if node in reach[other]})
    return groups


def _reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    seen, waiting = set[str](), list(graph[start])
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting.extend(graph[node])
    return seen
