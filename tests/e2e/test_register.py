#!/usr/bin/env python3
"""The register is proof for somebody who has no node. An excerpt verifies. An excerpt that was altered, cut or put in another
order is refused, and the refusal names the place. A person's access request is answered. Reviews are decided. Whoever recalls
a record learns of a legal hold on it.

    tests/e2e/test_register.py --build build/release
"""
import json
import subprocess
import sys

from support import BANK, CHARITY, apply_policy, main, pair, serving, until

WHY = ("--user", "ana", "--reason", "case 12")


def report(node, title, *more):
    return node.ask("add", "report", "--set", f"title={title}", "--set", "tlp=AMBER", "--set", "purpose=prevention",
                    "--set", "legal_basis=gdpr-6-1-f", *more)["id"]


def verify(build, folder, *words):
    """On another machine: no node, no store, no configuration."""
    result = subprocess.run([build.resolve() / "node/tidegate", "audit", "verify", *map(str, words)], capture_output=True,
                            text=True, cwd=folder, env={"HOME": str(folder)})
    return result.returncode, result.stdout + result.stderr


def excerpts(checks, build, folder, node):
    record = report(node, "Car wash, Hull")
    node.run("show", record, *WHY)
    early = folder / "early.register"
    first = node.run("audit", "export", "--user", "ana", "--reason", "inspection", "--out", early)
    checks.check("the whole register is exported", first.returncode == 0 and "exported" in first.stderr, first.stderr)
    checks.check("only its owner can read the file", early.stat().st_mode & 0o777 == 0o600)
    code, said = verify(build, folder, early)
    checks.check("it verifies without the node", code == 0 and said.startswith("verified: ") and "by ana: inspection" in said, said)
    head = node.ask("audit", "checkpoint")
    checks.check("its key is the one that the node reads out", head["register_fingerprint"] in said)
    for key in (head["register_fingerprint"], head["register_key"]):
        checks.check("a key that is trusted verifies", verify(build, folder, early, "--key", key)[0] == 0)
    code, said = verify(build, folder, early, "--key", "00" * 32)
    checks.check("another key does not", code == 1 and "another register" in said, said)
    entry = node.ask("audit", "list", "--kind", "export")["entries"][0]
    checks.check("that it was exported stands in the register", entry["user"] == "ana" and entry["reason"] == "inspection", str(entry))
    again = node.run("audit", "export", "--out", early)
    checks.check("a file that is there stays", again.returncode == 1 and "exists" in again.stderr, again.stderr)

    report(node, "Nail bar, Leeds")
    late = folder / "late.register"
    node.run("audit", "export", "--out", late)
    code, said = verify(build, folder, late, "--against", early)
    checks.check("a later one continues it", code == 0 and "continues" in said, said)
    report(node, "Shop, York")
    note = folder / "kept.note"
    note.write_text(node.run("audit", "checkpoint").stdout)
    report(node, "Farm, Boston")
    later = folder / "later.register"
    node.run("audit", "export", "--out", later)
    code, said = verify(build, folder, later, "--against", note)
    checks.check("what it has no proof about is told", code == 1 and "--against" in said, said)
    node.run("audit", "export", "--out", later, "--overwrite", "--against", note)
    code, said = verify(build, folder, later, "--against", note)
    checks.check("with that proof it continues the checkpoint", code == 0, said)
    return record, late


def altered(checks, build, folder, whole):
    lines = whole.read_text().splitlines(keepends=True)
    other = folder / "altered.register"

    def refused(what, text, *names):
        other.write_text(text)
        code, said = verify(build, folder, other)
        checks.check(what, code == 1 and said.startswith("NOT VERIFIED") and all(name in said for name in names), said)
    at = next(i for i, line in enumerate(lines) if '"user":"ana"' in line and '"kind":"access"' in line)
    index = json.loads(lines[at])["index"]
    refused("another user is refused, and the place named", "".join(lines[:at] + [lines[at].replace('"user":"ana"', '"user":"bob"')] +
            lines[at + 1:]), f"line {at + 1} (entry {index})")
    refused("an entry that was taken out is named", "".join(lines[:at] + lines[at + 1:]), f"entry {index} was taken out")
    refused("two that changed places are named", "".join(lines[:at - 1] + [lines[at], lines[at - 1]] + lines[at + 1:]), f"line {at}:")
    refused("one that was cut is refused", "".join(lines[:-1]), "was cut")
    refused("one that was cut in a line is refused", "".join(lines)[:-40], "was cut")
    refused("one with more is refused", "".join(lines + lines[-1:]), "was added")
    refused("a text is no excerpt", "Dear colleague,\n")
    result = verify(build, folder, other, "--json")
    checks.check("as JSON, too", result[0] == 1 and json.loads(result[1])["verified"] is False, result[1])
    missing = verify(build, folder, folder / "nowhere")
    checks.check("a file that is not there is named", missing[0] == 1 and "nowhere" in missing[1], missing[1])


