"""The fingerprint is blind to how code is written down, and to nothing else."""

from __future__ import annotations

import ast
import dis
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.foundation import ProjectBroken
from holdtrue.versions import Fingerprint, fingerprint, recipe_of

Write = Callable[..., Path]

PROJECT: dict[str, str | bytes] = {
    "model.py": "import json\nimport helpers\nfrom features import ages\n\nx = helpers.f(1)\n",
    "helpers.py": "from features.deep.tools import g\n\n\ndef f(n):\n    return g(n) + 1\n",
    "features/__init__.py": "",
    "features/ages.py": "def at_sale(row):\n    from . import late\n    return late.z\n",
    "features/late.py": "z = 1\n",
    "features/deep/tools.py": "def g(n):\n    return n\n",
    "unused.py": "a = 1\n",
}


def taken(root: Path) -> set[str]:
    return set(fingerprint(root).files)


def test_imports_are_followed_through_the_projects_own_files(root: Path, write: Write) -> None:
    write(PROJECT)
    found = fingerprint(root)
    assert set(found.files) == set(PROJECT) - {"unused.py"}
    assert found.distributions == {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    assert not found.whole


@pytest.mark.parametrize("changed", sorted(set(PROJECT) - {"unused.py"}))
def test_it_is_never_blind_to_a_changed_helper(root: Path, write: Write, changed: str) -> None:
    write(PROJECT)
    before = fingerprint(root).digest
    write({changed: str(PROJECT[changed]) + "\nadded = 1\n"})
    assert fingerprint(root).digest != before


def test_it_is_blind_to_what_is_not_used(root: Path, write: Write) -> None:
    write(PROJECT)
    before = fingerprint(root).digest
    write({"unused.py": "a = 2\n", "notes.md": "changed", "data/x.csv": "a\n"})
    assert fingerprint(root).digest == before


PLAIN = '''
"""A module."""
import math

RATE = 0.1 + 1_000  # a comment


class Sale(object):
    """One sale."""

    def age(self, row, *, year=1999):
        """Its age."""
        return (row["sold"] - year) if row else None


async def f(x):
    return [x ** 2 for x in range(3) if x not in (1, 2)]
'''


@pytest.mark.parametrize(
    "rewritten",
    [
        ast.unparse(ast.parse(PLAIN)),
        PLAIN.replace('"""One sale."""', '"""Another\n    text."""'),
        PLAIN.replace('    """Its age."""\n', "").replace('"""A module."""', ""),
        PLAIN.replace("# a comment", "").replace("0.1 + 1_000", "(0.1\n   + 1000)"),
        PLAIN.replace('"sold"', "'so' u'ld'"),
        PLAIN.replace("\n", "\r\n"),
        "# -*- coding: utf-8 -*-\n" + PLAIN,
    ],
)
def test_it_is_blind_to_comments_docstrings_and_formatting(root: Path, write: Write, rewritten: str) -> None:
    write({"model.py": PLAIN})
    before = fingerprint(root).digest
    assert rewritten != PLAIN
    write({"model.py": rewritten})
    assert fingerprint(root).digest == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.1", "0.2"),
        ("1_000", "1_000.0"),
        ("1999", "True"),
        ("x not in", "x in"),
        ("**", "*"),
        ("*, year", "year"),
        ("object", "dict"),
        ("async def", "def"),
        ("import math", "import cmath"),
        ("RATE", "RATES"),
    ],
)
def test_it_sees_every_other_change(root: Path, write: Write, old: str, new: str) -> None:
    write({"model.py": PLAIN})
    before = fingerprint(root).digest
    write({"model.py": PLAIN.replace(old, new)})
    assert fingerprint(root).digest != before


STATEMENT = st.sampled_from(
    [
        "a = 1",
        "a = 2",
        "b = [1, 2, 3]",
        "def f(x):\n    'doc'\n    return x",
        "def f(x):\n    return x",
        "def f(x):\n    return x + 1",
        "class A:\n    'doc'",
        "class A:\n    y = 1",
        "if True:\n    pass",
        "'a string'",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STATEMENT, max_size=5), st.lists(STATEMENT, max_size=5))
def test_equal_fingerprints_mean_equal_programs(
    tmp_path_factory: pytest.TempPathFactory, left: list[str], right: list[str]
) -> None:
    def program(lines: list[str]) -> str:
        # What Python runs at -OO, which drops docstrings: an independent account of what is only documentation.
        return ast.dump(ast.parse(ast.unparse(ast.parse("\n".join(lines)))))

    def stripped(lines: list[str]) -> list[object]:
        return instructions(compile("\n".join(lines), "x", "exec", optimize=2))

    def instructions(code: CodeType) -> list[object]:
        # By what they load, not by its place among the constants: a docstring that is gone leaves its place behind.
        found = [(each.opname, each.argval) for each in dis.get_instructions(code) if each.opname != "NOP"]
        return [(name, instructions(value) if isinstance(value, CodeType) else repr(value)) for name, value in found]

    roots = [tmp_path_factory.mktemp("fingerprint") for _ in range(2)]
    for root, lines in zip(roots, (left, right), strict=True):
        (root / "model.py").write_text("\n\n".join(lines) + "\n")
    same = fingerprint(roots[0]).digest == fingerprint(roots[1]).digest
    if program(left) == program(right):
        assert same
    if same:
        assert stripped(left) == stripped(right)


