"""The package as a whole: imports, docstrings, metadata."""

import ast
import importlib
import inspect
import os
import pkgutil
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import course_utils

PACKAGE = Path(course_utils.__file__).parent
ROOT = PACKAGE.parent
LAZY = ["torchvision", "requests", "pooch"]


def run_python(code):
    """Run code in a new process; return what it printed."""
    result = subprocess.run(
        [sys.executable, "-W", "error::ImportWarning", "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


def test_import_is_light():
    """What only a download needs is not imported before there is one."""
    code = (
        "import sys, course_utils\n"
        f"print(*(name for name in {LAZY} if name in sys.modules))"
    )
    assert run_python(code) == []


def test_torchvision_imports_after_course_utils():
    """Beside any torch, also one that torchvision was not built for."""
    code = (
        "import course_utils, torchvision\n"
        "from torchvision import datasets, models, transforms, utils\n"
        "from torchvision.transforms import v2\n"
        "print(len(models.resnet18().state_dict()))"
    )
    assert run_python(code) == ["122"]


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in PACKAGE.rglob("*.py")}


def imports(name):
    """Yield the modules that a module imports, anywhere in its code."""
    path = MODULES[name]
    is_package = path.name == "__init__.py"
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = name.split(".")
            base = base[: len(base) - node.level + is_package]
            base = ".".join(base) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            for alias in node.names:
                inner = f"{module}.{alias.name}"
                yield inner if inner in MODULES else module


def test_imports_run_one_way():
    """No module needs one that needs it.

    The packages' __init__ only collect names; nothing below may import
    from them.
    """
    graph = {
        name: {m for m in imports(name) if m in MODULES} for name in MODULES
    }
    assert sum(map(len, graph.values())) > len(MODULES)
    done = []

    def visit(name, trail):
        assert name not in trail, " -> ".join((*trail, name))
        if name not in done:
            for other in sorted(graph[name]):
                visit(other, (*trail, name))
            done.append(name)

    for name in sorted(MODULES):
        visit(name, ())
    assert sorted(done) == sorted(MODULES)


def test_low_floors_do_not_know_the_high():
    """Layers, metrics and data work without training and plotting."""
    high = {"training", "trainer", "weights", "progress", "report"}
    high |= {"plotting", "animator"}
    for name in MODULES:
        _, *rest = name.split(".")
        if rest and rest[0] in {
            "layers",
            "metrics",
            "data",
            "arguments",
            "batches",
        }:
            used = {m.split(".")[1] for m in imports(name) if "utils." in m}
            assert not used & high, name


def third_party():
    """Return the top-level modules that are neither ours nor Python's."""
    found = {m.split(".")[0] for name in MODULES for m in imports(name)}
    return found - {"course_utils", ""} - set(sys.stdlib_module_names)


def declared():
    """Return the names of pyproject's dependencies, as on the index."""
    text = (ROOT / "pyproject.toml").read_text()
    block = re.search(r"^dependencies = \[(.*?)^\]", text, re.M | re.S)[1]
    return {
        re.match(r"[\w-]+", line)[0].lower()
        for line in re.findall(r'"(.+)"', block)
    }


@pytest.mark.skipif(
    sys.version_info < (3, 11),
    reason="Python 3.10 does not know all packages' modules",
)
def test_dependencies_cover_the_imports():
    distributions = metadata.packages_distributions()
    names = {m: {d.lower() for d in distributions[m]} for m in third_party()}
    assert {"torch", "numpy", "matplotlib"} <= set(names)
    missing = [m for m, owners in names.items() if not owners & declared()]
    assert not missing, f"not in pyproject.toml: {missing}"
    used = set().union(*names.values())
    unused = declared() - used
    assert not unused, f"in pyproject.toml without use: {unused}"


def test_bounds_are_loose():
    """On Colab, nothing that is there may be replaced."""
    text = (ROOT / "pyproject.toml").read_text()
    block = re.search(r"^dependencies = \[(.*?)^\]", text, re.M | re.S)[1]
    lines = re.findall(r'"(.+)"', block)
    assert lines
    for line in lines:
        assert re.fullmatch(r"[\w-]+>=[\d.]+", line), line


def public_functions():
    """Return the functions and classes that the package exports."""
    found = []
    for module in (course_utils, course_utils.data):
        names = getattr(module, "__all__", None) or [
            n for n, v in vars(module).items() if inspect.isfunction(v)
        ]
        for name in names:
            value = getattr(module, name)
            if callable(value):
                label = f"{module.__name__}.{name}"
                found.append(pytest.param(value, id=label))
    return found


def has_section(doc, title):
    return re.search(rf"^{title}\n-{{{len(title)}}}$", doc, re.M)


@pytest.mark.parametrize("function", public_functions())
def test_docstring_has_sections(function):
    """NumPy style: parameters where there are any, returns, raises."""
    doc = inspect.getdoc(function)
    assert doc and doc.splitlines()[0].endswith(".")
    if inspect.isclass(function):
        parameters = inspect.signature(function).parameters
        # A dataclass describes its fields as attributes.
        assert (
            not parameters
            or has_section(doc, "Parameters")
            or has_section(doc, "Attributes")
        )
        return
    parameters = inspect.signature(function).parameters
    if parameters:
        assert has_section(doc, "Parameters")
    for name in parameters:
        assert re.search(rf"^[\w*, ]*\b{name}\b[\w, ]*( :|$)", doc, re.M), (
            name
        )
    if re.search(r"^ +return \w", inspect.getsource(function), re.M):
        assert has_section(doc, "Returns")


def test_every_module_has_a_docstring():
    for name, path in MODULES.items():
        if name != "course_utils._version":
            assert ast.get_docstring(ast.parse(path.read_text())), name


def test_every_module_imports():
    found = {
        m.name
        for m in pkgutil.walk_packages(course_utils.__path__, "course_utils.")
        if not m.name.endswith("__main__")
    }
    for name in found:
        importlib.import_module(name)
    assert found | {"course_utils", "course_utils.data.__main__"} == set(
        MODULES
    )


def test_all_is_complete_and_sorted():
    names = course_utils.__all__
    assert names == sorted(names)
    assert all(hasattr(course_utils, name) for name in names)


@pytest.mark.parametrize(
    "name, hint",
    [("SGDLinear", "SGDLinear. The"), ("corr2D", "did you mean corr2d?")],
)
def test_a_name_that_is_not_here_leads_to_the_page(name, hint):
    with pytest.raises(AttributeError, match="Coming from d2l") as caught:
        getattr(course_utils, name)
    assert hint in str(caught.value)
    assert not hasattr(course_utils, name)
    with pytest.raises(ImportError, match=name):
        exec(f"from course_utils import {name}")


def test_an_animator_in_a_script_is_silent_and_can_save(tmp_path):
    path = tmp_path / "curves.png"
    code = (
        "import warnings, torch, course_utils as d2l\n"
        "warnings.simplefilter('error')\n"
        "animator = d2l.Animator(xlabel='step', legend=['a', 'b'])\n"
        "loss = torch.tensor(0.5, requires_grad=True)\n"
        "for step in range(3):\n"
        "    animator.add(step, (loss * step, loss))\n"
        "animator.add(torch.tensor(3), torch.ones(2, requires_grad=True))\n"
        f"animator.fig.savefig({str(path)!r})\n"
        "assert animator.Y == [[0, 0.5, 1, 1], [0.5, 0.5, 0.5, 1]]\n"
        "assert not d2l.animator.plt.get_fignums()"
    )
    assert run_python(code) == []
    assert path.stat().st_size > 1000


def test_compat_declares_what_is_missing(monkeypatch):
    """With a torchvision library that does not load, two names exist."""
    import torch

    from course_utils import compat

    def broken(path):
        raise OSError("undefined symbol")

    declared = []

    class Library:
        def __init__(self, *args):
            declared.append(args)

        def define(self, schema):
            declared.append(schema)

    monkeypatch.setattr(compat, "_library", None)
    monkeypatch.setattr(torch.ops, "load_library", broken)
    monkeypatch.setattr(torch.library, "Library", Library)
    monkeypatch.setattr(compat.Path, "glob", lambda *a: ["_C.so"])
    compat.make_torchvision_importable()
    assert declared[0] == ("torchvision", "DEF")
    assert [schema.split("(")[0] for schema in declared[1:]] == [
        "nms",
        "qnms",
    ]
    compat.make_torchvision_importable()  # once a process
    assert len(declared) == 3
