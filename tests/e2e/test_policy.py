"""An administrator's policies on real nodes: cases, the page to sign, versions, rollback, and two people's approval."""
import sys

from support import BANK, CHARITY, apply_policy, main, pair, rung, serving, until

REGION = '''@id("region") permit (principal in Circle::"banks", action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"AMBER" }
when { resource in [Precision::"place.region", Precision::"time.month"] };
'''
EXACT = REGION.replace("place.region", "place.exact")
TELLING = '''@id("telling") permit (principal in Circle::"banks", action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"AMBER" && resource in [Precision::"place.region", FieldClass::"narrative"] };
'''
CASES = '''
[partner.bank]
sector = "bank"
circles = ["banks"]
purposes = ["prevention"]
[record.report]
kind = "report"
tlp = "GREEN"
purposes = ["prevention"]
[[case]]
name = "banks see regions"
record = "report"
partner = "bank"
expect = { place = "place.region" }
'''


def tell(checks, build, folder, nodes):
    charity, bank = serving(build, folder, nodes, CHARITY, BANK)
    pair(charity, bank, folder)
    charity.ask("circle", "create", "banks")
    charity.ask("circle", "add", "banks", bank.name)
    policy, cases = folder / "sharing.cedar", folder / "cases.toml"

    policy.write_text(REGION)
    apply_policy(charity, policy)
    record = charity.ask("add", "report", "--set", "place=14 Harbour Lane|Grimsby|Lincolnshire|GB", "--set", "tlp=GREEN",
                         "--set", "narrative=Seen at 14 Harbour Lane twice", "--set", "purpose=prevention",
                         "--set", "legal_basis=gdpr-6-1-f")["id"]
    checks.check("the partner holds the region", bool(until("region", lambda: rung(bank, record) == "place.region")))

    cases.write_text(CASES)
    good = charity.run("policy", "test", cases)
    checks.check("cases pass against the policies in force", good.returncode == 0 and
                 good.stdout.endswith("1 passed, 0 failed\n"), good.stdout + good.stderr)
    other = folder / "exact.cedar"
    other.write_text(EXACT)
    bad = charity.run("policy", "test", cases, "--policies", other)
    checks.check("and fail against others", bad.returncode == 1 and "0 passed, 1 failed" in bad.stdout, bad.stdout + bad.stderr)

    supposed = folder / "supposed.toml"
    supposed.write_text(CASES + '[[case]]\nname = "nobody knows the tags"\nrecord = "report"\nset = { absent = ["tags"] }\n'
                        'partner = "bank"\nrefused = true\n')
    told = charity.run("policy", "test", supposed)
    checks.check("a case may suppose what is never seen", "2 passed, 0 failed" in told.stdout, told.stdout + told.stderr)
    warnings = charity.ask("policy", "explain", record, bank.name)["warnings"]
    checks.check("and is not reported as seen", not [w for w in warnings if "errs" in w], str(warnings))

    page = charity.ask("policy", "matrix", "--partner", bank.name, "--kind", "report", "--tlp", "GREEN")
    rows = [row for row in page["rows"] if not row["named"]]
    cells = {cell["class"]: cell for row in rows for cell in row["cells"]}
    checks.check("the matrix has the one row asked for", len(rows) == 1 and page["number"] == 1, str(page)[:400])
    checks.check("and the region in it", "place.region" in cells["location"]["precisions"], str(cells)[:400])
    html = charity.run("policy", "matrix", "--html").stdout
    checks.check("as a page to print", html.startswith("<!doctype html>") and bank.name in html and "Signature" in html)
    wrong = charity.run("policy", "matrix", "--kind", "reprot")
    checks.check("a kind that is none is refused", wrong.returncode == 2 and "reprot" in wrong.stderr, wrong.stderr)

    policy.write_text(EXACT)
    apply_policy(charity, policy)
    checks.check("a loosened policy opens more", bool(until("exact", lambda: rung(bank, record) == "place.exact")))
    diff = charity.ask("policy", "diff")
    checks.check("diff names versions, text and meaning", (diff["from"], diff["to"]) == (1, 2) and "+when" in diff["sources"] and
                 [r["change"] for r in diff["rules"]] == ["changed"] and diff["partners"][0]["fields_finer"] > 0, str(diff)[:600])

    dry = charity.ask("policy", "rollback", 1)
    checks.check("a rollback without a plan only shows one", bool(dry["digest"]) and charity.ask("policy", "show")["number"] == 2 and
                 rung(bank, record) == "place.exact")
    checks.check("with an example", dry["partners"][0]["examples"] and record in dry["partners"][0]["examples"][0], str(dry)[:400])
    back = charity.ask("policy", "rollback", 1, "--plan", dry["digest"], "--user", "ana", "--reason", "too much")
    checks.check("with it, it is a new version", back["number"] == 3 and not back["pending"], str(back))
    checks.check("which withdraws what it no longer allows",
                 bool(until("tightened", lambda: rung(bank, record) == "place.region")), str(rung(bank, record)))
    history = charity.ask("policy", "history")["versions"]
    checks.check("history keeps every version", [v["number"] for v in history] == [3, 2, 1, 0] and history[0]["in_force"] and
                 history[0]["by"] == "ana" and history[0]["reason"] == "too much" and
                 history[0]["policy_version"] == history[2]["policy_version"], str(history)[:600])
    intents = charity.ask("audit", "list", "--kind", "intent", "--record", record, "--limit", 500)["entries"]
    checks.check("the register names the version that allowed each disclosure",
                 {1, 2, 3} <= {e.get("policy_number") for e in intents}, str([e.get("policy_number") for e in intents]))

    dry = charity.ask("policy", "rollback", 0)
    charity.ask("policy", "rollback", 0, "--plan", dry["digest"], "--user", "ana", "--reason", "stop")
    checks.check("the baseline alone withdraws the record whole", bool(until("gone", lambda: rung(bank, record) is None)))
    erased = until("receipt", lambda: [e for e in charity.ask("audit", "list", "--kind", "receipt", "--limit", 500)["entries"]
                                       if "erased" in e["summary"]])
    checks.check("and the partner signs for the erasure", bool(erased))

    policy.write_text(TELLING)
    plan = charity.ask("policy", "plan", policy)
    checks.check("a plan warns of a narrative that tells what is withheld", "narrative" in str(plan["partners"][0]["warnings"]),
                 str(plan)[:600])
    police = charity.ask("policy", "plan", policy)["digest"]
    charity.ask("circle", "create", "others")
    charity.ask("circle", "add", "others", bank.name)
    stale = charity.run("policy", "apply", policy, "--plan", police)
    checks.check("a plan is refused when partners have changed since", stale.returncode == 1 and "changed since" in stale.stderr,
                 stale.stderr)
    plan = charity.ask("policy", "plan", policy)["digest"]
    charity.ask("add", "report", "--set", "title=x", "--set", "tlp=CLEAR")
    stale = charity.run("policy", "apply", policy, "--plan", plan)
    checks.check("and when labels have", stale.returncode == 1 and "changed since" in stale.stderr, stale.stderr)
    apply_policy(charity, policy)
    told = charity.ask("policy", "explain", record, bank.name)
    checks.check("explain warns of it too, and quotes nothing", "narrative" in str(told["warnings"]) and
                 "Harbour" not in str(told["warnings"]), str(told["warnings"]))

    charity.stop()
    config = charity.directory / "tidegate.toml"
    config.write_text("approvals = 2\n" + config.read_text())
    charity.start()
    policy.write_text(REGION)
    page = charity.run("policy", "plan", policy)
    shown_first = charity.ask("policy", "plan", policy)
    plan = shown_first["digest"]
    first = charity.ask("policy", "apply", policy, "--plan", plan, "--user", "ana", "--reason", "tighter")
    checks.check("one of two people puts nothing in force", first["pending"] and charity.ask("policy", "show")["number"] == 5, str(first))
    charity.stop()
    charity.start()
    waiting = charity.ask("policy", "history")["pending"]
    checks.check("what waits outlives a restart", [(w["plan"], w["by"], w["lapsed"]) for w in waiting] == [(plan, "ana", False)] and
                 charity.ask("status")["pending_policies"] == 1, str(waiting))
    checks.check("the second user's page is the first one's, to the last field", charity.ask("policy", "plan", "--pending", plan) == shown_first,
                 str(shown_first)[:400])
    pending = charity.run("policy", "plan", "--pending", plan)
    checks.check("also as people read it", pending.stdout == page.stdout and "policy" in page.stdout, pending.stdout + page.stdout)
    same = charity.run("policy", "approve", plan, "--user", "ana")
    checks.check("the same user twice is refused", same.returncode == 1 and "different user" in same.stderr, same.stderr)
    checks.check("approve shows that page before it does anything", same.stdout.strip() and
                 page.stdout.startswith(same.stdout.strip()), same.stdout + page.stdout)
    second = charity.ask("policy", "approve", plan, "--user", "ben")
    shown = charity.ask("policy", "show")
    checks.check("a second user puts it in force", second["number"] == 6 and shown["by"] == "ana" and shown["approved_by"] == "ben",
                 str(shown)[:300])
    users = [(e["kind"], e["user"]) for e in charity.ask("audit", "list", "--limit", 500)["entries"] if e["kind"] in ("policy", "proposal")]
    checks.check("and the register names both", users[:2] == [("policy", "ben"), ("proposal", "ana")], str(users))
    policy.write_text(EXACT)
    plan = charity.ask("policy", "plan", policy)["digest"]
    charity.ask("policy", "apply", policy, "--plan", plan, "--user", "ana")
    charity.ask("circle", "create", "third")
    charity.ask("circle", "add", "third", bank.name)
    nobody = charity.run("policy", "apply", policy, "--plan", charity.ask("policy", "plan", policy)["digest"])
    checks.check("whoever is not named is none of the two", nobody.returncode == 2 and "--user" in nobody.stderr, nobody.stderr)
    lapsed = charity.run("policy", "approve", plan, "--user", "ben")
    checks.check("it lapses when partners change", lapsed.returncode == 1 and "lapsed" in lapsed.stderr, lapsed.stderr)
    nobody = charity.run("policy", "withdraw", plan)
    checks.check("a withdrawal needs a name", nobody.returncode == 2 and "--user" in nobody.stderr, nobody.stderr)
    back = charity.ask("policy", "withdraw", plan, "--user", "ben", "--reason", "planned too early")
    checks.check("what waits is withdrawn, lapsed or not", back["plan"] == plan and back["by"] == "ana" and
                 not charity.ask("policy", "history").get("pending"), str(back))
    gone = charity.run("policy", "withdraw", plan, "--user", "ben")
    checks.check("once", gone.returncode == 1 and "no application of that plan waits" in gone.stderr, gone.stderr)
    entry = charity.ask("audit", "list", "--kind", "withdrawal")["entries"][0]
    checks.check("and the register says who and why", (entry["user"], entry["reason"]) == ("ben", "planned too early") and
                 plan in entry["summary"], str(entry))

    typo = folder / "typo.cedar"
    typo.write_text(REGION.replace("record.tlp", "record.tlpp").replace('"banks"', '"bnaks"'))
    told = charity.run("policy", "check", typo).stderr
    checks.check("check shows each wrong name with a caret and the nearest", f"{typo}:2:24: error" in told and
                 "did you mean `tlp`?" in told and "did you mean `banks`?" in told and told.count("^") == 2, told)
    cases.write_text(CASES.replace("place = ", "plaec = "))
    told = charity.run("policy", "test", cases)
    checks.check("so does test", told.returncode == 1 and f"{cases}:14:12: error" in told.stderr and
                 "did you mean `place`?" in told.stderr and "           ^" in told.stderr, told.stderr)
    needs = {f["field"]: f.get("needs", []) for f in charity.ask("policy", "explain", record, bank.name)["fields"]}
    checks.check("explain says what would have to be true for more", any("permit" in need for need in needs["place"]), str(needs))

    twice = charity.run("add", "report", "--set", "title=x", "--set", "tlp=RED", "--set", "tlp=GREEN")
    checks.check("add refuses two contradictory markings", twice.returncode == 2 and "contradictory" in twice.stderr, twice.stderr)

    confirm = ("partner", "confirm", bank.name, "--fingerprint", bank.ask("status")["fingerprint"])
    agreed = charity.ask(*confirm, "--legal-basis", "gdpr-6-1-f")
    checks.check("legal bases are agreed with a partner", agreed["legal_bases"] == ["gdpr-6-1-f"], str(agreed))
    entry = charity.ask("audit", "list", "--kind", "partner")["entries"][0]
    checks.check("and named in the register", "agreed legal bases: gdpr-6-1-f" in entry["summary"], str(entry))
    agreed = charity.ask(*confirm, "--legal-basis", "none")
    checks.check("and taken back", not agreed.get("legal_bases"), str(agreed))
    entry = charity.ask("audit", "list", "--kind", "partner")["entries"][0]
    checks.check("which the register names too", "agreed legal bases: none" in entry["summary"], str(entry))
    both = charity.run(*confirm, "--legal-basis", "none", "--legal-basis", "gdpr-6-1-f")
    checks.check("none and some are not both", both.returncode == 2 and "not both" in both.stderr, both.stderr)
    for node in nodes:
        summary = node.ask("verify", allowed=(0, 1))
        checks.check(f"verify is clean at {node.title}", summary["clean"], str(summary)[:600])


if __name__ == "__main__":
    sys.exit(main(tell))
