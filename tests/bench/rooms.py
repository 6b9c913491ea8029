"""Figures of primitives and rooms, as Google Benchmark measures them, in microseconds."""
import json
import shutil
import subprocess

from nodes import ROOT, told

# The id, the benchmark, the benchmark of its ceiling, the size of the id's unit in µs, and what to divide by: a number, or the
# name of a counter of the benchmark.
ROOMS = [
    ("rooms.commit", "RecordCommit", "CeilingCommitHashes", 1, 1),
    ("rooms.narrow", "RecordNarrow", None, 1, 1),
    ("rooms.verify", "RecordVerify", "CeilingVerifyHashes", 1, 1),
    ("rooms.encode", "RecordEncode", "CeilingCopy", 1, 1),
    ("rooms.decode", "RecordDecode", "CeilingCopy", 1, 1),
    ("rooms.multiproof.prove", "MerkleProveMulti/200/100000", None, 1, 1),
    ("rooms.multiproof.verify", "MerkleVerifyMulti/200/100000", "CeilingMultiHashes/200/100000", 1, 1),
    ("rooms.decision.table", "PolicyTable", "CeilingLookup", 0.001, 1),
    ("rooms.decision.record", "PolicyDisclose", "PolicyTable", 1, 1),
    ("rooms.parcel.item", "ParcelItem", None, 1, 1),
    ("rooms.parcel.seal", "ParcelSeal", "CeilingGcmSeal", 1, "records"),
    ("rooms.parcel.open", "ParcelOpen", "CeilingGcmOpen", 1, "records"),
    ("rooms.vault.seal", "VaultSeal", "CeilingXChaCha", 1, 1),
    ("rooms.vault.open", "VaultOpen", "CeilingXChaCha", 1, 1),
    ("rooms.terms", "RecordTerms", None, 1, 1),
    ("rooms.blind", "VaultBlindTerms", "CeilingBlake2b", 1, 1),
    ("rooms.prepare", "StorePrepare", None, 1, 1),
    ("rooms.put", "StorePut1000", "CeilingLmdbPut1000", 1, 1000),
    ("rooms.get", "StoreGet", "CeilingLmdbGet", 1, 1),
    ("rooms.hop", "HopFrames", "CeilingSocketPair", 1, "records"),
    ("policy.plan", "PolicyPlan", None, 1000, 1),
    ("policy.validate", "PolicyValidate", None, 1000, 1),
    ("policy.parse", "PolicyParse", None, 1000, 1),
    ("ceiling.commit", "CeilingDurableCommit", None, 1000, 1),
]


def measure(programs, repetitions, min_time):
    """Runs all benchmarks. Gives the repeats in µs and the counters of each, by its name without options."""
    out = subprocess.run([programs.bench / "bench_rooms", "--benchmark_format=json", f"--benchmark_min_time={min_time}",
                          f"--benchmark_repetitions={repetitions}", "--benchmark_enable_random_interleaving=true"],
                         capture_output=True, text=True, check=True).stdout
    scale = {"ns": 1e-3, "us": 1, "ms": 1e3, "s": 1e6}
    samples, counters = {}, {}
    for entry in json.loads(out[out.index("{"):])["benchmarks"]:
        if entry["run_type"] != "iteration":
            continue
        name = entry["name"]
        for option in ("/manual_time", "/real_time", "/iterations:", "/repeats:", "/min_time:"):
            name = name.split(option)[0]
        samples.setdefault(name, []).append(entry["real_time"] * scale[entry["time_unit"]])
        counters[name] = entry
    return samples, counters


def authorisations(run, repeats):
    """Measures our engine and the official one, if Node.js and its registry can be reached. Their decisions must be equal."""
    run.progress("evaluated authorisations")
    program, policies = run.programs.bench / "bench_cedar", ROOT / "deploy/policies"
    ours = told([program, "measure", policies, repeats])["micros"]
    module = official_engine(run)
    run.figures.add("policy.evaluated", ours, repeats)
    if module is None:
        run.progress("the official engine could not be installed: its figures are left out")
        return
    questions = run.programs.folder / "questions.json"
    subprocess.run([program, "questions", policies, questions], check=True)
    command = ["node", ROOT / "tests/bench/cedar/official.cjs", module, questions, repeats]
    for last in (False, False, True):  # Node.js 20 sometimes aborts while it undoes an optimisation of the official engine's JavaScript
        try:
            answer = told(command)
            break
        except RuntimeError:
            if last:
                raise
    if answer["differ"]:
        raise RuntimeError(f"{answer['differ']} decisions differ from the official engine's")
    run.figures.add("policy.official", answer["micros"], repeats)
    run.figures.add("policy.faster", [theirs / mine for theirs, mine in zip(answer["micros"], ours)], repeats)


def official_engine(run):
    folder = run.programs.bench / "official"
    module = folder / "node_modules/@cedar-policy/cedar-wasm"
    if shutil.which("node") is None:
        return None
    if not module.exists():
        folder.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / "tests/property/cedar" / name, folder)
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, capture_output=True)
        if done.returncode != 0:
            return None
    return module
