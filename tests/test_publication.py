"""What the project says of itself to GitHub, to citation tools and to conda."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import colab
import oldest
import pytest
import yaml
from built import call
from installed import normal
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
GITHUB = ROOT / ".github"
FORMS = sorted(
    set((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")) - {GITHUB / "ISSUE_TEMPLATE/config.yml"}
)


def check(schema: str, *files: Path) -> None:
    """Hold files against a schema that check-jsonschema ships; nothing is downloaded."""
    call(sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files)


def read(file: Path) -> dict:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def test_citation_is_valid() -> None:
    check("vendor.citation-file-format", ROOT / "CITATION.cff")


def test_issue_forms_are_valid() -> None:
    assert [form.stem for form in FORMS] == ["bug", "exercise", "fact"]
    check("vendor.github-issue-forms", *FORMS)
    check("vendor.github-issue-config", GITHUB / "ISSUE_TEMPLATE" / "config.yml")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_issue_forms_ask_little(form: Path) -> None:
    fields = read(form)["body"]
    assert len(fields) <= 4
    assert len({field["id"] for field in fields}) == len(fields)


WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
every_workflow = pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)


def jobs(file: Path) -> dict[str, Any]:
    return read(file)["jobs"]


def steps(file: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(file).values() for step in job.get("steps", ())]


def used() -> set[str]:
    return {step["uses"] for file in WORKFLOWS for step in steps(file) if "uses" in step}


def test_workflows_are_valid() -> None:
    assert [file.stem for file in WORKFLOWS] == ["book", "preview", "test", "weekly"]
    check("vendor.github-workflows", *WORKFLOWS)
    check("vendor.dependabot", GITHUB / "dependabot.yml")


@pytest.mark.parametrize(
    "command", [("actionlint",), ("zizmor", "--offline", "--min-severity=medium", ".github")]
)
def test_linters_of_workflows_find_nothing(command: tuple[str, ...]) -> None:
    """CI installs both; neither is needed to work on the project."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]} on the path")
    call(*command, cwd=ROOT)


@every_workflow
def test_workflows_may_do_little(file: Path) -> None:
    """Nothing but reading, unless a job says which right it needs; no secret; an end."""
    assert read(file)["permissions"] in ({}, {"contents": "read"})
    text = file.read_text(encoding="utf-8")
    assert "pull_request_target" not in text
    assert "secrets." not in text
    assert read(file)["concurrency"]["group"]
    assert [
        name for name, job in jobs(file).items() if not {"timeout-minutes", "uses"} & set(job)
    ] == []
    rights = {right for job in jobs(file).values() for right in job.get("permissions", {}).items()}
    assert rights <= {
        ("actions", "read"),
        ("id-token", "write"),
        ("issues", "write"),
        ("pages", "write"),
        ("pull-requests", "write"),
    }


@every_workflow
def test_a_job_with_rights_runs_no_code_of_a_pull_request(file: Path) -> None:
    for name, job in jobs(file).items():
        if "write" in job.get("permissions", {}).values():
            for step in job["steps"]:
                assert "run" not in step, name
                assert not re.match("actions/(checkout|download)", step["uses"]), name
                assert "${{" not in step.get("with", {}).get("script", ""), name


def test_actions_are_githubs_own_and_of_one_version() -> None:
    assert [name for name in used() if not re.fullmatch(r"actions/[a-z-]+@v\d+", name)] == []
    assert len({name.split("@")[0] for name in used()}) == len(used())


def test_checkouts_keep_no_token() -> None:
    for file in WORKFLOWS:
        for step in steps(file):
            if step.get("uses", "").startswith("actions/checkout"):
                assert step["with"] == {"persist-credentials": False}


def test_what_workflows_call_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = " ".join(step.get("run", "") for file in WORKFLOWS for step in steps(file))
    targets = set(re.findall(r"\bmake (\w+)", commands))
    assert targets == {"colab", "site", "test"}
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.M)] == []
    for name in re.findall(r"(?:tools|tests)/[\w./-]+", commands):
        assert (ROOT / name).exists(), name


def test_the_oldest_and_the_newest_are_tested() -> None:
    project = pyproject()["project"]
    pythons = jobs(GITHUB / "workflows/test.yml")["test"]["strategy"]["matrix"]["python"]
    assert len(pythons) == 3
    assert project["requires-python"] == f">={pythons[0]}"
    (setup,) = [
        step["with"]["python-version"]
        for step in jobs(GITHUB / "workflows/test.yml")["oldest"]["steps"]
        if "setup-python" in step.get("uses", "")
    ]
    assert setup == pythons[0]
    constraints = oldest.oldest(project["dependencies"])
    # Every dependency has a floor, and every floor is tested.
    assert len(constraints) == len(project["dependencies"])
    assert constraints[0] == "torch==2.4.*"


