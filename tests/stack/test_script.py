"""The script `assay` at the root, before it has an environment."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from assay_stack.home import CHECKOUT

pytestmark = pytest.mark.real

OLD = '#!/bin/sh\ncase "$3" in *"%d.%d"*) echo 3.9 ;; *) exit 1 ;; esac\n'
WITHOUT_VENV = '#!/bin/sh\ncase "$3" in *"%d.%d"*) echo 3.12 ;; *ensurepip*) exit 1 ;; esac\n'


def run(script: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return run_in(Path("/"), script, *arguments, **environment)


def run_in(folder: Path, script: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    told: Mapping[str, str] = {**os.environ, **environment}
    return subprocess.run((str(script), *arguments), capture_output=True, text=True, check=False, env=told, cwd=folder)


def python(folder: Path, text: str) -> str:
    file = folder / "python3"
    file.write_text(text)
    file.chmod(0o755)
    return str(file)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with what the script needs, and no environment."""
    root = tmp_path / "checkout"
    (root / "deploy").mkdir(parents=True)
    (root / "requirements").mkdir()
    shutil.copy(CHECKOUT / "assay", root)
    shutil.copy(CHECKOUT / "deploy" / "bootstrap.py", root / "deploy")
    for name in ("uv", "runtime", "test"):
        shutil.copy(CHECKOUT / "requirements" / f"{name}.txt", root / "requirements")
    return root


def test_a_python_that_is_too_old_is_named_with_what_to_install(tmp_path: Path) -> None:
    done = run(CHECKOUT / "assay", "up", ASSAY_PYTHON=python(tmp_path, OLD))
    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stderr
    assert "3.9, too old" in done.stderr
    assert "Install" in done.stderr


def test_a_python_without_its_venv_module_is_named_with_what_to_install(tmp_path: Path) -> None:
    done = run(CHECKOUT / "assay", "up", ASSAY_PYTHON=python(tmp_path, WITHOUT_VENV))
    assert done.returncode == 1
    assert "without the venv module" in done.stderr
    assert "python3-venv" in done.stderr


def test_no_python_at_all_is_said_so(tmp_path: Path) -> None:
    done = run(CHECKOUT / "assay", "up", ASSAY_PYTHON=str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert "nothing (ASSAY_PYTHON, not found)" in done.stderr


def test_what_stops_the_set_up_is_a_json_document_too_where_that_was_asked_for(checkout: Path, tmp_path: Path) -> None:
    (checkout / "requirements" / "uv.txt").write_text("no-such-package==0 --hash=sha256:00\n")
    for done in (
        run(checkout / "assay", "status", "--json", ASSAY_PYTHON=str(tmp_path / "nothing")),
        run(checkout / "assay", "status", "--json", ASSAY_PYTHON=sys.executable),
    ):
        assert done.returncode == 1
        failure = json.loads(done.stdout)["failure"]
        assert failure["what"]
        assert failure["remedy"]


def test_it_works_through_a_symbolic_link_from_another_folder(checkout: Path, tmp_path: Path) -> None:
    link, second = tmp_path / "link", tmp_path / "second"
    link.symlink_to(checkout / "assay")
    second.symlink_to("link")
    (checkout / "deploy" / "bootstrap.py").write_text("import sys; sys.exit(f'at {sys.argv[1]}')")
    assert run(second, "up", ASSAY_PYTHON=sys.executable).stderr.strip() == f"at {checkout}"


def test_it_works_from_a_folder_whose_modules_are_named_like_the_library_s(checkout: Path, tmp_path: Path) -> None:
    for name in ("token", "venv", "ensurepip"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not the library')")
    (checkout / "deploy" / "bootstrap.py").write_text("import sys; sys.exit('here')")
    assert run_in(tmp_path, checkout / "assay", "up", ASSAY_PYTHON=sys.executable).stderr.strip() == "here"


def test_a_registry_that_is_not_reached_is_said_so_and_leaves_no_stamp(checkout: Path) -> None:
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_FIND_LINKS": ""}
    done = run(checkout / "assay", "up", ASSAY_PYTHON=sys.executable, PIP_NO_CACHE_DIR="1", **nowhere)
    assert done.returncode == 1
    assert "the installer could not be installed" in done.stderr
    assert "registry" in done.stderr
    assert not list((checkout / ".venv").glob("*.stamp"))


def test_a_half_made_environment_is_made_again(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").write_text("half of it")
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_FIND_LINKS": ""}
    run(checkout / "assay", "up", ASSAY_PYTHON=sys.executable, PIP_NO_CACHE_DIR="1", **nowhere)
    made = subprocess.run((checkout / ".venv" / "bin" / "python", "-c", "import pip"), check=False)
    assert made.returncode == 0
