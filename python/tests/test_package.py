"""The wheel: built, installed in a fresh environment, and used there with the system's NumPy."""

import os
import subprocess
import sys
import zipfile

from conftest import BUILD, ROOT, SEED

import braid


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_wheel(tmp_path, artifact, program):
    import shutil

    shutil.copytree(ROOT / "python", tmp_path / "python", ignore=shutil.ignore_patterns("tests", "__pycache__"))
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        tmp_path / "dist",
        tmp_path / "python",
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert wheel.name == f"braid-{braid.__version__}-py3-none-any.whl"
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {str(path.relative_to(ROOT / "python")) for path in (ROOT / "python" / "braid").rglob("*.py")}
    assert sources | {"braid/py.typed"} <= names and not any("tests" in name for name in names)

    # The system's Python has the distribution's NumPy, an older one than that of the tests.
    run("/usr/bin/python3", "-m", "venv", "--system-site-packages", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--no-deps", "--no-index", wheel)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    code = (
        f"import braid, numpy; p = braid.Program({str(artifact)!r}, seed={SEED}); "
        "print(braid.__file__, *braid.generate(p, [5, 7, 11], max_new=8, stop=()), "
        "*(x.logprobs.size for x in braid.score(p, [[5, 7, 11], [5]])))"
    )
    words = run(python, "-c", code, cwd=tmp_path, env={**environment, "BRAID_LIBRARY": str(BUILD / "lib")}).split()
    assert words[0].startswith(str(tmp_path / "venv"))
    expected = [*braid.generate(program, [5, 7, 11], max_new=8, stop=()), 2, 0]
    assert words[1:] == [str(number) for number in expected]
    output = run(python, "-m", "braid", "info", artifact, cwd=tmp_path, env=environment)
    assert output.startswith("model: tiny")
