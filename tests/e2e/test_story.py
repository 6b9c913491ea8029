"""Runs the quickstart's story once as it is, and then with nodes that are killed at random moments. All runs must end alike."""
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from support import is_built

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def tell(build, seed):
    environment = dict(os.environ)
    environment.pop("TIDEGATE_KILL_SEED", None)
    if seed is not None:
        environment["TIDEGATE_KILL_SEED"] = str(seed)
    with tempfile.TemporaryDirectory(prefix="tidegate-story-") as folder:
        result = subprocess.run([sys.executable, "-B", ROOT / "deploy/story.py", "--tidegate", build / "node/tidegate",
                                 "--folder", pathlib.Path(folder) / "story"], env=environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace")
    found = re.search(r"^(\d+) checks passed, (\d+) failed$", result.stdout, re.MULTILINE)
    if not found or result.returncode != (1 if int(found.group(2)) else 0) or int(found.group(2)):
        print(result.stdout)
    return (int(found.group(1)), int(found.group(2))) if found else (0, 1)


def main():
    build = pathlib.Path(sys.argv[sys.argv.index("--build") + 1]).resolve()
    if not is_built(build):
        return 1
    seeds = [None]
    rounds = 20 if os.environ.get("TIDEGATE_FULL") == "1" else 2
    drawn = random.SystemRandom().randrange(1 << 30) if "TIDEGATE_SEED" not in os.environ else int(os.environ["TIDEGATE_SEED"])
    seeds += [drawn + i for i in range(rounds)]
    passed = failed = 0
    endings = set()
    for seed in seeds:
        print(f"story with TIDEGATE_KILL_SEED={seed}" if seed is not None else "story without kills", flush=True)
        good, bad = tell(build, seed)
        endings.add(good)
        passed, failed = passed + good, failed + bad
    if len(endings) != 1:
        print(f"the endings differ: {sorted(endings)} checks passed")
        failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
