"""Run a widget's page-free module in node, on a case that PyTorch has worked out."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import alexnet_lab

WIDGETS = Path(alexnet_lab.__file__).parent / "widgets"


def run_node(module: str, body: str, case: dict[str, Any]) -> Any:
    """Return what `body`, a function's body that sees `core` and `given`, returns."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    script = f"""
import * as core from {json.dumps((WIDGETS / module).as_uri())};
import {{ readFileSync }} from "node:fs";
const given = JSON.parse(readFileSync(0, "utf8"));
const result = ((core, given) => {{ {body} }})(core, given);
process.stdout.write(JSON.stringify(result));
"""
    done = subprocess.run(
        [node, "--input-type=module", "-e", script],
        input=json.dumps(case),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
