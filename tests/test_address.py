"""One line of _config.yml says where the project lives; a fork changes it and nothing else."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import address
import nbformat
import pytest
import yaml

from alexnet_lab.classroom.authoring.release import checksum

ROOT = Path(__file__).resolve().parent.parent
FORK, BRANCH = "https://github.com/some-school/course.2027", "autumn/one"
NOT_OURS = {".git", ".venv", ".make", "_build", "build", "dist", "node_modules", "runs"}
KINDS = {".py", ".md", ".yml", ".yaml", ".toml", ".cff", ".ipynb", ".html", ".js", ".css", ".json"}


def texts(root: Path) -> dict[str, str]:
    """Return the project's own text files."""
    found = {}
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        made = NOT_OURS & set(parts) or any(p.endswith((".egg-info", "_cache")) for p in parts)
        if path.suffix in KINDS and not made and path.is_file():
            found["/".join(parts)] = path.read_text(encoding="utf-8")
    return found


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy what is derived, and the line that it derives from."""
    for pattern in ("_config.yml", *address.DERIVED):
        for file in ROOT.glob(pattern):
            target = tmp_path / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    return tmp_path


def fork(root: Path) -> None:
    config = root / "_config.yml"
    text = config.read_text(encoding="utf-8")
    old = yaml.safe_load(text)["repository"]
    text = text.replace(f"url: {old['url']}", f"url: {FORK}")
    config.write_text(text.replace(f"branch: {old['branch']}", f"branch: {BRANCH}"), "utf-8")


def test_everything_agrees_with_the_line() -> None:
    assert address.main(["--check"]) == 0


def test_no_other_file_spells_the_address() -> None:
    url = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]
    holds = {name for name, text in texts(ROOT).items() if url in text}
    allowed = {f.relative_to(ROOT).as_posix() for p in address.DERIVED for f in ROOT.glob(p)}
    assert holds - allowed == {"_config.yml"}
    assert "notebooks/01_first_layer.ipynb" in holds


def test_a_fork_changes_one_line(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = address.address_in(copy)
    fork(copy)
    assert address.main(["--root", str(copy), "--check"]) == 1
    assert address.main(["--root", str(copy)]) == 0
    assert FORK in capsys.readouterr().out
    assert [name for name, text in texts(copy).items() if old in text] == []
    for notebook in sorted(copy.rglob("*.ipynb")):
        cells = nbformat.read(notebook, as_version=4).cells
        set_up = next(c.source for c in cells if c.cell_type == "code")
        assert f'%pip install -q "alexnet-lab @ git+{FORK}@{BRANCH}"' in set_up
        for cell in cells:  # a released assignment still knows its own cells
            assert cell.metadata.get("nbgrader", {}).get("checksum") in (None, checksum(cell))
    # Once is enough, and the way back leads to what was there.
    assert address.main(["--root", str(copy), "--check"]) == 0
    shutil.copyfile(ROOT / "_config.yml", copy / "_config.yml")
    assert address.main(["--root", str(copy)]) == 0
    assert texts(copy) == {name: (ROOT / name).read_text("utf-8") for name in texts(copy)}


@pytest.mark.parametrize(
    "url", ["git@github.com:a/b.git", "https://github.com/a", "https://x.org/a/b"]
)
def test_an_address_that_is_none_is_refused(
    copy: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = copy / "_config.yml"
    config.write_text(
        re.sub(r"url: \S+", f"url: {url}", config.read_text("utf-8"), count=1), "utf-8"
    )
    before = texts(copy)
    assert address.main(["--root", str(copy)]) == 2
    assert url in capsys.readouterr().err
    assert texts(copy) == before
