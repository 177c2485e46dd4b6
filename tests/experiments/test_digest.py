"""What changes a rule's digest, and what does not."""

from __future__ import annotations

import importlib.util
import linecache

from alexnet_lab.experiments.digest import source_of
from alexnet_lab.experiments.registry import find, names

ONE = '''
LIMIT = 2
def helper(x):
    return x + 1
def rule(x):
    """Say."""
    return helper(x) > LIMIT
'''
SAME = '''
LIMIT = 2
def helper(x):
    """Another docstring,
    of two lines."""
    # and a comment
    return (
        x + 1
    ).__pos__() if False else x + 1
def rule(x):
    return helper(x)   >   LIMIT  # says
'''.replace("(\n        x + 1\n    ).__pos__() if False else x + 1", "x + \\\n        1")


def load(tmp_path, text, name):
    """Import a text as a module of the experiments' room."""
    path = tmp_path / f"{name}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("alexnet_lab.experiments.made_here", path)
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_what_counts(tmp_path):
    one = source_of(load(tmp_path, ONE, "one").rule)
    assert source_of(load(tmp_path, SAME.replace("\\\n        1", "1"), "same").rule) == one
    for number, (before, after) in enumerate(
        [("LIMIT = 2", "LIMIT = 3"), ("x + 1", "x + 2"), ("> LIMIT", ">= LIMIT")]
    ):
        other = load(tmp_path, ONE.replace(before, after), f"other{number}")
        assert source_of(other.rule) != one


def test_each_claim_has_a_digest_of_its_own():
    claims = [c for name in names() for c in find(name).claims if c.rule]
    assert len({c.rule_hash for c in claims}) == len(claims)
    assert all(len(c.rule_hash) == 16 for c in claims)


def test_a_setting_is_what_json_gives_back():
    """A record's setting compares equal to the experiment's own after a round through a file."""
    import json

    for name in names():
        experiment = find(name)
        for scale in experiment.scales:
            for arm in experiment.arms or (None,):
                setting = experiment.setting(scale, arm)
                assert json.loads(json.dumps(setting)) == setting


def test_a_file_that_changes_under_a_running_program_does_not_count(tmp_path):
    module = load(tmp_path, ONE, "one")
    before = source_of(module.rule)
    (tmp_path / "one.py").write_text("# a new first line\n" * 3 + ONE.replace("x + 1", "x + 2"))
    linecache.checkcache()
    assert source_of(module.rule) == before
    # What a rule finds in the program itself does.
    module.LIMIT = 3
    assert source_of(module.rule) != before