def parts(checks, build, folder, node, record):
    about = folder / "record.register"
    node.run("audit", "export", "--record", record, "--out", about)
    code, said = verify(build, folder, about, "--entries")
    entries = [json.loads(line) for line in said.splitlines()]
    checks.check("what is about a record is exported", code == 0 and {"collection", "access"} <= {e["kind"] for e in entries} and
                 all(record in e["records"] for e in entries if e["kind"] in ("collection", "access")), said)
    told = json.loads(verify(build, folder, about, "--json")[1])
    checks.check("the summary names the record", told["verified"] and told["record"] == record and told["count"] == len(entries), str(told))
    checks.check("no contents of records are in it", "Car wash" not in about.read_text())
    result = node.run("audit", "export", "--from", "2001-01-01", "--to", "2001-01-02")
    checks.check("times without entries are told", result.returncode == 1 and "no entry of those times" in result.stderr, result.stderr)
    result = node.run("audit", "export", "--from", "yesterday")
    checks.check("a time that is none is told", result.returncode == 2, result.stderr)
    result = node.run("audit", "export", "--record", record, "--from", "2026-01-01")
    checks.check("a record or times, not both", result.returncode == 2, result.stderr)


def questions(checks, node, record):
    listed = node.ask("audit", "list", f'user:ana kind:access "case 12" record:{record}')["entries"]
    checks.check("a query finds entries by who, what and why", bool(listed) and all(e["kind"] == "access" and e["user"] == "ana"
                 for e in listed), str(listed))
    checks.check("a word that no entry has finds none", not node.ask("audit", "list", "kind:access nonsense")["entries"])
    wrong = node.run("audit", "list", "usr:ana")
    checks.check("a field that there is not is named, with the nearest", wrong.returncode == 2 and "`user`" in wrong.stderr, wrong.stderr)


def subject(checks, node):
    phone = node.ask("add", "phone", "--set", "number=phone:+447700900011", "--set", "tlp=AMBER", *WHY)["id"]
    node.run("show", phone, *WHY)
    answer = node.ask("audit", "subject", "phone:07700 900011", "--reason", "access request")
    checks.check("the records and looks of a person are listed", [one["record"]["id"] for one in answer["records"]] == [phone] and
                 {"collection", "access"} <= {e["kind"] for e in answer["entries"]}, str(answer)[:600])
    said = node.run("audit", "subject", "phone:+447700900011", "--reason", "access request")
    checks.check("what is left out is said each time", said.returncode == 0 and "POCA 2002 s.333A" in said.stderr, said.stderr)
    refused = node.run("audit", "subject", "phone:+447700900011")
    checks.check("without a reason nobody is told", refused.returncode == 1 and "--reason" in refused.stderr, refused.stderr)


