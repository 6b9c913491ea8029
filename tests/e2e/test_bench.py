#!/usr/bin/env python3
"""The benchmark's program, on very few records: every id is there with a positive median, and its verdict agrees with its
goal. This test does not judge how fast anything is."""
import json
import pathlib
import re
import subprocess
import sys

from support import ROOT, main

sys.path.insert(0, str(ROOT / "tests/bench"))
from figures import MEANINGS, at_least  # noqa: E402

RECORDS = 200
NUMBERS = {"recall.{n}": RECORDS // 10}
DIFFERENCES = ("fanout.extra.", "fanout.live.extra.")  # of so few records that noise may take them below nothing
ELSEWHERE = ("policy.official", "policy.faster", "peers.", "growth.")  # need a registry, other servers, two sizes
KEYS = {"id", "n", "median", "spread", "unit", "ceiling", "ratio", "goal", "met"}


def tell(checks, build, folder, nodes):
    if re.search(r"^TIDEGATE_SANITIZE:\w+=.+$", (build / "CMakeCache.txt").read_text(), re.MULTILINE):
        checks.check("sanitized builds are not measured", not (build / "tests/bench/bench_rooms").exists())
        return
    if not (build / "tests/bench/bench_rooms").exists():
        checks.check("the benchmarks are built where Google Benchmark is installed", not benchmark_installed())
        return
    out = folder / "figures.json"
    result = subprocess.run([ROOT / "tests/bench/run", "--build", build, "--records", str(RECORDS), "--json", out],
                            capture_output=True, text=True, timeout=500)
    if not checks.check("tests/bench/run ends well", result.returncode == 0, (result.stdout + result.stderr)[-1500:]):
        return
    document = json.loads(out.read_text())
    checks.check("the document has machine, commit and figures", set(document) == {"machine", "commit", "figures"})
    checks.check("the machine is told with the versions that count", document["machine"]["versions"].get("liblmdb-dev"))
    found = {figure["id"]: figure for figure in document["figures"]}
    for meaning in MEANINGS:
        if meaning.id.startswith(ELSEWHERE):
            continue
        identifier = meaning.id.replace("{n}", str(3 if meaning.id.startswith("fanout.") else NUMBERS.get(meaning.id, RECORDS)))
        figure = found.get(identifier)
        if not figure:
            checks.check(f"{identifier} was measured", False)
            continue
        goal, median = figure["goal"], figure["median"]
        right = None if goal is None else (median >= goal if at_least(figure["unit"]) else median <= goal)
        checks.check(f"{identifier} has a positive median and a true verdict",
                     set(figure) == KEYS and (median > 0 or identifier.startswith(DIFFERENCES)) and figure["met"] == right and figure["unit"] == meaning.unit,
                     str(figure))


def benchmark_installed():
    return pathlib.Path("/usr/include/benchmark/benchmark.h").exists()


if __name__ == "__main__":
    sys.exit(main(tell))
