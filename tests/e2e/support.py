"""What the end-to-end tests share: real nodes, made as the quickstart makes them, and a count of checks."""
import argparse
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "deploy"))
sys.dont_write_bytecode = True
from story import PATIENCE, Checks, Failed, Node, field, free_port, until  # noqa: E402,F401


CHARITY = ("lantern-community", "the charity", "ngo")
BANK = ("meridian-bank", "the bank", "bank")
POLICE = ("northfield-police", "the police", "police")


def serving(build, folder, nodes, *cast):
    """Makes and starts nodes, one for each (name, title, sector). They are added to `nodes` before they start."""
    made = [Node(build / "node/tidegate", folder, *one) for one in cast]
    nodes += made
    for node in made:
        node.init()
        node.start()
    return made


def take_as_shown(node, *verb):
    """Makes a change that may let records go: asks what it would do, then makes exactly that change."""
    return node.ask(*verb, "--plan", node.ask(*verb, "--dry-run")["would_go"]["digest"])


def pair(inviter, guest, folder, purposes=("prevention", "safeguarding", "financial-crime")):
    """Makes two serving nodes confirmed partners. Each takes the other's fingerprint from the other's own node, as people do
    by telephone, and says the other's sector and country."""
    invitation = inviter.ask("partner", "invite", guest.name)
    letter = folder / f"{inviter.name}-{guest.name}.invitation"
    letter.write_text(invitation["invitation"])
    accepted = guest.ask("partner", "accept", letter, "--code", invitation["spoken_code"])
    arguments = [word for purpose in purposes for word in ("--purpose", purpose)]
    for node, other, fingerprint in ((inviter, guest, accepted["fingerprint"]), (guest, inviter, invitation["fingerprint"])):
        confirm = ("partner", "confirm", other.name, "--fingerprint", fingerprint, "--sector", other.sector, "--country", "GB",
                   *arguments)
        take_as_shown(node, *confirm)
    for node in (inviter, guest):
        if not until("confirmed", lambda n=node: any(p["state"] == "confirmed" for p in n.ask("partner", "list")["partners"])):
            raise Failed(f"{inviter.name} and {guest.name} did not become partners")


def answered_at_terminal(node, answer, *verb, question=b"Type yes:"):
    """Types `answer` when the command asks. Gives what the terminal showed and the command's exit code (below 0: a signal)."""
    pid, terminal = pty.fork()
    if pid == 0:
        for one in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):  # whoever runs the tests may ignore them
            signal.signal(one, signal.SIG_DFL)
        os.execv(node.tidegate, [node.tidegate, "--node", str(node.directory), *map(str, verb)])
    shown = b""
    answered = False
    while True:
        if not select.select([terminal], [], [], PATIENCE)[0]:
            os.kill(pid, signal.SIGKILL)  # it asks, and takes no answer: the check says so
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the other end is gone
            break
        if not part:
            break
        shown += part
        if not answered and question in shown:
            os.write(terminal, answer)
            answered = True
    os.close(terminal)
    return shown.decode(errors="replace"), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def apply_policy(node, path):
    plan = node.ask("policy", "plan", path)
    node.ask("policy", "apply", path, "--plan", plan["digest"])


def held(node, record):
    """What a node shows of a record, or None where it holds none of it."""
    result = node.run("show", record, "--json")
    return json.loads(result.stdout) if result.returncode == 0 else None


def rung(node, record, name="place"):
    """The precision at which a node holds a field, or None."""
    shown = held(node, record)
    found = shown and field(shown, name)
    return found["rung"] if found else None


def printed_on(page, command):
    """The output that a page of documentation shows under `$ command`, up to the next command or the end of the block."""
    found = re.search(r"^\S*\$ +" + re.escape(command) + r"(?: *#[^\n]*)?\n(.*?)(?=^\S*\$ |^```)", page, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else None


def as_on_page(shown, printed):
    """Whether a program printed what a page shows. `...` on the page stands for any text. So does what differs each time: ids,
    digests, fingerprints, times. Lines may be broken in other places."""
    each_time = re.compile(r"\d{4}-\d\d-\d\dT[\d:]+Z|\b[0-9a-f]{8,}\b(?:\.\.\.)?|\b(?:[0-9a-f]{4} )+[0-9a-f]{4}\b|\.\.\.")
    words, at = [], 0
    text = " ".join(shown.split())
    for varying in each_time.finditer(text):
        words.append(re.escape(text[at:varying.start()]))
        at = varying.end()
    words.append(re.escape(text[at:]))
    return re.fullmatch(".*?".join(words), " ".join(printed.split())) is not None


def lines_on_page(shown, printed):
    """The same, line by line, for output that comes on two streams."""
    lines = printed.splitlines()
    return all(any(as_on_page(line, one) for one in lines) for line in shown.splitlines() if line.strip() not in ("", "..."))


def is_built(build):
    """Whether there is a program to test. If there is none, prints how to build it, and a count with one failure."""
    program = build.resolve() / "node/tidegate"
    if not program.exists():
        print(f"{program} is not built yet: run `tests/run --stage release`, or `cmake --build {build}`\n0 passed, 1 failed")
    return program.exists()


def main(tell):
    """Runs `tell(checks, build, folder)` in a new folder. The last line that it prints is `N passed, N failed`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    options = parser.parse_args()
    checks = Checks()
    if not is_built(options.build):
        return 1
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tidegate-e2e-"))
    nodes = []
    try:
        tell(checks, options.build.resolve(), folder, nodes)
    except Failed as failed:
        checks.check("the test goes on", False, str(failed))
    finally:
        for node in nodes:
            node.stop()
            if node.complaints():
                checks.check(f"no sanitizer complains about {node.name}", False, node.complaints())
    if checks.failed:
        for node in nodes:
            print(f"--- log of {node.name}\n{node.log_path.read_text(errors='replace')[-3000:]}")
    shutil.rmtree(folder, ignore_errors=True)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed or not checks.passed else 0
