#!/usr/bin/env python3
"""At its first start a node lists what an earlier version left, with the commands to type: twins of ids, sightings that are
handled too loosely, records whose signed handling names others. What was done leaves the list.

    tests/e2e/test_review.py --build build/release
"""
import subprocess
import sys

from support import BANK, CHARITY, POLICE, Failed, apply_policy, held, main, pair, serving, until

OPEN = '''@id("open") permit (principal, action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"AMBER" };
'''
WHO = ("--user", "ana", "--reason", "looked at both")


def old_record(build, node, *words):
    """As an earlier version wrote it; the node is not serving."""
    result = subprocess.run([build / "tests/e2e/old_record", node.directory, *words], capture_output=True, text=True)
    if result.returncode != 0:
        raise Failed(f"old_record {words}: {result.stderr}")
    return result.stdout.strip()


def report(node, title, tlp="AMBER"):
    return node.ask("add", "report", "--set", f"title={title}", "--set", f"tlp={tlp}", "--set", "purpose=prevention",
                    "--set", "legal_basis=gdpr-6-1-f")["id"]


def review(node):
    status = until("looked", lambda: (s := node.ask("status")) and not s["review_looking"] and s)
    return {item["about"]: item for item in status["review"]}


def partner_of_before(checks, build, bank, police):
    """What a partner says of itself decided in version 0.1: it counts as unset until an administrator says it."""
    bank.stop()
    old_record(build, bank, "partner", police.name)
    since = bank.log_path.stat().st_size
    bank.start()

    def known():
        return next(p for p in bank.ask("partner", "list")["partners"] if p["organisation"] == police.name)
    item = review(bank).get(police.name)
    checks.check("a partner of version 0.1 is to be reviewed", bool(item) and item["kind"] == "partner" and
                 "counts as unset" in item["what"], str(item))
    checks.check("its sector is unset, whatever it calls itself", not known()["sector"] and known()["claimed_sector"] == "police",
                 str(known()))
    checks.check("the log says so at the start", f"to review: {police.name}" in bank.log_path.read_text()[since:])
    typed = item["to_do"].replace("--fingerprint F", f"--fingerprint {police.ask('status')['fingerprint'].replace(' ', '')}")
    typed = typed.replace("--sector S", "--sector police").replace("--country C", "--country GB").split()[1:]
    digest = bank.ask(*typed, "--dry-run")["would_go"]["digest"]
    said = bank.run(*typed, "--plan", digest)
    checks.check("what it says to type does it", said.returncode == 0 and known()["sector"] == "police" and
                 police.name not in review(bank), said.stderr)


def tell(checks, build, folder, nodes):
    charity, bank, police = serving(build, folder, nodes, CHARITY, BANK, POLICE)
    policy = folder / "open.cedar"
    policy.write_text(OPEN)
    for node in (charity, bank):
        pair(node, police, folder)
        apply_policy(node, policy)
    checks.check("a node of this version has nothing to review", not review(police) and
                 "nothing to review" in police.run("review").stdout, str(review(police)))

    partner_of_before(checks, build, bank, police)
    record = report(charity, "Car wash", "GREEN")
    seen = report(charity, "Nail bar")
    bank.stop()
    old_record(build, bank, "report", record, "Nothing to see here")
    bank.start()
    police_holds_both = until("both", lambda: all(police.run("show", record, "--origin", n.name, "--json").returncode == 0
                                                  for n in (charity, bank)) and held(police, seen))
    checks.check("the police hold an id of two authors", bool(police_holds_both))
    police.stop()
    loose = old_record(build, police, "sighting", seen, "CLEAR")
    covert = old_record(build, police, "covert", "Covert premises")
    police.start()
    items = review(police)
    checks.check("all three are listed", set(items) == {record, loose, covert}, str(items))
    checks.check("each with what it is", [items[i]["kind"] for i in (record, loose, covert)] == ["twin", "loose", "names-others"],
                 str(items))
    checks.check("the twin with its authors", all(n.name in items[record]["what"] for n in (charity, bank)), items[record]["what"])
    checks.check("the sighting with what is looser", "`tlp`" in items[loose]["what"] and "AMBER" in items[loose]["what"],
                 items[loose]["what"])
    log = police.log_path.read_text()
    checks.check("the log says so too", "1 ids that several authors use, 1 links and sightings" in log and "tidegate review" in log,
                 log[-800:])
    told = police.run("status").stdout
    checks.check("and `status`, to people", "To review" in told and covert in told, told)
    listed = police.run("review").stdout
    checks.check("`review` lists them", all(i in listed for i in (record, loose, covert)), listed)

    for typed in (items[loose]["to_do"].split(";")[0], items[covert]["to_do"].split(" (")[0]):
        result = police.run(*typed.split()[1:])
        checks.check(f"what it says to type works: {typed.split()[1]} {typed.split()[-1]}", result.returncode == 0, result.stderr)
    checks.check("what was amended is listed no more", set(review(police)) == {record}, str(review(police)))
    unasked = police.run("review", "--settle", record)
    checks.check("nothing is settled without a reason", unasked.returncode != 0 and "--reason" in unasked.stderr, unasked.stderr)
    for typed in items[record]["to_do"].split("; ")[:-1]:
        shown = police.run(*typed.split()[1:])
        checks.check(f"each of the twins can be seen: {typed.split()[4]}", shown.returncode == 0, shown.stderr)
    settled = police.run("review", "--settle", record, *WHO)
    checks.check("a twin that somebody looked at is settled", settled.returncode == 0 and "0 left" in settled.stdout,
                 settled.stdout + settled.stderr)
    entry = police.ask("audit", "list", "--kind", "access")["entries"][0]
    checks.check("and the register says who and why", entry["user"] == "ana" and entry["summary"].startswith("review") and
                 entry["records"] == [record], str(entry))
    police.stop()
    police.start()
    checks.check("nor is it listed at the next start", not review(police), str(review(police)))


if __name__ == "__main__":
    sys.exit(main(tell))
