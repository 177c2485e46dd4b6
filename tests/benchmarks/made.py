"""Records made by hand, for the tests of this folder."""

from __future__ import annotations

from typing import Any


def machine(processor: str = "AMD EPYC", **changed: Any) -> dict[str, Any]:
    about: dict[str, Any] = {
        "processor": processor,
        "features": ["AVX512_BF16", "AVX-512"],
        "cores": 2,
        "threads": 2,
        "busy": 0.0,
        "torch": "2.14.1",
        "python": "3.11.7",
        "date": "2026-11-22",
    }
    return {**about, **changed}


def record(benchmark: str, figures: list[dict[str, Any]], **changed: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "format": 1,
        "benchmark": benchmark,
        "machine": machine(),
        "options": {"batch": 128},
        "seconds": 60.0,
        "figures": figures,
        "data": {},
    }
    return {**made, **changed}


def step_record(ratio: float = 4.2, passed: bool = False, **changed: Any) -> dict[str, Any]:
    figure = {
        "what": "training step, batch 128",
        "value": 2.0,
        "unit": "s",
        "peer": "plain",
        "peer_value": 8.4,
        "ratio": ratio,
        "low": 4.1,
        "high": 5.2,
        "turns": 5,
        "target": "ratio ≥ 6",
        "passed": passed,
    }
    data = {
        "plain": {"step_s": 8.4, "products_s": 3.8},
        "ours": {"step_s": 2.0, "products_s": 1.5},
    }
    return record("training_step", [figure], data=data, **changed)


def a_pass(layer: str, which: str, flop: int, size: int, seconds: float) -> dict[str, Any]:
    """Return a pass on a machine of 1000 GFLOP/s and 10 GB/s."""
    of_peak, of_bandwidth = flop / seconds / 1e12, size / seconds / 1e10
    return {
        "layer": layer,
        "kind": "conv",
        "pass": which,
        "flop": flop,
        "bytes": size,
        "seconds": seconds,
        "of_peak": [of_peak] * 3,
        "of_bandwidth": [of_bandwidth] * 3,
    }


def roofline_record(**changed: Any) -> dict[str, Any]:
    data = {
        "batch": 128,
        "gemm_side": 4096,
        "peak_flops": 1e12,
        "float32_flops": 1.5e11,
        "bandwidth": 1e10,
        "passes": [
            a_pass("conv1", "forward", 10**11, 10**9, 0.2),  # 500 GFLOP/s, 100 FLOP a byte
            a_pass("conv1", "backward, weights", 10**11, 10**9, 0.4),
            a_pass("relu1", "forward", 0, 10**9, 0.1),
        ],
        "step": a_pass("training step", "whole", 2 * 10**11, 4 * 10**9, 1.0),
    }
    return record("roofline", [], data=data, **changed)


def scaling_record(**changed: Any) -> dict[str, Any]:
    def row(x: int, work: float, step: float, forward: float) -> dict[str, Any]:
        ratios = {"step": [step] * 3, "forward": [forward] * 3}
        return {"x": x, "work": work, **ratios, "step_s": 2 * step, "forward_s": forward}

    data = {
        "reference": {"size": 224, "batch": 32},
        "sizes": [row(64, 0.1, 0.2, 0.15), row(224, 1.0, 1.0, 1.0)],
        "batches": [row(1, 1 / 32, 0.25, 0.125), row(32, 1.0, 1.0, 1.0)],
        "threads": [row(1, 1.0, 1.8, 1.9), row(2, 1.0, 1.0, 1.0)],
        "workers": [{"x": "ours, no workers", "images_a_second": 900.0, "gain": [3.0] * 3}],
    }
    return record("scaling", [], data=data, **changed)


def gpu_record(**changed: Any) -> dict[str, Any]:
    check = {"name": "fp16", "what": "it trains", "verdict": "not measured", "why": "no GPU"}
    data = {"device": "no GPU here", "checks": [{**check, "seconds": 1.0}]}
    return record("gpu_check", [], data=data, **changed)
