"""A container's command line, held to what the teachers' page promises; that needs no daemon.

`test_hostile` runs real containers where `ALEXNET_LAB_TEST_IMAGE` names an image.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from alexnet_lab.classroom.grading import worker
from alexnet_lab.classroom.grading.protocol import Config
from alexnet_lab.classroom.grading.sandbox import choose
from alexnet_lab.classroom.secret import VARIABLE
from alexnet_lab.classroom.settings import Settings
from alexnet_lab.errors import UserError

# Knows one image; its containers hang. Writes down what it is asked.
FAKE = """#!/bin/sh
echo "$@" >> "${0%/*}/asked"
[ "$1 $2 $3" = "image inspect course:1" ] && exit 0
[ "$1" = run ] && exec /bin/sleep 600
echo "Error: No such image: $3" >&2
exit 1
"""


@pytest.fixture(autouse=True)
def _engine(tmp_path, monkeypatch) -> None:
    program = tmp_path / "docker"
    program.write_text(FAKE)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(VARIABLE, "a secret of the course")


def test_nothing_of_the_teachers_goes_in() -> None:
    box = choose("docker", "course:1")
    settings = Settings(all_memory_mb=100, processes=7, folder_mb=5)
    command = box.command(["numpy"], settings)
    given = list(pairwise(command))
    for pair in (
        ("--network", "none"),
        ("--cap-drop", "ALL"),
        ("--security-opt", "no-new-privileges"),
        ("--pids-limit", "23"),
        ("--memory", "2148m"),
        ("--memory-swap", "2148m"),
        ("--tmpfs", "/jobs:rw,mode=1777,size=5m"),
        ("--tmpfs", "/private:rw,mode=1777,size=5m"),
    ):
        assert pair in given
    assert {"--rm", "--read-only", "--interactive"} <= set(command)
    user, group = command[command.index("--user") + 1].split(":")
    assert int(user) == int(group) >= 20_000
    # No folder of this machine, no terminal, no rights, no secret.
    for flag in ("-v", "--volume", "--mount", "-t", "--tty", "--privileged", "--pid", "--device"):
        assert flag not in command
    assert not [word for word in command if "secret" in word]
    assert not [word for word in command if word.startswith(("--volume", "--mount", "--env-file"))]
    *_, image, python, module, name, config = command
    assert (image, python, module) == ("course:1", "python", "-m")
    assert name == "alexnet_lab.classroom.grading.server"
    assert Config.loads(config) == Config("/jobs", "/private", ["numpy"], settings)
    assert box.words == "docker, image course:1, no network, no capabilities, a user of its own"


def test_each_container_has_a_name_and_a_user_of_its_own() -> None:
    box = choose("docker", "course:1")
    commands = [box.command([], Settings()) for _ in range(8)]
    names = [command[command.index("--name") + 1] for command in commands]
    assert len(set(names)) == 8
    assert len({command[command.index("--user") + 1] for command in commands}) > 1


def test_stopping_removes_the_container_and_not_only_its_client(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(worker, "START_SECONDS", 0.5)
    with (
        worker.Worker(choose("docker", "course:1"), [], Settings()) as late,
        pytest.raises(UserError, match="did not start"),
    ):
        late.start()
    asked = (tmp_path / "asked").read_text().splitlines()
    run = next(line for line in asked if line.startswith("run ")).split()
    assert asked[-1] == f"rm --force --volumes {run[run.index('--name') + 1]}"


def test_the_client_is_given_the_teachers_variables_and_the_container_none(monkeypatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///somewhere")
    box = choose("docker", "course:1")
    assert box.environment()["DOCKER_HOST"] == "unix:///somewhere"
    assert not [word for word in box.command([], Settings()) if "somewhere" in word]


def test_podman_takes_dockers_place(tmp_path) -> None:
    (tmp_path / "docker").rename(tmp_path / "podman")
    box = choose("docker", "course:1")
    assert box.engine == str(tmp_path / "podman")
    assert box.words.startswith("podman, image course:1")
    assert box.command([], Settings())[0] == box.engine


def test_what_is_missing_is_said(monkeypatch, tmp_path) -> None:
    with pytest.raises(UserError, match="needs --image IMAGE"):
        choose("docker")
    with pytest.raises(UserError, match="does not know the image 'other': Error: No such image"):
        choose("docker", "other")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(UserError, match="neither docker nor podman is installed"):
        choose("docker", "course:1")
