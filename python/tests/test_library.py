"""Where the shared library is found, and what is said where it is not."""

import os
import shutil
import subprocess
import sys

import pytest
from conftest import BUILD, ROOT

import braid

SHOW = "import braid; print(braid.library_path())"


def run(code, *, folder=ROOT, **environment):
    """Runs code with these variables; None removes one."""
    variables = {**os.environ, "PYTHONPATH": str(folder / "python"), **environment}
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={name: value for name, value in variables.items() if value is not None},
    )


def last_line(done):
    assert done.returncode == 1, done.stdout
    return done.stderr.strip().splitlines()[-1]


def test_version():
    assert braid.runtime_version()[:2] == (0, 1)
    assert braid.__version__ == ".".join(map(str, braid.runtime_version()))


@pytest.mark.parametrize("value", [BUILD / "lib", BUILD / "lib" / "libbraid_runtime.so"])
def test_variable(value):
    assert run(SHOW, BRAID_LIBRARY=str(value)).stdout.strip() == str(BUILD / "lib" / "libbraid_runtime.so")


def test_beside_the_package_and_in_the_build_folder(tmp_path):
    shutil.copytree(ROOT / "python", tmp_path / "python", ignore=shutil.ignore_patterns("tests", "__pycache__"))
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "lib").symlink_to(BUILD / "lib")
    nowhere = {"BRAID_LIBRARY": None, "PATH": "/usr/bin:/bin"}
    assert run(SHOW, folder=tmp_path, **nowhere).stdout.strip() == str(
        tmp_path / "build" / "lib" / "libbraid_runtime.so"
    )
    beside = tmp_path / "python" / "braid" / "libbraid_runtime.so.0"
    shutil.copy(BUILD / "lib" / "libbraid_runtime.so.0", beside)
    assert run(SHOW, folder=tmp_path, **nowhere).stdout.strip() == str(beside)


def test_prefix_of_the_tool_on_the_path(tmp_path):
    shutil.copytree(ROOT / "python", tmp_path / "python", ignore=shutil.ignore_patterns("tests", "__pycache__"))
    for name in ("bin", "lib"):
        (tmp_path / "prefix" / name).mkdir(parents=True)
    shutil.copy(BUILD / "bin" / "braid", tmp_path / "prefix" / "bin" / "braid")
    shutil.copy(BUILD / "lib" / "libbraid_runtime.so.0", tmp_path / "prefix" / "lib")
    done = run(SHOW, folder=tmp_path, BRAID_LIBRARY=None, PATH=f"{tmp_path}/prefix/bin:/usr/bin:/bin")
    assert done.stdout.strip() == str(tmp_path / "prefix" / "lib" / "libbraid_runtime.so.0")


def test_compiler_beside_the_library(tmp_path):
    shutil.copytree(ROOT / "python", tmp_path / "python", ignore=shutil.ignore_patterns("tests", "__pycache__"))
    code = "from braid._library import find_tool; print(find_tool('braidc', 'BRAIDC'))"
    for library in (BUILD / "lib", BUILD / "lib" / "libbraid_runtime.so"):
        done = run(code, folder=tmp_path, BRAID_LIBRARY=str(library), BRAIDC=None, PATH="/usr/bin:/bin")
        assert done.stdout.strip() == str(BUILD / "bin" / "braidc"), done.stderr


def test_nowhere(tmp_path):
    shutil.copytree(ROOT / "python", tmp_path / "python", ignore=shutil.ignore_patterns("tests", "__pycache__"))
    line = last_line(run(SHOW, folder=tmp_path, BRAID_LIBRARY=None, PATH="/usr/bin:/bin"))
    assert "expected libbraid_runtime.so beside the package" in line and line.endswith("found none")


@pytest.mark.parametrize("text, words", [(None, "found '"), ("no library", "expected a shared library that loads")])
def test_bad_file(tmp_path, text, words):
    path = tmp_path / "libbraid_runtime.so"
    if text is not None:
        path.write_text(text)
    assert words in last_line(run(SHOW, BRAID_LIBRARY=str(path)))


def compiler():
    found = next((c for c in map(shutil.which, ("clang-22", "gcc-12", "cc")) if c), None)
    assert found, "expected a C compiler, which scripts/setup installs"
    return found


@pytest.mark.parametrize(
    "source, words",
    [
        ("int other(void) { return 0; }", "expected the function 'braid_version', found none"),
        ("unsigned braid_version(void) { return 200; }", "expected version 0.1 of the runtime, found 0.2.0"),
        ("unsigned braid_version(void) { return 100; }", "expected the function 'braid_status_code', found none"),
    ],
)
def test_other_library(tmp_path, source, words):
    (tmp_path / "other.c").write_text(source)
    library = tmp_path / "libother.so"
    subprocess.run([compiler(), "-shared", "-fPIC", "-o", library, tmp_path / "other.c"], check=True)
    assert words in last_line(run(SHOW, BRAID_LIBRARY=str(library)))


def test_import_needs_no_library_and_is_quick(tmp_path):
    """Under 0.3 s, NumPy included, of this process's own time, since other work runs beside the tests."""
    code = (
        "import time; start = time.process_time(); import braid; took = time.process_time() - start\n"
        "import sys; print(took, 'tokenizers' in sys.modules, 'lm_eval' in sys.modules)"
    )
    outputs = [run(code, BRAID_LIBRARY=str(tmp_path)).stdout.split() for _ in range(5)]
    assert all(words[1:] == ["False", "False"] for words in outputs)
    assert min(float(words[0]) for words in outputs) < 0.3
