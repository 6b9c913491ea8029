"""Real nodes for the benchmarks, and what the operating system says about their processes."""
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/e2e"))
sys.dont_write_bytecode = True
from support import Failed, Node, apply_policy, pair, until  # noqa: E402,F401

TICK = os.sysconf("SC_CLK_TCK")


def told(command, timeout=3600):
    """Runs a program and reads the last line that it prints, which is JSON."""
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))[:200]}: {result.returncode} {result.stderr[-500:]}")
    return json.loads(result.stdout.strip().splitlines()[-1])


def family(pid):
    """The ids of a node's process and of those that it has started: the door, the dialler, the reader of an import."""
    found = [pid]
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == pid:
                found.append(int(entry.name))
        except OSError:  # the process has ended meanwhile
            pass
    return found


def cpu_seconds(pid):
    """CPU seconds of a node and its processes, including processes that have ended."""
    seconds = 0.0
    for one in family(pid):
        try:
            # The clock of another process (clock_getcpuclockid(3)), in nanoseconds; /proc counts ticks of 10 ms.
            seconds += time.clock_gettime((~one << 3) | 2)
            if one == pid:
                ended = pathlib.Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()[13:15]
                seconds += sum(int(ticks) for ticks in ended) / TICK
        except OSError:
            continue
    return seconds


def resident(pid):
    """Bytes of memory that a node and its processes have now, without the page cache."""
    total = 0
    for one in family(pid):
        try:
            found = re.search(r"RssAnon:\s+(\d+) kB", pathlib.Path(f"/proc/{one}/status").read_text())
        except OSError:
            continue
        total += int(found.group(1)) * 1024 if found else 0
    return total


def disk(folder):
    """Bytes on disk in a folder, without the reserve, whose size does not depend on what a node holds."""
    return sum(path.stat().st_blocks * 512 for path in pathlib.Path(folder).rglob("*") if path.is_file() and path.name != "reserve")


def wire(port):
    """Bytes of TLS, in both directions, on the connections that are open to the listener on `port`."""
    out = subprocess.run(["ss", "-tinH", "state", "established", f"sport = :{port}"], capture_output=True, text=True).stdout
    return sum(int(n) for n in re.findall(r"bytes_(?:acked|received):(\d+)", out))


class Peak:
    """Measures the highest RssAnon of some nodes, in bytes, while a `with` block runs."""

    def __init__(self, *pids):
        self.peaks = dict.fromkeys(pids, 0)
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def watch(self):
        while not self.done.is_set():
            for pid in self.peaks:
                try:
                    self.peaks[pid] = max(self.peaks[pid], resident(pid))
                except OSError:
                    pass
            self.done.wait(0.02)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


class Programs:
    """The built programs, and the files of the workload. Each file is made once."""

    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.tidegate = build / "node/tidegate"
        self.bench = build / "tests/bench"
        self.facts = told([self.bench / "bench_generate", "facts"])

    def generate(self, what, *arguments):
        name = "-".join([what, *map(str, arguments)])
        path = self.folder / {"mapping": "mapping.toml", "policy": f"{name}.cedar"}.get(what, f"{name}.{what}")
        if not path.exists():
            subprocess.run([self.bench / "bench_generate", what, *map(str, arguments), path], check=True)
        return path

    def certificates(self):
        folder = self.folder / "certificates"
        if not folder.exists():
            folder.mkdir()
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                            "-keyout", folder / "node.key", "-out", folder / "node.pem"], check=True, capture_output=True)
            (folder / "ca.pem").write_bytes((folder / "node.pem").read_bytes())
        return folder

    def node(self, folder, name, sector="ngo"):
        node = Node(self.tidegate, folder, name, name, sector)
        node.init()
        node.start()
        return node

    def operator(self, verb, node, *arguments):
        return told([self.bench / "bench_operator", verb, node.directory / "operator.sock", *arguments])

    def read_csv(self, node, count):
        """The seconds that an import with --dry-run takes: it stores nothing."""
        begin = time.monotonic()
        subprocess.run([self.tidegate, "--node", node.directory, "import", "--dry-run", "--mapping", self.generate("mapping"),
                        self.generate("csv", 0, count)], check=True, capture_output=True, timeout=3600)
        return time.monotonic() - begin

    def restart(self, node):
        """Stops the node and starts it again. Gives the seconds from the start until the node says that it serves."""
        node.stop()
        said = node.log_path.read_text(errors="replace").count("serves partners")
        begin = time.monotonic()
        with open(node.log_path, "ab") as log:
            node.process = subprocess.Popen([self.tidegate, "--node", str(node.directory), "serve"], stdout=log, stderr=log,
                                            start_new_session=True)
        while node.log_path.read_text(errors="replace").count("serves partners") == said:
            if node.process.poll() is not None:
                raise Failed(f"{node.name} does not start again; see {node.log_path}")
            time.sleep(0.002)
        return time.monotonic() - begin

    def import_csv(self, node, start, count):
        return self.import_file(node, ["--mapping", self.generate("mapping"), self.generate("csv", start, count)], count)

    def import_stix(self, node, start, count):
        return self.import_file(node, [self.generate("stix", start, count)], count)

    def import_file(self, node, arguments, count):
        """Imports a file. Gives the seconds that the command took and the CPU seconds of the node."""
        cpu, begin = cpu_seconds(node.process.pid), time.monotonic()
        result = subprocess.run([self.tidegate, "--node", node.directory, "import", *arguments, "--json"],
                                capture_output=True, text=True, timeout=3600)
        seconds = time.monotonic() - begin
        answer = json.loads(result.stdout.strip().splitlines()[-1]) if result.stdout.strip() else {}
        if answer.get("stored") != count:
            raise Failed(f"import: {result.returncode} {result.stderr[-300:]} {str(answer)[:400]}")
        return seconds, cpu_seconds(node.process.pid) - cpu