def test_docstrings_count_where_code_reads_them(root: Path, write: Write) -> None:
    write({"model.py": "import helpers\nprint(helpers.f.__doc__)\n", "helpers.py": "def f():\n    'one'\n"})
    before = fingerprint(root).digest
    write({"helpers.py": "def f():\n    'two'\n"})
    assert fingerprint(root).digest != before


@pytest.mark.parametrize(
    "model",
    [
        "import importlib\nimportlib.import_module('hid' + 'den')\n",
        "import sys\nsys.path.insert(0, 'lib')\nimport tool\n",
        "from sys import path\npath.insert(0, 'lib')\nimport tool\n",
        "exec(open('lib/tool.py').read())\n",
        "import runpy\nrunpy.run_path('lib/' + 'tool.py')\n",
        "import importlib.util\n",
        "import tool\n",
    ],
)
def test_where_imports_cannot_be_followed_all_is_taken(root: Path, write: Write, model: str) -> None:
    write({"model.py": model, "lib/tool.py": "x = 1\n", "hidden.py": "", "not_python.py": "{{ template }} %"})
    found = fingerprint(root)
    assert found.whole
    assert {"lib/tool.py", "hidden.py", "not_python.py"} <= set(found.files)
    write({"lib/tool.py": "x = 2\n"})
    assert fingerprint(root).digest != found.digest


@pytest.mark.parametrize(
    "model",
    [
        "from importlib import import_module as get\nget('hidden')\n",
        "import importlib\nget = importlib.import_module\nget(name)\n",
        "import importlib\ngetattr(importlib, 'import_module')(name)\n",
        "import importlib\nlist(map(importlib.import_module, names))\n",
        "run = exec\nrun(text)\n",
        "import builtins\nbuiltins.eval(text)\n",
        "import builtins\ngetattr(builtins, 'exec')(text)\n",
        "from builtins import exec as run\nrun(text)\n",
        "get = __import__\nget(name)\n",
        "__builtins__['eval'](text)\n",
    ],
)
def test_what_runs_what_it_is_told_takes_all_by_any_name(root: Path, write: Write, model: str) -> None:
    write({"model.py": model, "hidden.py": "", "code.txt": ""})
    found = fingerprint(root)
    assert found.whole
    assert set(found.files) == {"model.py", "hidden.py", "code.txt"}


OTHERS: dict[str, str | bytes] = {"tables/levels.json": "[1]", "notes.md": "", "unused.py": ""}


@pytest.mark.parametrize(
    "model",
    [
        "from pathlib import Path\nx = (Path(__file__).parent / 'tables' / 'levels.json').read_text()\n",
        "import os\nx = open(os.path.join(os.path.dirname(__file__), 'tables', 'levels.json'))\n",
        "from pathlib import Path\nHERE = Path(__file__).parent\nTABLE = HERE / 'tables' / 'levels'\n"
        "x = TABLE.with_suffix('.json').read_text()\n",
        "from pathlib import Path\nx = [p.name for p in Path('tables').glob('*.json')]\n",
        "import json\nwith open('tables/levels.json') as file:\n    x = json.load(file)\n",
        "import numpy as np\nx = np.loadtxt('tables/levels.json')\n",
        "import polars as pl\nNAME = 'tables/levels.json'\nx = pl.read_json(NAME)\n",
    ],
)
def test_files_named_in_pieces_are_part_of_it(root: Path, write: Write, model: str) -> None:
    write({"model.py": model, **OTHERS})
    assert taken(root) == {"model.py", "tables/levels.json"}


@pytest.mark.parametrize(
    "model",
    [
        "x = open('tables/lev' + 'els.json')\n",
        "x = open(f'tables/{name}.json')\n",
        "x = open('tables/%s.json' % name)\n",
        "x = open('{}/levels.json'.format(folder))\n",
        "import os\nx = open(os.environ['TABLE'])\n",
        "from pathlib import Path\nx = [p.read_text() for p in Path(__file__).parent.rglob('*')]\n",
        "import os\nx = os.listdir('.')\n",
        "import glob\nx = glob.glob('*' + ending)\n",
        "from importlib import resources\nx = resources.files(__package__)\n",
        "import importlib.resources as r\nx = r\n",
        "reader = open\nx = reader(name)\n",
        "import polars as pl\ndef f(name):\n    return pl.read_csv(name)\n",
        "def f(path):\n    return path.read_text()\n",
        "import sys\nx = open(sys.argv[1])\n",
        "from pathlib import Path\nfor part in ('a', name):\n    x = Path(part).open()\n",
    ],
)
def test_where_a_name_is_made_at_run_time_any_file_may_be_read(root: Path, write: Write, model: str) -> None:
    write({"model.py": model, **OTHERS})
    found = fingerprint(root)
    assert set(found.files) == {"model.py", "tables/levels.json", "notes.md"}
    assert not found.whole
    write({"notes.md": "changed"})
    assert fingerprint(root).digest != found.digest