def reviews(checks, node):
    record = report(node, "Warehouse, Luton")
    kept = node.run("review", record, "--retain", "--until", "2099-01-01", "--reason", "open case")
    checks.check("a record is retained until a day", kept.returncode == 0 and "2099-01-01" in kept.stdout, kept.stdout + kept.stderr)
    checks.check("it is not due before", not node.ask("review", "list")["records"])
    due = node.ask("review", "list", "--days", "36500")["records"]
    checks.check("it is listed for whoever looks that far", record in [one["id"] for one in due], str(due))
    result = node.run("review", record, "--amend", "--set", "tlp=GREEN", "--reason", "no longer sensitive")
    checks.check("a review may amend", result.returncode == 0 and node.ask("show", record, *WHY)["handling"]["tlp"] == "GREEN",
                 result.stderr)
    for words in (("--retain",), ("--retain", "--dispose", "--reason", "x"), ("--reason", "x"), ("--amend", "--reason", "x")):
        checks.check(f"a decision that is none is refused: {words}", node.run("review", record, *words).returncode == 2)
    shown = node.run("review", record, "--dispose", "--dry-run", "--reason", "no purpose any more")
    checks.check("a dry run erases nothing", "would be erased here" in shown.stdout and node.ask("show", record, *WHY)["fields"], shown.stdout)
    plan = node.ask("review", record, "--dispose", "--dry-run", "--reason", "no purpose any more")
    checks.check("it gives a digest, in words and in JSON", f"digest: {plan['digest']}" in shown.stdout and plan["dry_run"], shown.stdout)
    node.run("amend", record, "--set", "title=Warehouse, Luton, again", *WHY)
    stale = node.run("review", record, "--dispose", "--reason", "no purpose any more", "--plan", plan["digest"])
    checks.check("what was changed since is not disposed of", stale.returncode == 1 and "the plan has changed" in stale.stderr and
                 node.ask("show", record, *WHY)["fields"], stale.stderr)
    for words in (("--dispose", "--plan", "no digest", "--reason", "x"), ("--retain", "--plan", plan["digest"], "--reason", "x")):
        refused = node.run("review", record, *words)
        checks.check(f"a plan that is none is refused: {words[0]}", refused.returncode == 2 and "plan" in refused.stderr, refused.stderr)
    digest = node.ask("review", record, "--dispose", "--dry-run", "--reason", "no purpose any more")["digest"]
    done = node.run("review", record, "--dispose", "--reason", "no purpose any more", "--plan", digest)
    checks.check("a review may dispose", done.returncode == 0 and node.run("show", record, *WHY, "--json").returncode == 0 and
                 not node.ask("show", record, *WHY)["fields"], done.stderr)
    entries = node.ask("audit", "list", "--record", record)["entries"]
    decided = [entry["summary"].split(",")[0] for entry in entries if entry["kind"] == "keeping"]
    checks.check("each decision stands in the register", decided == ["dispose", "amend", "retain"], str(entries)[:800])
    checks.check("and the erasure", any(e["kind"] == "erasure" and e["source"] == "disposal" for e in entries))
    checks.check("`review` alone still shows what an earlier version left", "nothing to review" in node.run("review").stdout)


def holds(checks, folder, charity, bank):
    pair(charity, bank, folder)
    policy = folder / "open.cedar"
    policy.write_text('@id("open") permit (principal, action == Action::"disclose", resource);\n')
    apply_policy(charity, policy)
    record = report(charity, "Car wash, Derby")
    until("it is there", lambda: bank.run("show", record, *WHY).returncode == 0)
    placed = bank.run("hold", record, "--user", "cara", "--reason", "order of a court")
    checks.check("a record is put under hold", placed.returncode == 0 and "under legal hold" in placed.stdout, placed.stderr)
    refused = bank.run("review", record, "--dispose", "--reason", "no purpose any more")
    checks.check("what is under hold is not disposed of", refused.returncode == 1 and "legal hold" in refused.stderr, refused.stderr)
    charity.run("recall", record, *WHY)

    def state():
        return charity.ask("holders", record)["holders"][0]["state"]
    checks.check("whoever recalled it is told that it is withheld", bool(until("told", lambda: state().startswith("withheld under legal hold"))),
                 state())
    checks.check("nobody sees it any more", not bank.ask("show", record, *WHY)["fields"])
    listed = bank.ask("hold", "list")["holds"]
    checks.check("the hold is listed, with its copy", [(one["id"], one["user"], one["copies"]) for one in listed] ==
                 [(record, "cara", 1)], str(listed))
    released = bank.run("hold", record, "--release", "--reason", "the order ended")
    checks.check("a hold is released", released.returncode == 0 and "are now deleted" in released.stdout, released.stderr)
    checks.check("it is not released twice", bank.run("hold", record, "--release", "--reason", "again").returncode == 1)
    for node in (charity, bank):
        verified = node.run("verify", "--key-file", node.key)
        checks.check(f"the store of {node.name} agrees with itself", verified.returncode == 0, verified.stdout + verified.stderr)


def tell(checks, build, folder, nodes):
    charity, bank = serving(build, folder, nodes, CHARITY, BANK)
    record, whole = excerpts(checks, build, folder, charity)
    altered(checks, build, folder, whole)
    parts(checks, build, folder, charity, record)
    questions(checks, charity, record)
    subject(checks, charity)
    reviews(checks, charity)
    holds(checks, folder, charity, bank)


if __name__ == "__main__":
    sys.exit(main(tell))
