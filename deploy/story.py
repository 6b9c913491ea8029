#!/usr/bin/env python3
"""The quickstart's story: a charity, a bank and a police force share intelligence as three real nodes on this machine.

The script asks the nodes themselves after every step, with --json. The last line is `N checks passed, 0 failed`.

    deploy/story.py --tidegate build/quickstart/node/tidegate --folder run/quickstart [--keep]

With TIDEGATE_KILL_SEED=N the script kills random nodes (kill -9) at random moments and starts them again. The story must end
in the same way.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "deploy" / "sample"
PURPOSES = ["prevention", "safeguarding", "financial-crime"]
PATIENCE = float(os.environ.get("TIDEGATE_PATIENCE", "60"))


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, what, holds, detail=""):
        if holds:
            self.passed += 1
            print(f"   ok  {what}")
        else:
            self.failed += 1
            print(f"   FAILED  {what}" + (f": {detail}" if detail else ""))
        return holds


class Failed(Exception):
    """A step that the rest of the story cannot do without."""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Node:
    def __init__(self, tidegate, folder, name, title, sector):
        self.tidegate = str(tidegate)
        self.name, self.title, self.sector = name, title, sector
        self.directory = folder / name
        self.key = folder / "keys" / f"{name}.key"
        self.log_path = folder / f"{name}.log"
        self.port = free_port()
        self.process = None
        self.lock = threading.RLock()

    def run(self, *arguments, stdin=None):
        # A verb that shows contents of records is refused without a reason.
        reads = arguments[0] in ("find", "show", "alerts") or arguments[:2] == ("policy", "explain")
        if reads and "--reason" not in arguments:
            arguments = (*arguments, "--reason", "the story's own checks")
        return subprocess.run([self.tidegate, "--node", str(self.directory), *map(str, arguments)], capture_output=True,
                              text=True, errors="replace", input=stdin, timeout=300)

    def ask(self, *arguments, allowed=(0,)):
        """Calls one verb with --json. If the node was killed meanwhile, waits and calls again; so the verb must only read."""
        deadline = time.monotonic() + PATIENCE
        while True:
            result = self.run(*arguments, "--json")
            if result.returncode in allowed:
                return json.loads(result.stdout) if result.stdout.strip() else {}
            if time.monotonic() > deadline or not self.was_interrupted(result):
                raise Failed(f"{self.name}: tidegate {' '.join(map(str, arguments))} ended with "
                             f"{result.returncode}: {result.stderr.strip()[:500]}")
            time.sleep(0.1)

    @staticmethod
    def was_interrupted(result):
        return any(words in result.stderr for words in ("does not answer", "no node is serving", "Socket closed",
                                                        "Connection reset", "Broken pipe", "Stream removed"))

    def init(self):
        result = self.run("init", "--organisation", self.name, "--sector", self.sector, "--country", "GB",
                          "--listen", f"127.0.0.1:{self.port}", "--key-file", self.key)
        if result.returncode != 0:
            raise Failed(f"init of {self.name}: {result.stderr}")

    def start(self):
        with self.lock:
            log = open(self.log_path, "ab")
            self.process = subprocess.Popen([self.tidegate, "--node", str(self.directory), "serve"], stdout=log,
                                            stderr=log, start_new_session=True)
            log.close()
        self.await_answer()

    def await_answer(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Failed(f"{self.name} stopped: {self.log_path.read_text(errors='replace')[-2000:]}")
            if self.run("status", "--json").returncode == 0:
                return
            time.sleep(0.05)
        raise Failed(f"{self.name} does not answer; see {self.log_path}")

    def complaints(self):
        """What a sanitizer has reported about this node, if the node was built with one."""
        text = self.log_path.read_text(errors="replace") if self.log_path.exists() else ""
        start = min((text.find(word) for word in ("WARNING: ThreadSanitizer", "ERROR: AddressSanitizer", "runtime error:",
                                                  "ERROR: LeakSanitizer") if word in text), default=-1)
        return text[start:start + 4000] if start >= 0 else ""

    def kill(self):
        with self.lock:
            if self.process and self.process.poll() is None:
                self.process.send_signal(signal.SIGKILL)
                self.process.wait()

    def stop(self):
        with self.lock:
            if self.process and self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
                try:
                    self.process.wait(timeout=20)
                except subprocess.TimeoutExpired:
                    self.kill()


class Mischief:
    """Kills nodes at random moments, drawn from the seed: between steps, and while a step runs."""

    def __init__(self, nodes, seed):
        self.nodes = nodes
        self.random = random.Random(seed) if seed is not None else None
        self.kills = 0

    def strike(self, node):
        node.kill()
        self.kills += 1
        node.start()

    def running(self):
        return [node for node in self.nodes if node.process is not None]

    def between(self):
        if self.random and self.running() and self.random.random() < 0.5:
            self.strike(self.random.choice(self.running()))

    def during(self, step):
        """Runs `step`. Sometimes kills a node at most 0.6 seconds after the step began."""
        if not self.random or self.random.random() < 0.4:
            return step()
        victim = self.random.choice(self.running())
        timer = threading.Timer(self.random.uniform(0.0, 0.6), self.strike, [victim])
        timer.start()
        try:
            return step()
        finally:
            timer.join()


def until(what, look, patience=None):
    """Calls `look` again and again until it gives something, or until patience ends. Gives its last answer."""
    deadline = time.monotonic() + (patience or PATIENCE)
    while True:
        found = look()
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def field(record, name):
    return next((f for f in record.get("fields", []) if f["name"] == name), None)


class Story:
    def __init__(self, options):
        self.folder = options.folder
        self.checks = Checks()
        self.charity = Node(options.tidegate, self.folder, "lantern-community", "the charity", "ngo")
        self.bank = Node(options.tidegate, self.folder, "meridian-bank", "the bank", "bank")
        self.police = Node(options.tidegate, self.folder, "northfield-police", "the police", "police")
        self.nodes = [self.charity, self.bank, self.police]
        seed = os.environ.get("TIDEGATE_KILL_SEED")
        self.mischief = Mischief(self.nodes, seed)
        if seed is not None:
            print(f"killing nodes at random: TIDEGATE_KILL_SEED={seed}")

    def check(self, what, holds, detail=""):
        return self.checks.check(what, holds, detail)

    def say(self, text):
        self.mischief.between()
        print(f"\n{text}", flush=True)

    def repeat(self, what, act, done):
        """Calls `act` until `done` gives something: an act that a kill cut off is repeated, unless it happened all the same."""
        deadline = time.monotonic() + PATIENCE
        while True:
            result = self.mischief.during(act)
            answer = until(what, done, 3)
            if answer:
                return answer
            if time.monotonic() > deadline:
                raise Failed(f"{what}: {getattr(result, 'stderr', '')}")

    # --- the steps ---

    def open_nodes(self):
        self.say("Three organisations each start a node of their own, with its own keys and its own store.")
        for node in self.nodes:
            node.init()
            node.start()
            status = node.ask("status")
            self.check(f"{node.title} ({node.name}) serves on its own store",
                       status["organisation"] == node.name and status["sector"] == node.sector)
        inside = self.charity.directory / "inside.key"
        result = subprocess.run([self.charity.tidegate, "--node", str(self.folder / "refused"), "init", "--organisation",
                                 "refused", "--sector", "ngo", "--country", "GB", "--listen", "127.0.0.1:0",
                                 "--key-file", str(self.folder / "refused" / inside.name)], capture_output=True, text=True)
        self.check("a master key inside the node's folder is refused", result.returncode == 1 and "inside" in result.stderr,
                   result.stderr)

    def pair(self):
        self.say("They pair, two at a time: an invitation by mail, eight words by telephone, fingerprints read out; both confirm.")
        for inviter, guest in ((self.charity, self.police), (self.bank, self.police), (self.charity, self.bank)):
            self.pair_two(inviter, guest)
        for node in self.nodes:
            def confirmed(asked=node):
                partners = [p for p in asked.ask("partner", "list")["partners"] if p["state"] == "confirmed"]
                return partners if len(partners) == 2 else None
            partners = until("both confirmed", confirmed)
            self.check(f"{node.title} has two confirmed, quantum-safe partners",
                       bool(partners) and all(p["quantum_safe"] for p in partners))

    def pair_two(self, inviter, guest):
        def knows(node, other):
            return next((p for p in node.ask("partner", "list")["partners"] if p["organisation"] == other.name), None)

        def meet():
            invitation = inviter.ask("partner", "invite", guest.name)
            letter = self.folder / f"{inviter.name}-{guest.name}.invitation"
            letter.write_text(invitation["invitation"])
            return guest.run("partner", "accept", letter, "--code", invitation["spoken_code"], "--json")

        if not knows(guest, inviter):
            self.repeat("invitation", meet, lambda: knows(guest, inviter))
        arguments = [word for purpose in PURPOSES for word in ("--purpose", purpose)]
        # The guest confirms first. It dials those whom it has confirmed, so its reply arrives even if it was killed while it
        # accepted.
        for node, other in ((guest, inviter), (inviter, guest)):
            if not until("introduced", lambda n=node, o=other: knows(n, o)):
                raise Failed(f"{node.name} never heard of {other.name}")
            read_out = other.ask("status")["fingerprint"]  # by telephone
            self.repeat("confirm", lambda n=node, o=other, f=read_out: n.run("partner", "confirm", o.name, "--fingerprint", f,
                                                                              "--sector", o.sector, "--country", "GB",
                                                                              *arguments),
                        lambda n=node, o=other: knows(n, o)["state"] in ("confirmed", "awaiting their confirmation"))

    def apply_policies(self):
        self.say("Each administrator writes a policy, sees what it would change, and applies exactly that.")
        for node, circle, member in ((self.charity, "banks", self.bank), (self.bank, "charities", self.charity),
                                     (self.police, "harbour", self.charity)):
            def circles(n=node, c=circle):
                return next((k for k in n.ask("circle", "list")["circles"] if k["circle"] == c), None)
            self.repeat("circle", lambda n=node, c=circle: n.run("circle", "create", c), circles)
            self.repeat("circle", lambda n=node, c=circle, m=member: n.run("circle", "add", c, m.name),
                        lambda c=circles, m=member: m.name in c()["organisations"])
        for node, name in ((self.charity, "charity"), (self.bank, "bank"), (self.police, "police")):
            policy = SAMPLE / "policies" / f"{name}.cedar"
            checked = node.ask("policy", "check", policy)
            self.check(f"the policy of {node.title} is valid ({checked['policies']} rules)", checked["valid"],
                       json.dumps(checked["problems"])[:600])

            def act(n=node, p=policy):
                plan = n.ask("policy", "plan", p)
                return n.run("policy", "apply", p, "--plan", plan["digest"], "--user", "administrator", "--reason", "quickstart")
            self.repeat("apply", act, lambda n=node: n.ask("policy", "show")["number"] >= 1)
        stale = self.charity.run("policy", "apply", SAMPLE / "policies" / "charity.cedar", "--plan", "00" * 32)
        self.check("a policy that was not planned is not applied", stale.returncode == 1)

    def import_intelligence(self):
        self.say("The charity imports its helpline's spreadsheet and its analysts' reports; the bank imports its STIX bundle.")
        reports = sorted((SAMPLE / "charity" / "reports").glob("*.md"))
        source = self.folder / "sources"
        shutil.copytree(SAMPLE / "charity", source / "charity", dirs_exist_ok=True)
        shutil.copytree(SAMPLE / "bank", source / "bank", dirs_exist_ok=True)
        table = source / "charity" / "community-reports.csv"
        mapping = source / "charity" / "community-reports.toml"
        reports = sorted((source / "charity" / "reports").glob("*.md"))
        bundle = source / "bank" / "alerts.stix.json"

        csv = self.import_until_stored(self.charity, "--mapping", mapping, table)
        self.check("174 rows of the spreadsheet are held", csv["stored"] + csv["unchanged"] == 174, json.dumps(csv)[:600])
        self.check("its 3 faulty rows were refused with a reason and can be corrected",
                   csv["rejected"] == 3 and all(r["reason"] for r in csv["rejects"]) and
                   pathlib.Path(csv["rejects_file"]).stat().st_mode & 0o777 == 0o600)
        for report in csv["rejects"]:
            print(f"       row {report['position']}: {report['field']}: {report['reason']}")
        held = 0
        for report in reports:
            told = self.import_until_stored(self.charity, "--format", "report", report)
            held += told["stored"] + told["unchanged"]
        self.check(f"{len(reports)} reports are held", held == len(reports))
        stix = self.import_until_stored(self.bank, "--format", "stix", bundle)
        self.check(f"{stix['stored'] + stix['unchanged']:.0f} objects of the bank's bundle are held, none refused",
                   stix["stored"] + stix["unchanged"] >= 90 and stix["rejected"] == 0, json.dumps(stix)[:800])
        for warning in stix["warnings"]:
            print(f"       warning: {warning}")
        again = self.import_until_stored(self.charity, "--mapping", mapping, table)
        self.check("importing the spreadsheet again stores nothing", again["stored"] == 0 and again["amended"] == 0 and
                   again["unchanged"] == 174, json.dumps(again)[:300])

    def import_until_stored(self, node, *arguments):
        """Imports. An import that a kill cut off is run again, because records that are held are not stored twice."""
        deadline = time.monotonic() + PATIENCE
        while True:
            result = self.mischief.during(lambda: node.run("import", *arguments, "--json"))
            if result.returncode in (0, 3) and result.stdout.strip():
                return json.loads(result.stdout.strip().splitlines()[-1])
            if time.monotonic() > deadline or not Node.was_interrupted(result):
                raise Failed(f"import at {node.name} ended with {result.returncode}: {result.stderr[:800]}")
            node.await_answer()

    def police_pull(self):
        self.say("The police follow both. They see what each policy allows, and nothing else.")

        def arrived():
            mine = [r["id"] for r in self.bank.ask("find", "--kind", "alert", "--limit", 500, "--as", self.police.name)["records"]]
            theirs = [r["id"] for r in self.police.ask("alerts", "--limit", 500)["records"]]
            return (mine, theirs) if mine and set(mine) == set(theirs) else None
        alerts = until("alerts", arrived)
        self.check("the police hold exactly the bank's alerts that its policy allows", bool(alerts),
                   f"{self.police.ask('status')['partners']}")

        def reports():
            mine = {r["id"] for r in self.charity.ask("find", "--kind", "report", "--limit", 500, "--as", self.police.name)["records"]}
            theirs = {r["id"] for r in self.police.ask("find", "--kind", "report", "--origin", self.charity.name,
                                                       "--limit", 500)["records"]}
            return mine if mine and mine == theirs else None
        shared = until("reports", reports)
        held = len(self.charity.ask("find", "--kind", "report", "--limit", 500)["records"])
        self.check(f"and {len(shared or [])} of the charity's {held} reports", bool(shared) and len(shared) < held)
        shown = self.police.run("alerts", "--limit", 3)
        print("\n".join("       " + line[:150] for line in shown.stdout.splitlines()))
        self.check("each alert begins with its marking", all(line.startswith("TLP:") for line in shown.stdout.splitlines()[1:]))

        def bank_reports():
            mine = {r["id"] for r in self.charity.ask("find", "--kind", "report", "--limit", 500, "--as", self.bank.name)["records"]}
            theirs = {r["id"] for r in self.bank.ask("find", "--kind", "report", "--origin", self.charity.name,
                                                     "--limit", 500)["records"]}
            return mine if mine and mine == theirs else None
        self.check("the bank holds what the charity shares with banks", bool(until("bank reports", bank_reports)))

    def three_views(self):
        self.say("One report has three views: its author's, the police's, the bank's. The same signature verifies on each.")
        own = self.charity.ask("find", "--identifier", "case:LC-0147")["records"]
        self.check("the charity finds its report LC-0147 by its case number", len(own) == 1)
        if not own:
            raise Failed("report LC-0147 was not found")
        self.report = own[0]["id"]
        views = [(node, node.ask("show", self.report, "--user", "analyst", "--reason", "quickstart"))
                 for node in (self.charity, self.police, self.bank)]
        names = ["place", "identifiers", "observed", "informant", "narrative"]
        width = 44
        print("       " + "".join(f"{name:{width}}" for name in ["", "the author", "the police", "the bank"])[width - 14:])
        for name in names:
            row = f"{name:14}"
            for _, view in views:
                value = field(view, name)
                text = "withheld" if value is None else f"{value['text'].splitlines()[0][:26]} ({value['rung'].split('.')[-1]})"
                row += f"{text[:width - 2]:{width}}"
            print("       " + row)
        author, police, bank = (view for _, view in views)
        self.check("the police see the exact place", field(police, "place") and field(police, "place")["rung"] == "place.exact"
                   and field(police, "place")["value"] == field(author, "place")["value"])
        self.check("the bank sees the region only", field(bank, "place") and field(bank, "place")["rung"] == "place.region"
                   and "name" not in field(bank, "place")["value"] and "locality" not in field(bank, "place")["value"])
        self.check("the account is whole for the police and masked for the bank",
                   field(police, "identifiers") and field(police, "identifiers")["rung"] == "identifier.whole" and
                   field(bank, "identifiers") and field(bank, "identifiers")["rung"] == "identifier.masked" and
                   "99999900000007" not in json.dumps(bank) and "99999900000007" in json.dumps(police))
        self.check("the informant is known to the author alone", field(author, "informant") is not None and
                   field(police, "informant") is None and field(bank, "informant") is None)
        for node, view in views:
            proved = view["verification"]
            self.check(f"at {node.title} the author's signature, the log proof and the handling verify",
                       proved["author_signature"] and proved["log_proof"] and proved["handling"], proved["problem"])
        self.check("all three show one author, one log index, one leaf",
                   len({(v["author_fingerprint"], v["log_index"], v["leaf"]) for _, v in views}) == 1)
        as_bank = self.charity.ask("show", self.report, "--as", self.bank.name)
        self.check("the charity can see beforehand exactly what the bank sees", as_bank["fields"] == bank["fields"])

    def refused_share(self):
        self.say("One alert is refused: it stems from a suspicious-activity report, so it does not go to a charity.")
        alerts = self.bank.ask("find", "--kind", "alert", "--limit", 500)["records"]
        secret = next((a for a in alerts if "suspicious-activity-report" in a["handling"]["conditions"] or "sar" in a["tags"]
                       or "suspicious-activity-report" in json.dumps(a)), None)
        if not self.check("the bank holds such an alert", secret is not None):
            return
        told = self.bank.ask("policy", "explain", secret["id"], self.charity.name)
        self.check("the bank's node refuses it, and names the rule", not told["disclosed"] and bool(told["rules"]))
        print(f"       refused: {told['refusal']}")
        for rule in told["rules"]:
            print(f"       by {rule}")
        self.check("the charity does not hold it", self.charity.run("show", secret["id"], "--json").returncode == 1)
        self.check("the police, named as its recipient, do", self.police.run("show", secret["id"], "--json").returncode == 0)

    def feedback(self):
        self.say("The police acted on the charity's report, and say so.")

        def made():
            return self.police.ask("find", "--kind", "sighting", "--origin", self.police.name)["records"]
        self.repeat("sighting", lambda: None if made() else
                    self.police.run("sighting", self.report, "--outcome", "acted-on", "--note", "Visited with the labour inspectorate"),
                    made)
        heard = until("feedback", lambda: self.charity.ask("find", "--kind", "sighting", "--origin", self.police.name)["records"])
        outcome = heard and field(heard[0], "outcome")
        self.check("the charity hears that its report was acted on",
                   bool(heard) and outcome is not None and outcome["value"] == "acted-on" and
                   field(heard[0], "reference")["value"] == self.report, json.dumps(heard)[:400])

    def recall(self):
        self.say("A witness is at risk: the charity takes the report back.")
        self.repeat("recall", lambda: self.charity.run("recall", self.report, "--reason", "a witness is at risk", "--user", "analyst"),
                    lambda: self.charity.ask("show", self.report)["state"] == "recalled")

        def erased():
            told = self.charity.ask("holders", self.report)
            return told if told["erased"] >= 2 and told["unanswered"] == 0 and told["held"] == 0 else None
        holders = until("erased", erased)
        self.check("the police and the bank have erased it and signed for that", bool(holders),
                   json.dumps(self.charity.ask("holders", self.report)))
        for holder in (holders or {"holders": []})["holders"]:
            print(f"       {holder['organisation']}: {holder['state']}, receipt {holder['receipt']} in the register")
        receipts = self.charity.ask("audit", "list", "--kind", "receipt", "--partner", self.police.name, "--limit", 1000)["entries"]
        named = {h["receipt"] for h in (holders or {"holders": []})["holders"] if h["organisation"] == self.police.name}
        self.check("the signed receipt is in the charity's register",
                   bool(named) and named <= {f"{entry['index']:.0f}" for entry in receipts})
        for node in (self.police, self.bank):
            gone = node.ask("show", self.report)
            self.check(f"{node.title} can no longer show any of it", gone["fields"] == [] and gone["state"] == "recalled")

    def verify_all(self):
        self.say("Every node reads all that it holds and checks that it is consistent.")
        for node in self.nodes:
            summary = node.ask("verify", allowed=(0, 1))
            self.check(f"{node.title}: {summary['values']} values, {summary['records']} records, "
                       f"{summary['register_entries']} register entries are consistent", summary["clean"], json.dumps(summary)[:800])

    def nothing_readable(self):
        self.say("A thief of the disks finds nothing: no file of the nodes has words from the records.")
        words = [b"Tallow Wharf", b"a carpenter on the same site", b"99999900000007", b"Silver Fern Nail Bar",
                 b"07700900", b"at risk"]
        found = []
        for node in self.nodes:
            for path in [self.folder / f"{node.name}.log", *node.directory.rglob("*")]:
                if path.is_file():
                    data = path.read_bytes()
                    found += [f"{word!r} in {path}" for word in words if word in data]
        self.check(f"no store, keyring or log has any of {len(words)} planted words", not found, "; ".join(found[:5]))

    def tell(self):
        for step in (self.open_nodes, self.pair, self.apply_policies, self.import_intelligence, self.police_pull,
                     self.three_views, self.refused_share, self.feedback, self.recall, self.verify_all,
                     self.nothing_readable):
            step()


def stop_leftovers(folder):
    """Stops nodes that an earlier run with --keep left running. That run wrote their process ids into a file."""
    pids = folder / "pids"
    if not pids.exists():
        return
    for line in pids.read_text().split():
        try:
            command = pathlib.Path(f"/proc/{int(line)}/cmdline").read_bytes()
            if b"tidegate" in command and str(folder).encode() in command:
                os.kill(int(line), signal.SIGTERM)
        except (OSError, ValueError):
            pass
    time.sleep(0.5)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tidegate", type=pathlib.Path, required=True, help="the built program")
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="the folder for the nodes; it is deleted first")
    parser.add_argument("--keep", action="store_true", help="leave the nodes running at the end")
    options = parser.parse_args()
    options.tidegate = options.tidegate.resolve()
    options.folder = options.folder.resolve()
    stop_leftovers(options.folder)
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True, mode=0o700)
    story = Story(options)
    try:
        story.tell()
    except Failed as failed:
        story.check("the story goes on", False, str(failed))
    finally:
        if options.keep and story.checks.failed == 0:
            (options.folder / "pids").write_text("\n".join(str(n.process.pid) for n in story.nodes))
        else:
            for node in story.nodes:
                node.stop()
                if node.complaints():
                    story.check(f"no sanitizer complains about {node.name}", False, node.complaints())
    if story.mischief.kills:
        print(f"\nnodes were killed {story.mischief.kills} times")
    if options.keep and story.checks.failed == 0:
        print("\nThe nodes are still running. Try:")
        for node in story.nodes:
            print(f"  {options.tidegate} --node {node.directory} status")
        print(f"  {options.tidegate} --node {story.police.directory} alerts")
        print(f"Stop them with: kill {' '.join(str(n.process.pid) for n in story.nodes)}")
    print(f"\n{story.checks.passed} checks passed, {story.checks.failed} failed")
    return 1 if story.checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