def test_a_constant_name_given_to_import_module_is_followed(root: Path, write: Write) -> None:
    write({"model.py": "import importlib\nm = importlib.import_module('a.b')\n", "a/b.py": "", "c.py": ""})
    assert taken(root) == {"model.py", "a/b.py"}


def test_modules_under_src_are_own(root: Path, write: Write) -> None:
    write({"model.py": "from mine import tool\n", "src/mine/__init__.py": "", "src/mine/tool.py": "from .b import c\n"})
    write({"src/mine/b.py": "c = 1\n"})
    assert taken(root) == {"model.py", "src/mine/__init__.py", "src/mine/tool.py", "src/mine/b.py"}


def test_an_own_module_comes_before_an_installed_one(root: Path, write: Write) -> None:
    write({"model.py": "import polars\nimport statistics\n", "polars.py": "", "statistics.py": ""})
    assert taken(root) == {"model.py", "polars.py", "statistics.py"}


def test_a_folder_of_data_is_no_module(root: Path, write: Write) -> None:
    write({"model.py": "import json\nimport polars\n", "json/x.csv": "a\n", "polars/tools.py": ""})
    found = fingerprint(root)
    assert set(found.files) == {"model.py"}
    assert set(found.distributions) == {"python", "polars"}


def test_a_file_named_in_the_code_is_part_of_it(root: Path, write: Write) -> None:
    files: dict[str, str | bytes] = {
        "model.py": "from pathlib import Path\nimport f.a\nlevels = Path(__file__).with_name('levels.json')\n",
        "f/a.py": "query = open('near.sql')\nsecret = '.env'\nsales = 'data/sales.csv'\n",
        "levels.json": "[1]",
        "f/near.sql": "select 1",
        ".env": "A=1",
        "data/sales.csv": "a\n1\n",
    }
    write(files)
    found = fingerprint(root, exclude=[root / "data/sales.csv"])
    assert set(found.files) == {"model.py", "f/a.py", "levels.json", "f/near.sql"}
    write({"levels.json": "[2]"})
    assert fingerprint(root, exclude=[root / "data/sales.csv"]).digest != found.digest


def test_versions_of_what_it_imports_are_in_it(root: Path, write: Write) -> None:
    write({"model.py": "import holdtrue\nimport polars\ntry:\n    import no_such_library\nexcept ImportError: ...\n"})
    found = fingerprint(root).distributions
    assert found["no_such_library"] == "absent"
    assert set(found) == {"python", "polars", "holdtrue", "no_such_library"}


def test_cycles_and_star_imports_end(root: Path, write: Write) -> None:
    write({"model.py": "from a import *\n", "a.py": "import b\n", "b.py": "import a\n"})
    assert taken(root) == {"model.py", "a.py", "b.py"}


def test_very_deep_code_is_still_told_apart(root: Path, write: Write) -> None:
    long = " + ".join(["x"] * 900)
    write({"model.py": f"x = 1\ny = {long}\n"})
    before = fingerprint(root).digest
    write({"model.py": f"x = 1\ny = {long[:-1]}1\n"})
    assert fingerprint(root).digest != before


def test_a_syntax_error_names_file_and_line(root: Path, write: Write) -> None:
    write({"model.py": "import helpers\n", "helpers.py": "x = 1\ndef f(:\n"})
    with pytest.raises(ProjectBroken, match=r"helpers.py:2: invalid syntax in: def f\(:"):
        fingerprint(root)
    with pytest.raises(ProjectBroken, match=r"there is no other\.py"):
        fingerprint(root, "other.py")


def test_a_recipe_is_of_all_that_decides_the_work() -> None:
    code = Fingerprint(files={"model.py": "a"}, distributions={"python": "3.11"})
    base = recipe_of(code, data={"sales": "d1"}, parameters={"trees": 200}, seed=0)
    assert base == recipe_of(code, data={"sales": "d1"}, parameters={"trees": 200}, seed=0, slice="")
    others = [
        recipe_of(
            Fingerprint(files={"model.py": "b"}, distributions={"python": "3.11"}),
            data={"sales": "d1"},
            parameters={"trees": 200},
            seed=0,
        ),
        recipe_of(
            Fingerprint(files={"model.py": "a"}, distributions={"python": "3.12"}),
            data={"sales": "d1"},
            parameters={"trees": 200},
            seed=0,
        ),
        recipe_of(code, data={"sales": "d2"}, parameters={"trees": 200}, seed=0),
        recipe_of(code, data={"sales": "d1"}, parameters={"trees": 300}, seed=0),
        recipe_of(code, data={"sales": "d1"}, parameters={"trees": 200}, seed=1),
        recipe_of(code, data={"sales": "d1"}, parameters={"trees": 200}, seed=0, slice="5%"),
        recipe_of(code, data={"sales": "d1"}, parameters={"trees": 200}, seed=0, step="fit"),
    ]
    assert len({base, *others}) == 8
