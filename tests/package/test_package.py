"""The package as a whole: imports, names, dependencies."""

import ast
import graphlib
import importlib.util
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from examples import run_python

import course_utils

PACKAGE = Path(course_utils.__file__).parent
ROOT = PACKAGE.parent


def test_import_is_light():
    """What only a download needs is not imported before there is one."""
    code = "import sys, course_utils; print('torchvision' in sys.modules)"
    assert run_python(code) == "False\n"


def test_torchvision_imports_after_course_utils():
    """Beside any torch, also one that torchvision was not built for."""
    code = (
        "import course_utils, torchvision\n"
        "from torchvision import datasets, models, transforms, utils\n"
        "from torchvision.transforms import v2\n"
        "print(len(models.resnet18().state_dict()))"
    )
    assert run_python(code) == "122\n"


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in PACKAGE.rglob("*.py")}


def imports(name):
    """Yield the modules that a module imports, anywhere in its code."""
    path = MODULES[name]
    is_package = path.name == "__init__.py"
    package = name if is_package else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = f"{'.' * node.level}{node.module or ''}"
            module = importlib.util.resolve_name(module, package)
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
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError


def test_low_floors_do_not_know_the_high():
    """Layers, data and arguments work without training and plotting."""
    high = {"training", "checkpoint", "progress", "results", "plotting"}
    for name in MODULES:
        _, *rest = name.split(".")
        low = {"arguments", "evaluation", "layers", "loaders"}
        low |= {"sources", "device"}
        if rest and rest[0] in low:
            used = {m.split(".")[1] for m in imports(name) if "utils." in m}
            assert not used & high, name


def dependencies():
    with open(ROOT / "pyproject.toml", "rb") as file:
        return tomllib.load(file)["project"]["dependencies"]


def test_dependencies_are_the_imports():
    found = {m.split(".")[0] for name in MODULES for m in imports(name)}
    found -= {"course_utils", "", *sys.stdlib_module_names}
    owners = metadata.packages_distributions()
    used = {name.lower() for module in found for name in owners[module]}
    declared = {re.match(r"[\w-]+", d)[0].lower() for d in dependencies()}
    assert used == declared


def test_bounds_are_loose():
    """On Colab, nothing that is there may be replaced."""
    for dependency in dependencies():
        assert re.fullmatch(r"[\w-]+>=[\d.]+", dependency), dependency


def test_an_animator_in_a_script_is_silent_and_can_save(tmp_path):
    path = tmp_path / "curves.png"
    code = (
        "import warnings, torch, course_utils as d2l\n"
        "warnings.simplefilter('error')\n"
        "animator = d2l.Animator(xlabel='step', legend=['a', 'b'])\n"
        "loss = torch.tensor(0.5, requires_grad=True)\n"
        "for step in range(3):\n"
        "    animator.add(step, (loss * step, loss))\n"
        "animator.add(torch.tensor(3), (1, None))\n"
        f"animator.fig.savefig({str(path)!r})\n"
        "assert animator.Y == [[0, 0.5, 1, 1], [0.5] * 3]\n"
        "assert not d2l.plotting.plt.get_fignums()"
    )
    assert run_python(code) == ""
    assert path.stat().st_size > 1000
