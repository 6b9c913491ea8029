"""One row of the store that can no longer be read stops no listing, no plan, no import and no verify. (No feed: tests/unit/feed.)"""
import subprocess
import sys

from support import Failed, Node, main


def tell(checks, build, folder, nodes):
    us = Node(build / "node/tidegate", folder, "lantern", "the charity", "ngo")
    nodes.append(us)
    us.init()
    us.start()
    mapping, table = folder / "calls.toml", folder / "calls.csv"
    mapping.write_text('kind = "alert"\nsource = "calls"\nidentity = ["ref"]\n[columns]\n'
                       'ref = { to = "alert.external_id", scheme = "case" }\nwhat = "alert.title"\n'
                       '[constants]\n"handling.tlp" = "GREEN"\n"handling.purposes" = "prevention"\n')
    table.write_text("ref,what\n" + "".join(f"D-{i},call {i}\n" for i in range(1, 6)))
    us.ask("import", "--mapping", mapping, table)
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
    policy = folder / "all.cedar"
    policy.write_text('@id("all") permit (principal, action == Action::"disclose", resource);\n')
    plan = us.run("policy", "plan", policy)
    checks.check("policies are planned", plan.returncode == 0, plan.stdout + plan.stderr)
    result = us.run("import", "--mapping", mapping, table)
    checks.check("an import of them goes on", "4 held already, 1 rejected" in result.stdout, result.stdout + result.stderr)
    verify = us.run("verify")
    checks.check("verify names the row and reads the rest", verify.returncode == 1 and "arrival 3" in verify.stdout + verify.stderr,
                 verify.stdout + verify.stderr)
    checks.check("the node answers", us.run("status").returncode == 0)


if __name__ == "__main__":
    sys.exit(main(tell))