def pyproject() -> dict[str, Any]:
    return oldest.tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_conda_and_binder_install_what_pyproject_lists() -> None:
    """environment.yml adds an interpreter, pip and make; every library comes by pyproject.toml.

    Binder reads the same file: nothing that would take its place stands beside it.
    """
    needs = read(ROOT / "environment.yml")["dependencies"]
    (by_pip,) = [need["pip"] for need in needs if isinstance(need, dict)]
    (extra,) = re.findall(r"^--editable \.\[(\w+)\]$", "\n".join(by_pip), re.M)
    assert len([need for need in by_pip if "-index-url" not in need]) == 1
    extras = pyproject()["project"]["optional-dependencies"]
    # What a notebook in the browser needs beyond the package.
    assert any(need.startswith("jupyterlab") for need in extras[extra])
    by_conda = {re.split(r"[=<>]", need)[0]: need for need in needs if isinstance(need, str)}
    assert set(by_conda) == {"python", "pip", "make"}
    python = by_conda["python"].removeprefix("python=")
    assert python in jobs(GITHUB / "workflows/test.yml")["test"]["strategy"]["matrix"]["python"]
    for other in ("binder", ".binder", "requirements.txt", "Pipfile", "setup.py", "Dockerfile"):
        assert not (ROOT / other).exists()


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):", makefile, re.M))


def test_the_devcontainer_makes_what_there_is() -> None:
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    container = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.M))
    wanted = re.findall(r"make ([a-z -]+)", container["updateContentCommand"])
    wanted += re.findall(r"make ([a-z -]+)", container["postAttachCommand"]["book"])
    assert [word for words in wanted for word in words.split()] == ["install-dev", "book", "serve"]
    assert {"install-dev", "book", "serve"} <= targets()
    assert "whl/cpu" in container["containerEnv"]["PIP_EXTRA_INDEX_URL"]
    assert 8000 in container["forwardPorts"]


def test_commits_are_checked_by_the_tools_of_make() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for hook in hooks:
        script, program, *_ = hook["entry"].split()
        assert os.access(ROOT / script, os.X_OK)
        assert f"$(BIN)/{program}" in makefile
    told = subprocess.run(
        [ROOT / "tools" / "in_environment", "ruff"],
        env={**os.environ, "VIRTUAL_ENV": "/nowhere"},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 2
    assert told.stderr == 'no ruff in /nowhere: run "make install-dev" first\n'


def test_decisions_are_dated_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    notes = sorted(path.name for path in folder.glob("*.md") if path.name != "README.md")
    listed = re.findall(r"\]\(([^)]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == notes
    assert len(notes) >= 6
    for name in notes:
        text = (folder / name).read_text(encoding="utf-8")
        day = re.fullmatch(r"(\d{4}-\d\d-\d\d)-[a-z0-9-]+\.md", name)
        assert day
        assert f"\n{day[1]}. " in text
        for part in ("**Decision.**", "**Why.**", "**Looked at.**", "**What would change it.**"):
            assert part in text, (name, part)


def test_colabs_list_and_the_weekly_run_name_one_python() -> None:
    text = (ROOT / "tools" / "colab-packages.txt").read_text(encoding="utf-8")
    (python,) = re.findall(r"of \d{4}-\d\d-\d\d; Python (3\.\d+)\.", text)
    weekly = yaml.safe_load((ROOT / ".github/workflows/weekly.yml").read_text(encoding="utf-8"))
    (step,) = [s for s in weekly["jobs"]["colab"]["steps"] if "setup-python" in s.get("uses", "")]
    assert step["with"]["python-version"] == python


def test_the_package_admits_colabs_versions() -> None:
    listed = colab.listed((ROOT / "tools" / "colab-packages.txt").read_text(encoding="utf-8"))
    project = pyproject()["project"]
    needs = [Requirement(text) for text in project["dependencies"]]
    names = {normal(need.name) for need in needs}
    assert names - set(listed) == {"captum", "torchinfo", "lazy-loader", "markdown-it-py"}
    for need in needs:
        version = listed.get(normal(need.name))
        assert version is None or need.specifier.contains(version), (need, version)


def test_colabs_list_is_renewed_from_theirs() -> None:
    text = "# of 2026-08-19\nipywidgets==7.7.1\nscikit-image==0.25.2\n"
    freeze = "scikit_image==0.26\nother @ file:///x.tar.gz\nipywidgets==8.1.9\ntorch==3+cu1\n"
    assert colab.renew(text, freeze) == "# of 2026-08-19\nipywidgets==8.1.9\nscikit-image==0.26\n"
    with pytest.raises(ValueError, match="traitlets: Colab no longer has it"):
        colab.renew("traitlets==5\n", freeze)
