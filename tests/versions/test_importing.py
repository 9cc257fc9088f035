"""Two versions of a project's code live in one process and never meet."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from holdtrue.foundation import ContractError, ProjectBroken, WrongUse
from holdtrue.versions import import_captured

Write = Callable[..., Path]


def version(write: Write, base: Path, number: int) -> Path:
    return write(
        {
            "model.py": (
                "import helpers\nimport pack.deep.tool\nfrom pack import sub\nfrom pack.deep import tool as same\n"
                f"number = {number}\n\ndef late():\n    import latecomer\n    return latecomer.value\n"
            ),
            "helpers.py": f"import json\nvalue = {number}\n",
            "latecomer.py": "from helpers import value as base\nvalue = base * 10\n",
            "pack/__init__.py": "",
            "pack/sub.py": "from . import sibling\nfrom helpers import value\nhere = sibling.value + value\n",
            "pack/sibling.py": f"value = {number}00\n",
            "pack/deep/tool.py": f"value = {number}\n",
        },
        base,
    )


def test_two_versions_live_in_one_process(tmp_path: Path, write: Write) -> None:
    one = import_captured(version(write, tmp_path / "1", 1), "aaaa1")
    two = import_captured(version(write, tmp_path / "2", 2), "aaaa2")
    for module, number in ((one, 1), (two, 2)):
        assert module.number == number
        assert module.helpers.value == number
        assert module.sub.here == number * 101
        assert module.pack.deep.tool is module.same
        assert module.same.value == number
    # Functions that import when called find their own version, whichever was imported last.
    assert (one.late(), two.late()) == (10, 20)
    assert not {"model", "helpers", "pack", "latecomer"} & set(sys.modules)
    assert one.helpers.json is sys.modules["json"]


def test_the_same_version_is_the_same_module(tmp_path: Path, write: Write) -> None:
    folder = version(write, tmp_path / "1", 1)
    assert import_captured(folder, "bbbb") is import_captured(folder, "bbbb")


def test_own_modules_come_first_and_from_src_too(tmp_path: Path, write: Write) -> None:
    write(
        {
            "model.py": "import polars\nimport mine.tool\nimport holdtrue\nvalue = (polars.own, mine.tool.x)\n",
            "polars.py": "own = True\n",
            "holdtrue/__init__.py": "raise RuntimeError('never')\n",
            "src/mine/tool.py": "x = 1\n",
        },
        tmp_path / "p",
    )
    assert import_captured(tmp_path / "p", "cccc").value == (True, 1)
    import polars

    assert not hasattr(polars, "own")


@pytest.mark.parametrize(
    "text",
    [
        "import importlib\nhelpers = importlib.import_module('helpers')\n",
        "from importlib import import_module, util\nhelpers = import_module('helpers')\n",
        "import importlib.util\nfound = importlib.util.find_spec\nhelpers = importlib.import_module('help' + 'ers')\n",
        "import importlib\nhelpers = importlib.import_module('.sub', 'pack')\n",
        "helpers = __import__('helpers')\n",
    ],
)
def test_modules_asked_for_by_name_are_own_too(tmp_path: Path, write: Write, text: str) -> None:
    folder = write({"model.py": text, "helpers.py": "value = 7\n"}, tmp_path / "p")
    if "pack" in text:
        with pytest.raises(ProjectBroken, match="No module named 'pack'"):
            import_captured(folder, f"jjjj{hash(text)}")
        return
    assert import_captured(folder, f"jjjj{hash(text)}").helpers.value == 7
    assert "helpers" not in sys.modules


def test_a_file_changed_within_the_second_is_read_anew(tmp_path: Path, write: Write) -> None:
    folder = write({"model.py": "import h\n", "h.py": "x = 1\n"}, tmp_path / "p")
    assert import_captured(folder, "dddd1").h.x == 1
    write({"h.py": "x = 2\n"}, folder)
    assert import_captured(folder, "dddd2").h.x == 2
    assert not list(folder.rglob("*.pyc"))


def test_classes_know_their_module(tmp_path: Path, write: Write) -> None:
    text = "from dataclasses import dataclass, field\n\n@dataclass\nclass A:\n    x: 'int' = field(default=1)\n"
    module = import_captured(write({"model.py": text}, tmp_path / "p"), "eeee")
    assert module.A().x == 1
    assert sys.modules[module.A.__module__] is module


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"model.py": "x = 1\ndef f(:\n"}, r"^model.py:2: invalid syntax in: def f\(:"),
        ({"model.py": "import h\n", "h.py": "\n\n  x = 1\n"}, r"^h.py:3: unexpected indent"),
        ({"model.py": "x = 1\ny = undefined\n"}, r"^model.py:2: NameError: name 'undefined'"),
        ({"model.py": "import h\nh.f()\n", "h.py": "def f():\n    1 / 0\n"}, r"^h.py:2: ZeroDivisionError: division"),
        ({"model.py": "\nimport no_such_lib.x\n"}, r"^model.py:2: ModuleNotFoundError: No module named 'no_such_lib'"),
        ({"model.py": "import a.missing\n", "a/__init__.py": ""}, r"^model.py:1: .*No module named 'a.missing'"),
        (
            {"model.py": "from h import nothing\n", "h.py": ""},
            r"^model.py:1: ImportError: cannot import name 'nothing'",
        ),
        ({"model.py": "import sys\nsys.exit(3)\n"}, r"^model.py:2: SystemExit: the module ended the program \(3\)"),
        ({"model.py": "import json\njson.loads('{')\n"}, r"^model.py:2: JSONDecodeError"),
        ({"other.py": ""}, r"^there is no model.py"),
        ({"model.py": b"x = '\xff'\n"}, r"^model.py"),
        ({"model.py": b"x = 1\0\n"}, r"^model.py"),
    ],
)
def test_broken_code_names_file_and_line(tmp_path: Path, write: Write, files: dict[str, str], said: str) -> None:
    folder = write(files, tmp_path / "p")
    before = set(sys.modules)
    with pytest.raises(ProjectBroken, match=said) as caught:
        import_captured(folder, tmp_path.name)
    assert "holdtrue_code_" not in str(caught.value)
    assert caught.value.hint
    assert not [name for name in set(sys.modules) - before if name.startswith("holdtrue_code_")]
    # Mended, it can be imported: nothing half made was left.
    write({"model.py": "fine = True\n"}, folder)
    assert import_captured(folder, tmp_path.name).fine


def test_holdtrues_own_errors_keep_their_kind_and_name_the_users_file(tmp_path: Path, write: Write) -> None:
    text = (
        "from holdtrue.foundation import ContractError\n"
        "raise ContractError(f'{__file__}:2: no column prize', hint='price?')\n"
    )
    folder = write({"model.py": text}, tmp_path / "p")
    with pytest.raises(ContractError) as caught:
        import_captured(folder, "gggg")
    assert (caught.value.message, caught.value.hint) == ("model.py:2: no column prize", "price?")


def test_an_error_that_names_no_line_gets_that_of_the_users_code(tmp_path: Path, write: Write) -> None:
    folder = tmp_path / "v1"
    write({"model.py": "import holdtrue as ht\n\nht.metric('auk') < 3\n"}, folder)
    with pytest.raises(WrongUse, match=r"^model\.py:3: no metric is called .auk. .there are mae"):
        import_captured(folder, "auk")


def test_threads_that_import_at_once_get_one_module(tmp_path: Path, write: Write) -> None:
    folder = version(write, tmp_path / "1", 1)
    found: list[int] = []
    barrier = threading.Barrier(8)

    def run() -> None:
        barrier.wait()
        found.append(id(import_captured(folder, "hhhh")))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_the_working_tree_is_never_taken_instead(tmp_path: Path, write: Write) -> None:
    captured = version(write, tmp_path / "captured", 1)
    working = version(write, tmp_path / "working", 2)
    script = (
        "import sys; from pathlib import Path; from holdtrue.versions import import_captured\n"
        "m = import_captured(Path(sys.argv[1]), 'iiii'); print(m.helpers.value, m.late())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(captured)], cwd=working, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("1 10\n", "")
