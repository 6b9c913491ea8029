#!/usr/bin/env python3
"""A node was restored from an older backup and lost its newest days. It writes nothing more, says so, says why, and still takes
back what it shared. The backup is made and restored as docs/operations.md says.

    tests/e2e/test_restored.py --build build/release
"""
import subprocess
import sys

from support import BANK, CHARITY, Failed, apply_policy, held, main, pair, serving, until

OPEN = '''@id("open") permit (principal, action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"AMBER" };
'''
CLOSED = '''@id("closed") forbid (principal, action == Action::"disclose", resource);
'''
WHO = ("--user", "ana", "--reason", "witness at risk")


def line(node, name):
    return next((p for p in node.ask("status")["partners"] if p["organisation"] == name), {})


def report(node, title):
    return node.ask("add", "report", "--set", f"title={title}", "--set", "tlp=AMBER", "--set", "purpose=prevention",
                    "--set", "legal_basis=gdpr-6-1-f")["id"]


def open_at(node, record):
    return bool((held(node, record) or {}).get("fields"))


def tar(*arguments):
    result = subprocess.run(["tar", *map(str, arguments)], capture_output=True, text=True)
    if result.returncode != 0:
        raise Failed(f"tar: {result.stderr}")


def back_up(node, archive):
    node.stop()
    tar("--create", "--file", archive, "--directory", node.directory, "--exclude", "operator.sock", "--exclude", "lock", ".")
    node.start()


def restore(node, archive):
    node.stop()
    node.directory.rename(node.directory.with_suffix(".before"))
    node.directory.mkdir(mode=0o700)
    tar("--extract", "--file", archive, "--directory", node.directory)
    checked = node.run("verify", "--key-file", node.key)
    node.start()
    return checked


def read_only(checks, charity, folder, kept):
    said = until("read-only", lambda: charity.ask("status").get("read_only"))
    checks.check("a restored node says that it is read-only", bool(said) and "read-only" in said, str(said))
    checks.check("why", "restored from an older backup" in (said or ""), str(said))
    checks.check("and what can be done", "recall" in (said or "") and "docs/operations.md" in (said or ""), str(said))
    shown = charity.run("status").stdout
    checks.check("to people too", "READ-ONLY" in shown, shown)
    note = folder / "note.md"
    note.write_text("---\ntitle: New\n---\nText\n")
    for verb in (("add", "report", "--set", "title=New", "--set", "tlp=AMBER"), ("amend", kept, "--set", "title=Other"),
                 ("import", note), ("link", kept, "related-to", kept)):
        refused = charity.run(*verb)
        checks.check(f"it refuses `{verb[0]}`, and says the same", refused.returncode == 1 and "read-only" in refused.stderr and
                     "older backup" in refused.stderr, refused.stdout + refused.stderr)


def stays_read_only(checks, charity, bank):
    """Started again while nobody can be met, it must not forget."""
    bank.stop()
    charity.stop()
    charity.start()
    said = charity.ask("status").get("read_only")
    refused = charity.run("add", "report", "--set", "title=New", "--set", "tlp=AMBER")
    checks.check("it stays read-only when it is started again and nobody calls", bool(said) and refused.returncode == 1,
                 f"{said} {refused.stderr}")
    bank.start()


def takes_back(checks, charity, bank, folder, told, kept, amended, later):
    before = charity.ask("holders", told)
    checks.check("before a recall the partner counts as a holder", before["held"] == 1, str(before))
    checks.check("and it is said that more may be held than is known here", "backup" in before.get("note", ""), str(before))
    asked = charity.run("recall", told, "--dry-run", *WHO)
    entry = charity.ask("audit", "list", "--kind", "access")["entries"][0]
    checks.check("a dry run says who would be asked, recalls nothing, and is in the register", asked.returncode == 0 and
                 bank.name in asked.stdout and open_at(bank, told) and entry["summary"].startswith("recall --dry-run") and
                 entry["records"] == [told] and entry["user"] == "ana", f"{asked.stdout} {entry}")
    recalled = charity.run("recall", told, *WHO)
    checks.check("it recalls", recalled.returncode in (0, 3) and "read-only" in recalled.stdout + recalled.stderr,
                 recalled.stdout + recalled.stderr)
    checks.check("the partner's copy is gone", until("erased", lambda: not open_at(bank, told)) is True)
    signed = until("signed", lambda: charity.ask("holders", told)["erased"] == 1 and charity.ask("holders", told))
    checks.check("the partner has signed that", bool(signed) and not signed.get("held") and signed["unanswered"] == 0, str(signed))
    checks.check("no recall is left without an answer", charity.ask("status")["unanswered_recalls"] == 0)
    checks.check("its own copy is gone too", not open_at(charity, told))
    checks.check("what was not recalled stays", open_at(bank, kept) and open_at(bank, later))

    unknown = charity.run("recall", later, *WHO)
    checks.check("what was written after the backup is not known here, which is said", unknown.returncode == 1 and
                 "backup" in unknown.stderr, unknown.stderr)
    policy = folder / "closed.cedar"
    policy.write_text(CLOSED)
    plan = charity.ask("policy", "plan", policy)
    applied = charity.run("policy", "apply", policy, "--plan", plan["digest"], *WHO)
    checks.check("it tightens", applied.returncode == 0, applied.stderr)
    checks.check("and the partner gives back what this node knows of", until("withdrawn", lambda: not open_at(bank, kept)) is True)
    checks.check("`holders` says so", until("signed", lambda: charity.ask("holders", kept)["erased"] == 1) is True)
    truth = charity.ask("holders", amended)
    checks.check("of what was amended after the backup it says what it does not know", "backup" in truth.get("note", ""), str(truth))
    checks.check("nothing is left to be asked", until("quiet", lambda: line(bank, charity.name).get("caught_up")) is True and
                 not line(bank, charity.name).get("last_error"), str(line(bank, charity.name)))


def tell(checks, build, folder, nodes):
    charity, bank = serving(build, folder, nodes, CHARITY, BANK)
    pair(charity, bank, folder)
    policy = folder / "open.cedar"
    policy.write_text(OPEN)
    apply_policy(charity, policy)
    told, kept, amended = report(charity, "Told"), report(charity, "Kept"), report(charity, "Amended")
    checks.check("the partner holds all three", bool(until("held", lambda: all(open_at(bank, r) for r in (told, kept, amended)))))
    archive = folder / "node.tar"
    back_up(charity, archive)
    later = report(charity, "Later")
    charity.ask("amend", amended, "--set", "title=Amended later")
    checks.check("and what came after the backup", bool(until("held", lambda: open_at(bank, later))))
    checked = restore(charity, archive)
    checks.check("the restored copy is sound", checked.returncode == 0 and "clean" in checked.stdout, checked.stdout + checked.stderr)
    read_only(checks, charity, folder, kept)
    stays_read_only(checks, charity, bank)
    takes_back(checks, charity, bank, folder, told, kept, amended, later)
    summary = charity.ask("verify", allowed=(0, 1))
    checks.check("verify is clean afterwards", summary["clean"], str(summary)[:600])


if __name__ == "__main__":
    sys.exit(main(tell))
