"""Run chapters as Colab would: its packages, an empty folder, the set-up cell for real.

    python tools/colab.py           # every chapter; one line each
    python tools/colab.py 05 A0     # these

The environment has what Colab brings, in the versions of `colab-packages.txt`, which says how it is
renewed; `google.colab` is loaded, as there. pip installs it once into `.make/`; only torch, several
gigabytes, is linked from the environment that runs this, and the first line says which version
that is. The set-up cell is the committed one: its `%pip install` clones the repository's address,
which git is told to look for in a copy of the working tree, builds the package, and installs it
with whatever else is missing, from a folder of wheels packed from what is installed here. Whatever
Colab brought must be there afterwards in the same version.

With ``--here`` the environment has what `BARE` names, in the versions installed here, and no
network is used.

Exit code 0 when every cell of every chapter ran, 1 otherwise; 2 when the packages cannot be had.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

import nbformat
import yaml
from installed import closure, normal
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from built import call, copy_sources  # noqa: E402

LIST = ROOT / "tools" / "colab-packages.txt"
FROM_HERE = ("torch", "torchvision")
BARE = ("torch", "torchvision", "numpy", "matplotlib", "ipywidgets", "ipykernel", "pip")
NOT_PACKED = re.compile(r"\.\./|__pycache__|\.pyc$|/(INSTALLER|REQUESTED|RECORD|direct_url\.json)$")
# What anywidget asks google.colab for.
OUTPUT = """\
class _widgets:
    _installed_url = "https://ssl.gstatic.com/colab/widgets.js"


def enable_custom_widget_manager():
    pass
