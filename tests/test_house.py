"""The laws of the house that a machine can hold."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tinydata
from tinydata import errors

HOUSE = Path(__file__).resolve().parents[1]
PACKAGE = HOUSE / "tinydata"
MODULES = sorted(PACKAGE.rglob("*.py"))

# A part imports from lower floors only; the parts of one floor are strangers to one another.
FLOORS = (
    ("errors",),
    ("extras",),
    ("atomic", "recipe", "card", "fetch", "finding", "garbage", "templates"),
    ("dataset", "tokenizer"),
    ("model",),
    ("check", "rebuild", "kit", "publish", "view"),
    ("__init__",),
    ("demo", "environment"),
    ("cli", "pytest_plugin"),
    ("__main__",),
)
FLOOR = {part: floor for floor, parts in enumerate(FLOORS) for part in parts}

LOADER = PACKAGE / "dataset" / "loader.py"
TEMPLATES = HOUSE / "templates"

HEAVY = {"datasets", "torch", "transformers", "tokenizers", "pyarrow", "numpy", "pandas", "PIL"}
SPEAKING = {"print", "input", "exit", "quit", "sys.stdout", "sys.stderr", "sys.exit", "os._exit"}
NOT_OURS = re.compile(r"\..*|__pycache__|build|dist")


def name_of(module: Path) -> str:
    return module.relative_to(HOUSE).as_posix()


def part_of(module: Path) -> str:
    return module.relative_to(PACKAGE).with_suffix("").parts[0]


def parse(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, at whatever depth; ``from a import b`` gives ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def names(tree: ast.AST) -> set[str]:
    """Every name and dotted name that is spoken of."""
    return {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, (ast.Name, ast.Attribute))}


def own_files() -> Iterator[Path]:
    """Every file of the project, as a fresh clone holds them."""
    listed = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=HOUSE, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        found = [HOUSE / name for name in listed.stdout.split("\0") if name]
    else:  # an unpacked sdist
        found = [path for path in HOUSE.rglob("*") if not any(map(NOT_OURS.fullmatch, path.relative_to(HOUSE).parts))]
    yield from (path for path in found if path.is_file() and not path.is_symlink())


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_part_imports_lower_floors_only(module):
    own, tree = part_of(module), parse(module)
    ours = [name.split(".")[1:] for name in imports(tree) if name.split(".")[0] == "tinydata"]
    parts = {(inner[0] if inner and inner[0] in FLOOR else "__init__") for inner in ours}
    if {name for name in names(tree) if name.startswith("tinydata.")} == {"tinydata.__version__"}:
        parts -= {"__init__"}  # the version is everyone's

    assert own in FLOOR, f"{own} stands on no floor: give it a place in FLOORS"
    assert {part for part in parts if part != own and FLOOR[part] >= FLOOR[own]} == set()


@pytest.mark.parametrize("module", [m for m in MODULES if part_of(m) not in ("cli", "__main__")], ids=name_of)
def test_only_the_command_line_prints_shows_progress_exits_or_imports_click(module):
    tree = parse(module)
    if module == LOADER:  # a generated repo has no other command line than this file's
        tree.body = [node for node in tree.body if getattr(node, "name", "") != "main" and not isinstance(node, ast.If)]

    assert {name.split(".")[0] for name in imports(tree)} & {"click", "tqdm"} == set()
    assert names(tree) & SPEAKING == set()


def test_the_loader_stands_alone():
    outside = {name.split(".")[0] for name in imports(parse(LOADER))} - set(sys.stdlib_module_names)

    assert outside <= {"numpy", "pyarrow", "datasets"}


def test_a_template_of_seeds_carries_the_one_loader():
    copies = sorted(pack.parent / "loader.py" for pack in TEMPLATES.glob("*/data"))

    assert copies
    assert {copy: copy.read_bytes() for copy in copies} == dict.fromkeys(copies, LOADER.read_bytes())


@pytest.mark.parametrize("module", sorted(TEMPLATES.rglob("loader.py")), ids=name_of)
def test_the_loader_of_a_template_stands_alone(module):
    outside = {name.split(".")[0] for name in imports(parse(module))} - set(sys.stdlib_module_names)

    assert outside <= {"numpy", "pyarrow", "datasets"}


@pytest.mark.parametrize("words", [["-m", "tinydata", "--help"], ["-c", "import tinydata"]], ids=" ".join)
def test_starting_loads_nothing_heavy(words):
    started = subprocess.run(
        [sys.executable, "-X", "importtime", *words], cwd=HOUSE, capture_output=True, text=True, check=True
    )
    loaded = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in started.stderr.splitlines() if "|" in line}

    assert "tinydata" in loaded
    assert loaded & HEAVY == set()


def test_what_lies_on_this_machine_is_read_without_what_talks_to_servers():
    code = "import sys, tinydata.fetch; print(*{'ssl', 'http.client'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=HOUSE, capture_output=True, text=True, check=True)

    assert ran.stdout.split() == []


def draw(error: type[Exception], ours: tuple[type, ...], lead: str = "") -> Iterator[str]:
    """Draw the tree below a class as the docstring of errors.py does, without the words beside."""
    children = [child for child in error.__subclasses__() if child in ours]
    for child in children:
        last = child is children[-1]
        beside = [base.__name__ for base in child.__bases__ if base not in ours]
        yield f"{lead}{'└' if last else '├'}── {child.__name__}" + (f" ({', '.join(beside)})" if beside else "")
        yield from draw(child, ours, lead + ("    " if last else "│   "))


OURS = tuple(
    error
    for _, error in inspect.getmembers(errors, inspect.isclass)
    if issubclass(error, errors.TinydataError) and error.__module__ == errors.__name__
)
TREE = [re.split(r" {2,}(?=\w)", line, maxsplit=1) for line in (errors.__doc__ or "").splitlines() if "── " in line]


def test_the_tree_on_top_of_errors_is_the_tree_of_the_classes():
    assert [drawn for drawn, *_ in TREE] == list(draw(errors.TinydataError, OURS))


@pytest.mark.parametrize("line", TREE, ids=lambda line: line[0].strip("├└│─ "))
def test_the_words_beside_an_error_open_its_docstring(line):
    drawn, *beside = line
    error = getattr(errors, drawn.strip("├└│─ ").split()[0])
    first = (error.__doc__ or "").splitlines()[0]

    assert beside, f"no words beside {drawn}"
    assert re.match(rf"{re.escape(beside[0])}\b", first[:1].lower() + first[1:]), f"{first!r} beside {beside[0]!r}"


@pytest.mark.parametrize("module", [m for m in MODULES if part_of(m) != "errors"], ids=name_of)
def test_every_error_of_ours_is_in_errors(module):
    known = {error.__name__ for error in OURS}
    classes = [node for node in ast.walk(parse(module)) if isinstance(node, ast.ClassDef)]

    assert [node.name for node in classes if known & {ast.unparse(base).split(".")[-1] for base in node.bases}] == []


def test_all_is_sorted_and_complete():
    offered = {
        name.rsplit(".", 1)[1] for name in imports(parse(PACKAGE / "__init__.py")) if name.startswith("tinydata.")
    }

    assert list(tinydata.__all__) == sorted({*offered, "__version__"})


def test_a_type_checker_knows_of_no_other_names():
    top = {getattr(node, "name", "") for node in parse(PACKAGE / "__init__.py").body}

    assert "__getattr__" not in top, "for a type checker it answers to every name"


def test_an_editor_sees_what_is_loaded_only_when_asked_for():
    assert dir(tinydata) == tinydata.__all__


@pytest.mark.parametrize("name", tinydata.__all__)
def test_every_public_name_can_be_had_and_is_documented(name):
    assert name == "__version__" or inspect.getdoc(getattr(tinydata, name))


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_every_module_opens_with_one_line_about_itself(module):
    docstring = ast.get_docstring(parse(module))

    assert docstring and docstring.splitlines()[0].endswith((".", "`", "?"))  # noqa: PT018 - one law


def test_the_map_has_a_place_for_every_module_and_no_other():
    page = (HOUSE / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```")[1]
    told = set(re.findall(r"\w+(?:\.py|/)", page))
    rooms = {path.name for path in PACKAGE.rglob("*") if path.is_dir()}
    missing = [
        name_of(module)
        for module in MODULES
        if module.name not in {*told, "__init__.py", "__main__.py"}
        and not any(f"{room}/" in told for room in module.relative_to(PACKAGE).parts[1:-1])
        and part_of(module) not in {"cli", "fetch"}
    ]

    assert missing == []
    assert {name for name in told if name.endswith(".py")} - {module.name for module in MODULES} == set()
    assert {name for name in told if name.endswith("/")} - {f"{room}/" for room in rooms} == {"tinydata/", "templates/"}


def test_no_file_holds_the_path_of_a_machine():
    machine = re.compile(rb"(?<![\w.~$}])/(?:work|tmp|root|home)/")

    found = [name_of(path) for path in own_files() if machine.search(path.read_bytes())]

    assert found == []


def test_every_module_of_the_package_can_be_imported():
    for module in MODULES:
        dotted = ".".join(module.relative_to(HOUSE).with_suffix("").parts).removesuffix(".__init__")
        if not dotted.endswith("__main__"):
            importlib.import_module(dotted)
