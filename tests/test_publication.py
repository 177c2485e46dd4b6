"""What the project says of itself to GitHub, to citation tools and to conda."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml
from built import call

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
