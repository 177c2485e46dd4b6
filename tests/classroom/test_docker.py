"""Docker's command line, held to what the teachers' page promises; no daemon is needed for that."""

from __future__ import annotations

from itertools import pairwise

import pytest

from alexnet_lab.classroom import Settings
from alexnet_lab.classroom.sandbox import choose
from alexnet_lab.classroom.secret import VARIABLE
from alexnet_lab.classroom.server import Config
from alexnet_lab.errors import UserError

# Knows one image, as `docker image inspect` does, and nothing else.
FAKE = """#!/bin/sh
[ "$1 $2 $3" = "image inspect course:1" ] && exit 0
echo "Error: No such image: $3" >&2
exit 1
"""


@pytest.fixture(autouse=True)
def _docker(tmp_path, monkeypatch) -> None:
    program = tmp_path / "docker"
    program.write_text(FAKE)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv(VARIABLE, "a secret of the course")


def test_nothing_of_the_teachers_goes_in() -> None:
    box = choose("docker", "course:1")
    settings = Settings(memory_mb=100, processes=7, folder_mb=5)
    command = box.command(["numpy"], settings)
    given = list(pairwise(command))
    for pair in (
        ("--network", "none"),
        ("--cap-drop", "ALL"),
        ("--security-opt", "no-new-privileges"),
        ("--user", "65534:65534"),
        ("--pids-limit", "23"),
        ("--memory", "2148m"),
        ("--memory-swap", "2148m"),
        ("--tmpfs", "/jobs:rw,mode=1777,size=5m"),
        ("--tmpfs", "/private:rw,mode=1777,size=5m"),
    ):
        assert pair in given
    assert {"--rm", "--read-only", "--init", "--interactive"} <= set(command)
    # No folder of this machine, no terminal, no rights, no secret.
    for flag in ("-v", "--volume", "--mount", "-t", "--tty", "--privileged", "--pid", "--device"):
        assert flag not in command
    assert not [word for word in command if "secret" in word]
    assert not [word for word in command if word.startswith(("--volume", "--mount", "--env-file"))]
    *_, image, python, module, name, config = command
    assert (image, python, module) == ("course:1", "python", "-m")
    assert name == "alexnet_lab.classroom.server"
    assert Config.loads(config) == Config("/jobs", "/private", ["numpy"], settings)
    assert box.words == "docker, image course:1, no network, no capabilities, user 65534"


def test_what_is_missing_is_said(monkeypatch, tmp_path) -> None:
    with pytest.raises(UserError, match="needs --image IMAGE"):
        choose("docker")
    with pytest.raises(UserError, match="does not know the image 'other': Error: No such image"):
        choose("docker", "other")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(UserError, match="docker is not installed"):
        choose("docker", "course:1")