"""


def listed(text: str) -> dict[str, str]:
    """Return the versions in a list of packages, by normalised name."""
    pairs = re.findall(r"^([\w.-]+)==([\w.]+)", text, re.M)
    return {normal(name): version for name, version in pairs}


def renew(text: str, freeze: str) -> str:
    """Return the list with the versions that Colab's own list has.

    Raises
    ------
    ValueError
        When Colab no longer has one of the packages.
    """
    versions = listed(freeze)

    def line(match: re.Match[str]) -> str:
        if normal(match[1]) not in versions:
            raise ValueError(f"{match[1]}: Colab no longer has it; take it out of {LIST.name}")
        return f"{match[1]}=={versions[normal(match[1])]}"

    return re.sub(r"^([\w.-]+)==\S+$", line, text, flags=re.M)


def colabs(folder: Path = ROOT / ".make") -> dict[str, Distribution]:
    """Install Colab's packages if they are not there yet; return them and this machine's torch.

    Raises
    ------
    subprocess.CalledProcessError
        When pip cannot install them.
    """
    text = LIST.read_text(encoding="utf-8")
    wanted = "\n".join(
        line for line in text.splitlines() if not re.match(r"(#|torch(vision)?==)", line)
    )
    key = hashlib.sha256(f"{sys.version} {wanted}".encode()).hexdigest()[:12]
    place = folder / f"colab-{key}"
    if not (place / "complete").exists():
        venv.create(place, clear=True)
        (place / "wanted.txt").write_text(wanted, encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "--python", place / "bin" / "python", "install"]
        subprocess.run([*pip, "--quiet", "--requirement", place / "wanted.txt"], check=True)
        (place / "complete").touch()
    site = next((place / "lib").glob("python*/site-packages"))
    brought = {normal(each.name): each for each in distributions(path=[str(site)])}
    here = closure(FROM_HERE)
    # Another torch than Colab's may need something newer, which pip would then install.
    for need in (Requirement(text) for name in FROM_HERE for text in here[name].requires or ()):
        name = normal(need.name)
        if name in here and name in brought and brought[name].version not in need.specifier:
            del brought[name]
    return {**here, **brought}


def link_into(site: Path, brought: Iterable[Distribution]) -> None:
    """Link the top-level files and folders of distributions into a `site-packages`."""
    for each in brought:
        for file in each.files or ():
            top = file.parts[0]
            source = Path(str(each.locate_file(top)))
            if top not in ("..", "__pycache__") and source.exists() and not (site / top).exists():
                (site / top).symlink_to(source)


def pack(each: Distribution, folder: Path) -> None:
    """Write an installed distribution as a wheel again."""
    about = each.read_text("WHEEL") or ""
    tag = re.findall(r"^Tag: (.+)$", about, re.M)[0]
    files = [file for file in each.files or () if not NOT_PACKED.search(file.as_posix())]
    stem = next(f.parts[0] for f in files if f.parts[0].endswith(".dist-info"))
    target = folder / f"{stem.removesuffix('.dist-info')}-{tag}.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for file in files:
            if Path(str(each.locate_file(file))).is_file():
                archive.write(str(each.locate_file(file)), file.as_posix())
        names = archive.namelist()
        record = f"{stem}/RECORD"
        archive.writestr(record, "".join(f"{name},,\n" for name in [*names, record]))


class Colab:
    """What the chapters run in; each gets an environment of its own.

    Parameters
    ----------
    folder : Path
        Where the environments are made.
    brought : dict of str to Distribution
        What is there before the set-up cell runs.
    """

    def __init__(self, folder: Path, brought: dict[str, Distribution]) -> None:
        self.folder = folder
        self.base = brought
        config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
        repository = folder / "repository"
        repository.mkdir(parents=True)
        copy_sources(repository)
        git = ["git", "-C", repository, "-c", "user.name=x", "-c", "user.email=x@x.x"]
        call("git", "init", "--quiet", "--initial-branch", config["branch"], repository)
        call(*git, "add", "--all")
        call(*git, "commit", "--quiet", "--message", "as it stands")
        wheels = folder / "wheels"
        wheels.mkdir()
        self.packed = {**closure(["alexnet-lab"]), **closure(["setuptools"])}
        del self.packed["alexnet-lab"]
        for name, each in self.packed.items():
            if name not in self.base or name == "setuptools":  # pip builds with one of its own
                pack(each, wheels)
        kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "OMP_NUM_THREADS", "GOMP_SPINCOUNT")
        self.env = {name: os.environ[name] for name in kept if name in os.environ} | {
            "HOME": str(folder),
            "IPYTHONDIR": str(folder / "ipython"),
            "PYTHONNOUSERSITE": "1",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # the kernel's own warning is not ours
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheels),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{repository.as_uri()}.insteadOf",
            "GIT_CONFIG_VALUE_0": config["url"],
        }

    def environment(self, name: str) -> Path:
        """Make a bare environment; return its Python."""
        place = self.folder / name
        venv.create(place, with_pip=False)
        python = place / "bin" / "python"
        site = Path(call(python, "-c", "import site; print(site.getsitepackages()[0])").strip())
        link_into(site, self.base.values())
        # Beside site-packages: what is linked there may hold a `google` of its own.
        stub = place / "stub" / "google" / "colab"
        stub.mkdir(parents=True)
        (stub / "__init__.py").write_text("from . import output\n", encoding="utf-8")
        (stub / "output.py").write_text(OUTPUT, encoding="utf-8")
        (site / "colab.pth").write_text(
            f"{place / 'stub'}\nimport google.colab\n", encoding="utf-8"
        )
        kernel = place / "share" / "jupyter" / "kernels" / "bare"
        kernel.mkdir(parents=True)
        launch = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        (kernel / "kernel.json").write_text(
            json.dumps({"argv": launch, "display_name": "bare", "language": "python"})
        )
        return python

    def run(self, path: Path, cells: int | None = None) -> str:
        """Run a chapter, or only its first code cells; return a line about it.

        Raises
        ------
        AssertionError
            When a cell fails, with what the set-up cell printed, or something else is not so.
        """
        python = self.environment(path.stem)
        before = subprocess.run(
            [python, "-c", "import alexnet_lab"], capture_output=True, env=self.env, cwd=self.folder
        )
        assert before.returncode != 0, "the package is there before the set-up cell ran"
        alone = self.folder / f"{path.stem}-alone"
        alone.mkdir()
        notebook = nbformat.read(path, as_version=4)
        if cells is not None:
            notebook.cells = [c for c in notebook.cells if c.cell_type == "code"][:cells]
        os.environ["JUPYTER_PATH"] = str(python.parents[1] / "share" / "jupyter")
        times: dict[int, float] = {}

        def remember(cell: object, cell_index: int) -> None:
            times[cell_index] = time.perf_counter()

        client = NotebookClient(
            notebook,
            kernel_name="bare",
            timeout=600,
            on_cell_execute=remember,
            resources={"metadata": {"path": str(alone)}},
        )
        try:
            client.execute(env=self.env, cwd=str(alone))
        except CellExecutionError as error:
            set_up = next(cell for cell in notebook.cells if cell.cell_type == "code")
            said = "".join(output.get("text", "") for output in set_up.outputs).strip()
            raise AssertionError(f"{said}\n{str(error).strip().splitlines()[-1]}") from error
        ended = time.perf_counter()
        code = [n for n in times if notebook.cells[n].cell_type == "code"]
        set_up = times[code[1]] - times[code[0]]
        where = call(
            python, "-c", "import alexnet_lab; print(alexnet_lab.__file__)", env=self.env, cwd=alone
        )
        assert where.startswith(str(python.parents[1])), where
        site = Path(where.strip()).parents[1]
        now = {normal(each.name): each.version for each in distributions(path=[str(site)])}
        replaced = [
            f"{name} {each.version} → {now.get(name)}"
            for name, each in self.base.items()
            if now.get(name) != each.version
        ]
        assert replaced == [], f"replaced: {', '.join(replaced)}"
        left = [file.name for file in alone.iterdir()]
        assert left == [], f"left behind: {left}"
        return (
            f"{path.stem:28} {len(code):3} cells, set-up {set_up:5.1f} s, "
            f"the rest {ended - times[code[1]]:6.1f} s"
        )


def main(arguments: list[str] | None = None) -> int:
    """Run chapters, and print a line each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("only", nargs="*", help="beginnings of file names")
    parser.add_argument("--here", action="store_true", help="what is installed here, no network")
    parser.add_argument("--renew", type=Path, metavar="FREEZE", help="copy Colab's versions")
    args = parser.parse_args(arguments)
    if args.renew:
        text = renew(LIST.read_text(encoding="utf-8"), args.renew.read_text(encoding="utf-8"))
        LIST.write_text(text, encoding="utf-8")
        return 0
    paths = sorted((ROOT / "notebooks").glob("[0-9A][0-9]_*.ipynb"))
    if args.only:
        paths = [path for path in paths if path.name.startswith(tuple(args.only))]
    try:
        brought = closure(BARE) if args.here else colabs()
    except subprocess.CalledProcessError as error:
        print(f"Colab's packages cannot be installed (pip: exit {error.returncode})")
        return 2
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        colab = Colab(Path(folder), brought)
        print(f"{len(brought)} packages: {about(brought)}")
        new = sorted(set(colab.packed) - set(brought))
        print(f"set-up cells install alexnet-lab and, where missing: {', '.join(new)}", flush=True)
        for path in paths:
            try:
                print(colab.run(path), flush=True)
            except AssertionError as error:
                failed.append(path.stem)
                print(f"{path.stem:28} FAILED: {error}", flush=True)
    print(f"{len(paths) - len(failed)} of {len(paths)} chapters run")
    return 1 if failed else 0


def about(brought: dict[str, Distribution]) -> str:
    """Return Python and the versions that matter most, and where they are not Colab's."""
    wanted = listed(LIST.read_text(encoding="utf-8"))
    names = ("torch", "numpy", "matplotlib", "ipython", "ipykernel", "ipywidgets", "traitlets")
    parts = [f"Python {sys.version_info.major}.{sys.version_info.minor}"]
    for name in names:
        version = brought[name].version.split("+")[0]
        note = "" if version == wanted[name] else f" (Colab: {wanted[name]})"
        parts.append(f"{name} {version}{note}")
    return ", ".join(parts)


if __name__ == "__main__":
    raise SystemExit(main())
