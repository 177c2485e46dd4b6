"""The linker: one text does what the modules did, or an error says which file and statement."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from alexnet_lab.widgets._runtime.link import LinkError, link, modules


@pytest.fixture(autouse=True)
def fresh() -> None:
    link.cache_clear()


def write(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name.replace('_', '-')}.js").write_text(text, encoding="utf-8")
    return folder / "main.js"


def run(folder: Path, main: Path) -> Any:
    """Return the `value` of a linked module's default export, from node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    text = folder / "linked.mjs"
    text.write_text(link(main), encoding="utf-8")
    code = f"import m from {json.dumps(text.as_uri())}; console.log(JSON.stringify(m.value))"
    done = subprocess.run(
        [node, "--input-type=module", "-e", code], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_names_of_modules_do_not_meet(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        base="let calls = 0;\nexport function count() {\n  calls += 1;\n  return calls;\n}\n",
        one='import { count } from "./base.js";\nconst own = 10;\n'
        "export const one = () => own + count();\n",
        two_core='import {\n  count as other,\n} from "./base.js";\nconst own = 100;\n'
        "export class Two {\n  get() {\n    return own + other();\n  }\n}\n",
        main='import { one } from "./one.js";\nimport { Two } from "./two-core.js";\n'
        "const own = 1000;\nexport default { value: [one(), new Two().get(), own] };\n",
    )
    # base.js ran once: both importers count on.
    assert run(tmp_path, main) == [11, 102, 1000]


@pytest.mark.parametrize(
    ("modules", "word"),
    [
        ({"main": 'import kit from "./kit.js";'}, "not a form"),
        ({"main": 'import * as kit from "./kit.js";'}, "not a form"),
        ({"main": 'import { a } from "../../up/kit.js";'}, "not a form"),
        ({"main": 'import { a } from "https://cdn.example/kit.js";'}, "not a form"),
        ({"main": 'import { a } from "./kit.js";'}, "/kit.js"),
        ({"main": 'import { b } from "./kit.js";', "kit": "export const a = 1;"}, "no 'b'"),
        (
            {"main": 'import { a } from "./kit.js";', "kit": "const a = 1;\nexport { a };"},
            "export {",
        ),
        ({"main": 'import { a } from "./kit.js";', "kit": "export let a = 1;"}, "export let"),
        ({"main": 'import { a } from "./kit.js";', "kit": "export default 1;"}, "export default"),
        ({"main": 'import { a } from "./kit.js";', "kit": "await 0;"}, "await"),
        (
            {
                "main": 'import { a } from "./kit.js";',
                "kit": 'import { b } from "./main.js";\nexport const a = b;',
            },
            "circle",
        ),
    ],
)
def test_other_forms_are_one_line(tmp_path: Path, modules: dict, word: str) -> None:
    with pytest.raises(LinkError) as said:
        link(write(tmp_path, **modules))
    assert word in str(said.value)
    assert "\n" not in str(said.value)


def test_modules_of_one_name_in_two_folders_do_not_meet(tmp_path: Path) -> None:
    """Each widget has a core.js; what they share is in a folder beside them."""
    for folder in ("mine", "other", "_shared"):
        (tmp_path / folder).mkdir()
    write(tmp_path / "_shared", core="let calls = 0;\nexport const next = () => (calls += 1);\n")
    write(
        tmp_path / "other",
        core='import { next } from "../_shared/core.js";\nexport const two = () => 20 + next();\n',
    )
    main = write(
        tmp_path / "mine",
        core="export const one = () => 1;\n",
        main='import { one } from "./core.js";\nimport { two } from "../other/core.js";\n'
        'import { next } from "../_shared/core.js";\n'
        "export default { value: [one(), two(), next()] };\n",
    )
    assert run(tmp_path, main) == [1, 21, 2]
    assert modules(main) == {
        tmp_path / name
        for name in ("mine/main.js", "mine/core.js", "other/core.js", "_shared/core.js")
    }
