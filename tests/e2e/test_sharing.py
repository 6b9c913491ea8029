"""What reaches a partner when records, policies and partners change. The real command shows it on both sides."""
import datetime
import json
import subprocess
import sys
import time

from support import BANK, CHARITY, apply_policy, field, held, main, pair, rung, serving, take_as_shown, until

REGION = '''@id("region") permit (principal in Circle::"banks", action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"AMBER" }
when { resource in [Precision::"place.region", Precision::"time.month"] };
'''
EXACT = REGION.replace("place.region", "place.exact")
NOTHING_OF_PLACE = '''@id("month") permit (principal in Circle::"banks", action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"AMBER" && resource in Precision::"time.month" };
'''


def add(node, *assignments):
    fixed = ("tlp=GREEN", "purpose=prevention", "legal_basis=gdpr-6-1-f")
    return node.ask("add", "report", *[word for pair_ in (*assignments, *fixed) for word in ("--set", pair_)])["id"]


def tell(checks, build, folder, nodes):
    charity, bank = serving(build, folder, nodes, CHARITY, BANK)
    early = charity.run("show", "00" * 16, "--as", bank.name)
    checks.check("before pairing there is no such partner", early.returncode == 1)
    pair(charity, bank, folder)
    policy = folder / "sharing.cedar"

    charity.ask("circle", "create", "banks")
    policy.write_text(REGION)
    apply_policy(charity, policy)
    first = add(charity, "place=14 Harbour Lane|Grimsby|Lincolnshire|GB", "observed=2026-03-04", "title=First")
    marker = add(charity, "place=Quay|Hull|East Yorkshire|GB", "title=Nobody sees this either")
    until("a moment", lambda: charity.ask("status")["partners"][0]["followed"])
    checks.check("an empty circle reaches nobody", held(bank, first) is None and held(bank, marker) is None)
    take_as_shown(charity, "circle", "add", "banks", bank.name)
    checks.check("a partner put into the circle receives what it may see", bool(until("first", lambda: held(bank, first))))
    checks.check("at the region and the month", rung(bank, first) == "place.region" and rung(bank, first, "observed") == "time.month")

    # A whole minute, at least twenty seconds ahead: long enough to be passed over by a feed that is caught up.
    release = (int(time.time()) + 79) // 60 * 60
    embargoed = add(charity, "place=9 Dock Road|Goole|East Yorkshire|GB", "title=Later",
                    "not_before=" + datetime.datetime.fromtimestamp(release, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%MZ"))

    blank = add(charity, "title=Nothing that a bank may see")
    after = add(charity, "place=1 Mill Yard|Boston|Lincolnshire|GB", "title=After it")
    checks.check("a record without a field that may go holds nothing up", bool(until("after", lambda: held(bank, after))))
    checks.check("a record that its author releases later waits", time.time() >= release or held(bank, embargoed) is None)
    checks.check("and does not go", held(bank, blank) is None and charity.run("show", blank, "--as", bank.name).returncode == 1)

    policy.write_text(EXACT)
    apply_policy(charity, policy)
    checks.check("a loosened policy opens more of what was sent",
                 bool(until("gain", lambda: rung(bank, first) == "place.exact")), str(rung(bank, first)))
    checks.check("and the finer view verifies", held(bank, first)["verification"]["author_signature"] and
                 held(bank, first)["verification"]["log_proof"])
    policy.write_text(NOTHING_OF_PLACE)
    apply_policy(charity, policy)
    checks.check("a tightened policy takes it back", bool(until("loss", lambda: held(bank, first) and rung(bank, first) is None)))
    checks.check("what may stay, stays", rung(bank, first, "observed") == "time.month")
    checks.check("a record of which nothing may stay is gone",
                 bool(until("gone", lambda: (held(bank, after) or {"fields": []})["fields"] == [])))
    policy.write_text(REGION)
    apply_policy(charity, policy)
    checks.check("and comes back when policy allows it again", bool(until("back", lambda: rung(bank, first) == "place.region")))

    amended = charity.ask("amend", first, "--set", "place=2 New Street|Leeds|West Yorkshire|GB")
    checks.check("an amendment is a revision of the same record", amended["id"] == first and amended["revision"] == 1)
    checks.check("and replaces what the partner holds", bool(until("amended", lambda: (held(bank, first) or {}).get("revision") == 1)))
    checks.check("with its own region", field(held(bank, first), "place")["value"]["region"] == "West Yorkshire")

    follower = subprocess.Popen([str(bank.tidegate), "--node", str(bank.directory), "alerts", "--follow", "--limit", "0", "--json", "--reason", "on watch"],
                                stdout=subprocess.PIPE, text=True)
    until("followed", lambda: bank.ask("status")["pid"])
    alert = None
    line = ""
    try:
        alert = charity.ask("add", "alert", "--set", "title=x", "--set", "place=|Leeds|West Yorkshire|GB", "--set", "tlp=GREEN",
                            "--set", "purpose=prevention", "--set", "legal_basis=gdpr-6-1-f")["id"]
        line = follower.stdout.readline()
    finally:
        follower.terminate()
        follower.wait()
    checks.check("`alerts --follow` shows an alert as it arrives", bool(line) and json.loads(line)["id"] == alert, line[:200])

    evidence = folder / "evidence.json"
    shown = bank.run("show", first, "--evidence")
    evidence.write_text(shown.stdout)
    verified = bank.run("verify", evidence)
    checks.check("evidence of a record verifies without a node", verified.returncode == 0 and "West Yorkshire" in verified.stdout,
                 verified.stdout + verified.stderr)
    altered = json.loads(shown.stdout)
    view = altered["evidence"]["view"]
    altered["evidence"]["view"] = view[:200] + ("A" if view[200] != "A" else "B") + view[201:]
    evidence.write_text(json.dumps(altered))
    checks.check("altered evidence does not", bank.run("verify", evidence).returncode == 1)

    for _ in range(2):
        recalled = charity.ask("recall", first, "--reason", "test")
        checks.check("a recall can be repeated and names its holders", recalled["recalled"] and recalled["holders"] == [bank.name])
    checks.check("the partner signs for the erasure", bool(until("erased", lambda: charity.ask("holders", first)["unanswered"] == 0)),
                 str(charity.ask("holders", first)))
    checks.check("and shows it as recalled", (held(bank, first) or {}).get("state") == "recalled")
    shown = bank.run("show", first).stdout
    checks.check("for people too: whose it was, and that nothing of it is left",
                 (held(bank, first) or {}).get("author_fingerprint", "none") in shown and "no longer holds any of its fields" in shown and
                 "FIELD" not in shown, shown)
    foreign = bank.run("recall", after, "--reason", "not mine")
    checks.check("nobody recalls another's record", foreign.returncode == 1)
    checks.check("an embargoed record reaches a partner who was caught up, when its instant passes",
                 bool(until("release", lambda: held(bank, embargoed), patience=release - time.time() + 60)) and time.time() >= release)
    audit = charity.ask("audit", "list", "--record", first, "--limit", 500)["entries"]
    kinds = {entry["kind"] for entry in audit}
    checks.check("the register tells the record's life", {"collection", "intent", "alteration", "recall"} <= kinds, str(kinds))
    for node in nodes:
        summary = node.ask("verify", allowed=(0, 1))
        checks.check(f"verify is clean at {node.title}", summary["clean"], str(summary)[:600])


if __name__ == "__main__":
    sys.exit(main(tell))
