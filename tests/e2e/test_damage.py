"""One row of the store can no longer be read. That stops no listing, no feed, no plan, no import and no verify. The node still
knows who holds the record, and takes it back from partners who may no longer hold it by policy."""
import subprocess
import sys

from support import Failed, Node, apply_policy, held, main, pair, until


def tell(checks, build, folder, nodes):
    us = Node(build / "node/tidegate", folder, "lantern", "the charity", "ngo")
    nodes.append(us)
    us.init()
    us.start()
    mapping, table = folder / "calls.toml", folder / "calls.csv"
    mapping.write_text('kind = "alert"\nsource = "calls"\nidentity = ["ref"]\n[columns]\n'
                       'ref = { to = "alert.external_id", scheme = "case" }\nwhat = "alert.title"\n'
                       '[constants]\n"handling.tlp" = "GREEN"\n"handling.purposes" = "prevention"\n'
                       '"handling.legal_basis" = "gdpr-6-1-f"\n')
    table.write_text("ref,what\n" + "".join(f"D-{i},call {i}\n" for i in range(1, 6)))
    us.ask("import", "--mapping", mapping, table)
    bank = Node(build / "node/tidegate", folder, "meridian-bank", "the bank", "bank")
    nodes.append(bank)
    bank.init()
    bank.start()
    pair(us, bank, folder)
    policy = folder / "all.cedar"
    policy.write_text('@id("all") permit (principal, action == Action::"disclose", resource);\n')
    apply_policy(us, policy)
    ids = {record["title"]: record["id"] for record in us.ask("find", "--kind", "alert")["records"]}
    lost = ids["call 3"]
    checks.check("the partner holds all of them", bool(until("held", lambda: all(held(bank, one) for one in ids.values()))))
    us.stop()
    damaged = subprocess.run([build / "tests/e2e/damage_row", us.directory / "store", "3"], capture_output=True, text=True)
    if damaged.returncode != 0:
        raise Failed(f"damage_row: {damaged.returncode} {damaged.stderr}")
    us.start()

    result = us.run("find", "--kind", "alert")
    checks.check("find lists what can be read, and says what cannot", result.returncode == 3 and
                 all(f"call {i}" in result.stdout for i in (1, 2, 4, 5)) and "1 records cannot be read" in result.stderr and
                 "arrivals 3" in result.stderr, result.stdout + result.stderr)
    told = us.ask("find", "--kind", "alert", allowed=(3,))
    checks.check("and counts it", told["unreadable"] == 1 and told["unreadable_arrivals"] == ["3"], str(told)[-300:])
    checks.check("also where everything is listed", us.ask("find", allowed=(3,))["unreadable"] == 1)
    result = us.run("alerts")
    checks.check("alerts go on", "call 5" in result.stdout, result.stdout + result.stderr)
    told = us.ask("holders", lost)
    checks.check("who holds the record is known from the register", told["held"] == 1 and told["unreadable"] == 1 and
                 told["holders"][0]["organisation"] == bank.name, str(told))
    plan = us.run("policy", "plan", policy)
    checks.check("policies are planned", plan.returncode == 0, plan.stdout + plan.stderr)
    result = us.run("import", "--mapping", mapping, table)
    checks.check("an import of them goes on", "4 held already, 1 rejected" in result.stdout, result.stdout + result.stderr)
    nothing = folder / "nothing.cedar"
    nothing.write_text('@id("none") permit (principal, action == Action::"disclose", resource) when { resource.record.tlp in Tlp::"RED" && false };\n')
    apply_policy(us, nothing)
    checks.check("a tightened policy takes back all, the unreadable one too",
                 bool(until("gone", lambda: all(not (held(bank, one) or {}).get("fields") for one in ids.values()))))
    late = us.ask("add", "alert", "--set", "title=call 6", "--set", "tlp=GREEN", "--set", "purpose=prevention",
                  "--set", "legal_basis=gdpr-6-1-f")["id"]
    apply_policy(us, policy)
    checks.check("and the feed goes on", bool(until("late", lambda: (held(bank, late) or {}).get("fields"))))
    result = us.run("recall", lost, "--reason", "it names a victim")
    checks.check("it is recalled although it cannot be read", result.returncode == 0 and "can be read here" in result.stdout + result.stderr,
                 result.stdout + result.stderr)
    verify = us.run("verify")
    checks.check("verify names the row and reads the rest", verify.returncode == 1 and "arrival 3" in verify.stdout + verify.stderr,
                 verify.stdout + verify.stderr)
    checks.check("the node answers", us.run("status").returncode == 0)


if __name__ == "__main__":
    sys.exit(main(tell))
