"""The parts of the benchmark that decide, without a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import accounting, figures, wrk
from harness.callgrind import instructions_by_object
from harness.measure import Sample

WRK_OUTPUT = """\
Running 1s test @ http://127.0.0.1:1/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   130.00us   52.00us   2.00ms   90.00%
    Req/Sec   100.00k     1.00k  101.00k    60.00%
  Latency Distribution
     50%  128.00us
     75%  150.00us
     90%  190.00us
     99%    1.25ms
  100000 requests in 1.00s, 10.00MB read
Requests/sec: 100000.00
Transfer/sec:     10.00MB
"""

PROFILE = """\
events: Ir

ob=(1) /usr/bin/python3
fn=(1) main
10 5
+2 7
cob=(2) /usr/lib/_core.abi3.so
cfn=(2) serve
calls=1 20
* 100

ob=(2)
fn=(2)
20 90
cob=(1)
cfn=(3) helper
calls=2 0
+1 10

ob=(1)
fn=(3)
30 10

totals: 112
"""


def test_wrk_output_is_read() -> None:
    result = wrk.parse(WRK_OUTPUT)
    assert result.requests == 100000
    assert result.p50_seconds == pytest.approx(128e-6)
    assert result.p99_seconds == pytest.approx(1.25e-3)
    assert result.connections_in_flight == pytest.approx(13.0)


@pytest.mark.parametrize(
    "complaint",
    [
        "  Socket errors: connect 0, read 3, write 0, timeout 0",
        "  Non-2xx or 3xx responses: 12",
    ],
)
def test_a_complaint_of_wrk_is_an_error(complaint: str) -> None:
    with pytest.raises(wrk.LoadError, match=complaint.strip()):
        wrk.parse(WRK_OUTPUT + complaint + "\n")


def test_callees_are_counted_once(tmp_path: Path) -> None:
    profile = tmp_path / "profile.1"
    profile.write_text(PROFILE)
    assert instructions_by_object(profile) == {"python3": 22, "_core.abi3.so": 90}


def test_a_profile_cut_short_is_refused(tmp_path: Path) -> None:
    profile = tmp_path / "profile.1"
    profile.write_text(PROFILE.replace("30 10\n", ""))
    with pytest.raises(ValueError, match="102 of 112"):
        instructions_by_object(profile)


def sample(cpu: float, error: str = "") -> Sample:
    return Sample(figures={"cpu_us": cpu}, error=error)


def test_ratios_are_taken_inside_a_round_against_the_best() -> None:
    samples = {
        "hello": {
            "swiftcorn": [sample(10), sample(20), sample(30)],
            "bjoern": [sample(20), sample(20), sample(100)],
            "fastwsgi": [sample(40), sample(10), sample(50, error="refused")],
        }
    }
    others = ("hello/bjoern", "hello/fastwsgi")
    found = figures.ratio(samples, "cpu_us", "hello/swiftcorn", others)
    assert found == figures.Spread(median=0.5, low=0.3, high=2.0)


def test_a_failed_measurement_is_named() -> None:
    samples = {"hello": {"nginx": [sample(1), sample(1, error="refused")]}}
    assert figures.errors(samples) == ["hello/nginx, round 2: refused"]


def test_targets_name_rows_that_exist() -> None:
    from harness.scenarios import all_scenarios

    rows = {f"{s.key}/{row.key}" for s in all_scenarios().values() for row in s.rows}
    for target in figures.TARGETS:
        assert {target.ours, *target.others} <= rows


def test_the_meters_count_this_session() -> None:
    import os

    meter = accounting.SessionMeter()
    meter.adopt(os.getsid(0))
    assert os.getpid() in meter.processes()
    assert meter.nanoseconds() > 0
