"""Run a widget's page-free module in node, on a case that PyTorch has worked out."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from alexnet_lab.widgets._runtime.link import FOLDER, link

RUN = """
import { readFileSync } from "node:fs";
import * as core from "./core.mjs";
const given = JSON.parse(readFileSync(0, "utf8"));
const result = await ((core, given) => { BODY })(core, given);
process.stdout.write(JSON.stringify(result) ?? "null");
"""


def run_node(module: str, body: str, case: dict[str, Any] | list[str]) -> Any:
    """Return what `body`, a function's body that sees `core` and `given`, returns.

    `core` holds the module's exports. The text is linked as in a notebook, so this does not
    depend on how node takes a file that ends in ``.js``.
    """
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "core.mjs").write_text(link(FOLDER / module), encoding="utf-8")
        (Path(folder) / "run.mjs").write_text(RUN.replace("BODY", body), encoding="utf-8")
        done = subprocess.run(
            [node, str(Path(folder) / "run.mjs")],
            input=json.dumps(case),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
