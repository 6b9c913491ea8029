#!/usr/bin/env python3
"""Two authors use one id. --origin reaches each record. A sighting of one goes to that record's author. When one is recalled,
the other stays.

    tests/e2e/test_twins.py --build build/release
"""
import json
import subprocess
import sys

from support import BANK, CHARITY, POLICE, Failed, apply_policy, field, main, pair, serving, until

OPEN = '''@id("open") permit (principal, action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"AMBER" };
'''


def report(node, title):
    return node.ask("add", "report", "--set", f"title={title}", "--set", "tlp=GREEN", "--set", "purpose=prevention",
                    "--set", "legal_basis=gdpr-6-1-f")["id"]


def title(node, record, author):
    result = node.run("show", record, "--origin", author.name, "--json")
    if result.returncode != 0:
        return None
    shown = json.loads(result.stdout)
    found = field(shown, "title")
    return (found["value"]["text"] if isinstance(found["value"], dict) else found["value"]) if found else None


def sightings(node):
    return node.ask("find", "--kind", "sighting")["records"]


def as_partner(checks, charity, police):
    """`show --as` of a link: nothing of it without something of both ends."""
    near, far = report(charity, "Near"), report(charity, "Far")
    link = charity.ask("link", near, "related-to", far)["id"]

    def seen():
        return charity.run("show", link, "--as", police.name, "--json")
    shown = json.loads(seen().stdout)
    checks.check("who may see both ends is shown the link", field(shown, "from") and field(shown, "to"), str(shown)[:500])
    until("held", lambda: police.run("show", link, "--json").returncode == 0)
    amended = charity.run("amend", near, "--set", "title=Nearer")
    checks.check("`amend` says what a partner gets", f"{police.name}: gets title@whole" in amended.stderr and
                 "loses" not in amended.stderr, amended.stderr)
    amended = charity.run("amend", far, "--set", "tlp=RED")
    checks.check("and that it gets nothing, and what it holds is taken back", f"{police.name}: gets nothing of the new revision; "
                 "what it holds is taken back" in amended.stderr, amended.stderr)
    hidden = seen()
    checks.check("who may see one end alone is shown nothing of it", hidden.returncode == 1 and "links a record" in hidden.stderr and
                 near not in hidden.stdout, hidden.stdout + hidden.stderr)
    checks.check("and gives back what it holds", until("withdrawn", lambda: not (json.loads(r.stdout).get("fields") if (
        r := police.run("show", link, "--json")).returncode == 0 else None)) is True)
    loosened = charity.run("amend", link, "--set", "tlp=CLEAR")
    checks.check("an amendment of a link is never looser than its ends", loosened.returncode == 1 and "looser" in loosened.stderr,
                 loosened.stderr)


def tell(checks, build, folder, nodes):
    charity, bank, police = serving(build, folder, nodes, CHARITY, BANK, POLICE)
    policy = folder / "open.cedar"
    policy.write_text(OPEN)
    for node in (charity, bank):
        pair(node, police, folder)
    for node in nodes:
        apply_policy(node, policy)
    twin = report(charity, "Real")
    other = report(charity, "Other")
    until("held", lambda: title(police, twin, charity) and title(police, other, charity))
    bank.stop()
    result = subprocess.run([build / "tests/e2e/old_record", bank.directory, "report", twin, "Twin"], capture_output=True, text=True)
    if result.returncode != 0:
        raise Failed(result.stderr)
    bank.start()
    checks.check("the twin is held apart", until("twin", lambda: title(police, twin, bank)) == "Twin" and
                 title(police, twin, charity) == "Real")

    both = (charity.name, bank.name)
    for verb in (("show", twin), ("policy", "explain", twin, charity.name), ("holders", twin), ("sighting", twin, "--outcome", "known"),
                 ("link", other, "related-to", twin)):
        refused = police.run(*verb)
        checks.check(f"`{' '.join(verb[:2]) if verb[0] == 'policy' else verb[0]}` without --origin names both authors",
                     refused.returncode == 1 and all(name in refused.stderr for name in both) and "--origin" in refused.stderr,
                     refused.stdout + refused.stderr)
    explained = police.run("policy", "explain", twin, charity.name, "--origin", bank.name)
    checks.check("`explain --origin` is about that one", explained.returncode == 0 and "no policy" not in explained.stderr,
                 explained.stdout + explained.stderr)
    for author in (charity, bank):
        told = police.ask("holders", twin, "--origin", author.name)
        checks.check(f"`holders --origin {author.name}` says whose it is and that we hold it", told["origin"] == author.name and
                     told["here"] and told["held"] == 0 and author.name in told["note"], str(told))
    words = police.run("holders", twin, "--origin", charity.name).stdout
    checks.check("to people too", f"by {charity.name}; this node holds it" in words, words)

    told = police.run("sighting", twin, "--origin", charity.name, "--outcome", "acted-on", "--note", "raid on Friday")
    checks.check("a sighting names its author", told.returncode == 0, told.stderr)
    checks.check("who gets it", bool(until("sighting", lambda: sightings(charity))))
    checks.check("and the twin's author does not", not sightings(bank))
    until("caught up", lambda: next(p for p in bank.ask("status")["partners"] if p["organisation"] == police.name)["caught_up"])
    checks.check("even when it has everything", not sightings(bank))
    linked = police.run("link", other, "related-to", twin, "--origin", charity.name)
    checks.check("a link names its author too", linked.returncode == 0, linked.stderr)
    recall = police.run("recall", twin, "--reason", "mistake")
    checks.check("nobody recalls what others wrote", recall.returncode == 1, recall.stdout + recall.stderr)

    as_partner(checks, charity, police)
    bank.ask("recall", twin, "--reason", "a mistake")
    checks.check("the bank recalls its twin", until("recalled", lambda: title(police, twin, bank) is None) is True)
    checks.check("the charity's stays, and is reached", title(police, twin, charity) == "Real")
    about_bank = police.run("sighting", twin, "--origin", bank.name, "--outcome", "known")
    checks.check("nothing more is said about what was recalled", about_bank.returncode == 1 and "recalled" in about_bank.stderr,
                 about_bank.stderr)
    again = police.run("sighting", twin, "--origin", charity.name, "--outcome", "known", "--note", "seen again")
    checks.check("a sighting of the other still goes to its author", again.returncode == 0 and
                 bool(until("second", lambda: len(sightings(charity)) == 2)) and not sightings(bank), again.stderr)
    summary = police.ask("verify", allowed=(0, 1))
    checks.check("verify is clean", summary["clean"], str(summary)[:600])


if __name__ == "__main__":
    sys.exit(main(tell))
