"""All fifteen experiments at scale "smoke", from the command line to a finding."""

from __future__ import annotations

import json

import pytest

from alexnet_lab.cli import main
from alexnet_lab.experiments.claims.registry import find, names
from alexnet_lab.experiments.design.measures import Results
from alexnet_lab.experiments.records.store import Library

# The largest one alone would take half of the time: a third of its arms shows the same.
SOME = {
    "relu_tanh": [
        "four-2012-relu",
        "four-2012-tanh",
        "four-modern-sigmoid",
        "80s-2012-relu",
        "four-lrn-modern-relu",
        "four-mean-modern-tanh",
        "two-2012-relu",
        "six-modern-tanh",
    ]
}


@pytest.mark.parametrize("name", names())
def test_run(name, tmp_path, capsys):
    experiment, library = find(name), Library(tmp_path / "records", also=())
    line = ["experiment", "run", name, "--scale", "smoke", "--device", "cpu"]
    line += ["--records", str(library.folder), "--out", str(tmp_path / "out")]
    line += ["--arms", *SOME[name]] if name in SOME else []
    assert main(line) == 0
    wanted = len(SOME.get(name, experiment.arms or (None,)))
    assert f"{wanted} runs; records in" in capsys.readouterr().out
    files = list(library.folder.glob("*/smoke/*.json"))
    assert len(files) == wanted
    for path in files:
        made = json.loads(path.read_text())
        assert made["data"]["name"] == "photo-patches"
        assert {"cpu", "cores", "threads"} <= set(made["machine"])
        assert {"python", "torch", "alexnet_lab", "git"} <= set(made["versions"])
        assert made["results"]
        assert path.stat().st_size < 20_000
        judged = [i for i, claim in enumerate(experiment.claims) if claim.rule is not None]
        assert set(made["rules"]) >= {f"{name}.{i}" for i in judged}
    results = Results(library.measured(experiment, "smoke"), needed=1)
    for claim in experiment.claims:
        if claim.rule is not None and name not in SOME:
            finding = claim.rule(results)
            assert finding.effect is not None
    assert main(line) == 0
    assert "0 runs" in capsys.readouterr().out, "what is there is not run again"


def test_the_exact_ones_hold(tmp_path):
    """Experiments 11 and 14 are arithmetic: their rules hold for every seed, on every machine."""
    library = Library(tmp_path, also=())
    for name in ("momentum_rule", "dropout_scaling"):
        main(["experiment", "run", name, "--scale", "smoke", "--records", str(tmp_path)])
        results = Results(library.measured(find(name), "smoke"), needed=1)
        record = results.of("")[0]["results"]
        if name == "momentum_rule":
            assert record["before"] < 1e-9
            assert 2 < record["first_step"] <= 10 + 1e-9
        else:
            assert max(record[k] for k in ("training", "test", "learnt")) < 1e-9
            assert record["unscaled"] > 0.01
