"""ONNX Runtime Web for the book: two files of one pinned version, fetched once and checked.

They are too large to be kept in the repository and are in no Python package. In this order:

1. ``ALEXNET_LAB_RUNTIME``, a folder with the files or the package's ``.tgz``, for machines without
   a network;
2. the cache, where the next build finds them;
3. ``npm pack``, where npm is installed: with its own settings, a company's registry among them;
4. the public npm registry, by Python.

Whatever brought the package, its SHA-512 must be the one below. A book without the runtime builds
as well; its pages then say that the network cannot run in them.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

VERSION = "1.30.0"
# As `npm view onnxruntime-web@1.30.0 dist.integrity` prints it.
INTEGRITY = (
    "sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZ"
    "ClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
)
MODULE, WASM = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"
FILES = (MODULE, WASM)
REGISTRY = "https://registry.npmjs.org"
TIMEOUT_S = 300
LARGEST = 64 << 20  # bytes; the package has 33 million


class UnavailableError(Exception):
    """Why the runtime cannot be had, in a line."""


def runtime_folder(cache: Path) -> Path:
    """Return a folder that holds `FILES`.

    Parameters
    ----------
    cache : Path
        Where the files are kept for the next time.

    Raises
    ------
    UnavailableError
        When no way leads to them.
    """
    given = os.environ.get("ALEXNET_LAB_RUNTIME")
    if given and Path(given).is_dir():
        if not _complete(Path(given)):
            raise UnavailableError(f"ALEXNET_LAB_RUNTIME={given} lacks {' or '.join(FILES)}")
        return Path(given)
    folder = cache / f"onnxruntime-web-{VERSION}"
    if _complete(folder) and not given:
        return folder
    with tempfile.TemporaryDirectory() as scratch:
        package = Path(given) if given else _fetch(Path(scratch))
        unpack(package, folder)
    return folder


def _complete(folder: Path) -> bool:
    return all((folder / name).is_file() for name in FILES)


def _fetch(scratch: Path) -> Path:
    reasons = []
    for way in (_by_npm, _by_python):
        try:
            return way(scratch)
        except UnavailableError as error:
            reasons.append(str(error))
    raise UnavailableError("; ".join(reasons))


def _by_npm(scratch: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise UnavailableError("npm is not installed")
    try:
        subprocess.run(
            [npm, "pack", f"onnxruntime-web@{VERSION}", "--silent", "--pack-destination", scratch],
            check=True,
            capture_output=True,
            timeout=TIMEOUT_S,
            cwd=scratch,
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", b"") or str(error).encode()
        line = said.decode("utf-8", "replace").strip().splitlines()[:1]
        raise UnavailableError(f"npm pack failed ({' '.join(line)})") from error
    return next(scratch.glob("*.tgz"))


def _by_python(scratch: Path) -> Path:
    address = f"{REGISTRY}/onnxruntime-web/-/onnxruntime-web-{VERSION}.tgz"
    package = scratch / "fetched.tgz"
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            package.write_bytes(answer.read(LARGEST + 1))
    except (OSError, urllib.error.URLError) as error:
        raise UnavailableError(f"the npm registry does not answer ({error})") from error
    return package


def unpack(package: Path, folder: Path) -> None:
    """Check a package and put its two files into `folder`, whole or not at all.

    Raises
    ------
    UnavailableError
        When it is not the pinned package.
    """
    try:
        found = hashlib.sha512(package.read_bytes()).digest()
    except OSError as error:
        raise UnavailableError(f"cannot read {package}: {error.strerror}") from error
    if f"sha512-{base64.b64encode(found).decode()}" != INTEGRITY:
        raise UnavailableError(
            f"{package.name} is not onnxruntime-web {VERSION}: its SHA-512 differs"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(package) as archive:
        for name in FILES:
            member = archive.extractfile(f"package/dist/{name}")
            if member is None:
                raise UnavailableError(f"{package.name} holds no dist/{name}")
            with tempfile.NamedTemporaryFile(dir=folder, delete=False) as scratch:
                shutil.copyfileobj(member, scratch)
            Path(scratch.name).chmod(0o644)
            Path(scratch.name).replace(folder / name)


def tell(reason: str) -> None:
    """Say on standard error that this book comes without; a warning would fail the build."""
    print(
        f"This book is built without ONNX Runtime Web: {reason}. Its pages will say that the"
        " network cannot run in them. With npm or a connection, build it once more.",
        file=sys.stderr,
    )
