"""A partner's node that lies is refused, and the refusing node names the layer. Each conversation first passes
without its fault. That proves that the fault causes the refusal."""
import re
import shutil
import subprocess
import sys

from support import CHARITY, POLICE, ROOT, Failed, Node, apply_policy, main, pair, serving, until

LAYERS = ("tls", "identity", "version", "manifest", "sequence", "limit", "seal", "opening", "proof", "checkpoint", "handling",
          "admission")


class Liar:
    """A copy of the charity's folder, served by a program that lies."""

    def __init__(self, build, folder, fault):
        self.process = subprocess.Popen([build / "tests/e2e/hostile_node", folder, fault],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if "serving with" not in line:
            raise Failed(f"hostile_node {fault}: {line} {self.process.stderr.read()}")

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


def add_report(charity, title):
    return charity.ask("add", "report", "--set", f"title={title}", "--set", "place=|Leeds|West Yorkshire|GB", "--set", "tlp=GREEN",
                       "--set", "purpose=prevention", "--set", "legal_basis=gdpr-6-1-f")["id"]


def holds(police, record):
    return police.run("show", record, "--json").returncode == 0


def refused(police, layer, since):
    """The layer that the police's log names after `since` bytes."""
    text = police.log_path.read_bytes()[since:].decode(errors="replace")
    return layer in re.findall(r"\b(" + "|".join(LAYERS) + r")\b", text)


def says_so(police, charity, layers):
    line = next((p for p in police.ask("status")["partners"] if p["organisation"] == charity.name), {})
    return any(layer in line.get("last_error", "") for layer in layers)


def tell(checks, build, folder, nodes):
    charity, police = serving(build, folder, nodes, CHARITY, POLICE)
    pair(charity, police, folder)
    apply_policy(charity, ROOT / "deploy/sample/policies/charity.cedar")
    first = add_report(charity, "Before anything is wrong")
    checks.check("an honest parcel arrives", bool(until("first", lambda: holds(police, first))))

    for fault, layers in (("honest", ()), ("flipped-byte", ("seal", "manifest")), ("wrong-log-key", ("checkpoint", "proof"))):
        # Written while the police are away, so that the liar is the first to bring it.
        police.kill()
        record = add_report(charity, f"Sent with {fault}")
        charity.stop()
        copy = folder / f"copy-{fault}"
        shutil.copytree(charity.directory, copy)
        police.start()
        since = police.log_path.stat().st_size
        liar = Liar(build, copy, fault)
        try:
            if fault == "honest":
                checks.check("the same program without a fault is believed", bool(until("honest", lambda: holds(police, record))))
            else:
                named = until("refusal", lambda: next((layer for layer in layers if refused(police, layer, since)), None))
                checks.check(f"{fault}: refused, and the police name the layer ({named})", bool(named),
                             police.log_path.read_text(errors="replace")[-1500:])
                checks.check(f"{fault}: nothing of the parcel was stored", not holds(police, record))
                checks.check(f"{fault}: status says so", bool(until("status", lambda: says_so(police, charity, layers))),
                             str(police.ask("status")["partners"]))
        finally:
            liar.stop()
        if fault == "honest":
            shutil.rmtree(charity.directory)
            shutil.copytree(copy, charity.directory)
        shutil.rmtree(copy)
        charity.start()
        checks.check(f"{fault}: the honest node is believed", bool(until("again", lambda: holds(police, record))))

    impostor(checks, build, folder, charity, police)
    for node in (charity, police):
        summary = node.ask("verify", allowed=(0, 1))
        checks.check(f"verify is clean at {node.title}", summary["clean"], str(summary)[:500])


def impostor(checks, build, folder, charity, police):
    """Another node under the charity's name and address, with keys of its own."""
    charity.stop()
    other = Node(build / "node/tidegate", folder / "impostor", "lantern-community", "the impostor", "ngo")
    other.port = charity.port
    (folder / "impostor").mkdir()
    other.init()
    since = police.log_path.stat().st_size
    other.start()
    try:
        named = until("refusal", lambda: refused(police, "tls", since))
        checks.check("a wrong certificate is refused, and the police name the layer (tls)", bool(named),
                     police.log_path.read_text(errors="replace")[-1500:])
    finally:
        other.stop()
    shutil.rmtree(folder / "impostor")
    charity.start()
    record = add_report(charity, "After the impostor")
    checks.check("the charity itself is believed again", bool(until("after", lambda: holds(police, record))))


if __name__ == "__main__":
    sys.exit(main(tell))
