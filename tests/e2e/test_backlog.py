"""Partners who were away while much came: they catch up side by side, join one another on the way, are killed and amended
and tightened meanwhile, and end with exactly what policy lets them have."""
import sys

from support import Node, apply_policy, held, main, pair, until

ROWS = 7000
POLICY = '''@id("titles") permit (principal in Circle::"partners", action == Action::"disclose", resource in Kind::"report")
when { resource.record.tlp in Tlp::"AMBER" }
when { resource in [Slot::"report.title", Precision::"identifier.whole"] };
'''
WITHOUT_IDS = POLICY.replace(', Precision::"identifier.whole"', "")
MAPPING = ('kind = "report"\nsource = "calls"\nidentity = ["ref"]\n[columns]\n'
           'ref = { to = "report.external_id", scheme = "case", required = true }\n'
           'title = { to = "report.title", required = true }\n[constants]\n"handling.purposes" = "prevention"\n'
           '"handling.tlp" = "GREEN"\n')


def records(node):
    return node.ask("status")["records"]


def find(node, reference):
    return node.ask("find", "--identifier", f"case:{reference}")["records"]


def tell(checks, build, folder, nodes):
    names = (("lantern-community", "ngo"), ("meridian-bank", "bank"), ("harbour-trust", "ngo"), ("county-police", "police"))
    for name, sector in names:
        nodes.append(Node(build / "node/tidegate", folder, name, name, sector))
        nodes[-1].init()
        nodes[-1].start()
    author, *partners = nodes
    author.ask("circle", "create", "partners")
    for partner in partners:
        pair(author, partner, folder, ("prevention",))
        author.ask("circle", "add", "partners", partner.name)
    policy = folder / "policy.cedar"
    policy.write_text(POLICY)
    apply_policy(author, policy)
    for partner in partners:
        partner.stop()

    mapping, table = folder / "calls.toml", folder / "calls.csv"
    mapping.write_text(MAPPING)
    table.write_text("ref,title\n" + "".join(f"C-{i},Call {i}\n" for i in range(ROWS)))
    author.ask("import", "--mapping", mapping, table)
    gone = find(author, "C-3")[0]["id"]
    author.ask("recall", gone, "--reason", "made in error")
    changed = find(author, "C-4")[0]["id"]
    author.ask("amend", changed, "--set", "title=Amended while they were away")

    # One after the other, so that each has further to go than the one before.
    for partner in partners:
        partner.start()
    until("the first is under way", lambda: records(partners[0]) > 0)
    partners[-1].kill()
    amended = find(author, "C-6990")[0]["id"]
    author.ask("amend", amended, "--set", "title=Amended meanwhile")
    partners[-1].start()
    for partner in partners:
        checks.check(f"{partner.name} has every record once that it may have",
                     bool(until("all", lambda p=partner: records(p) == ROWS - 1, patience=240)), str(records(partner)))
        checks.check("what was recalled before it came is not there", held(partner, gone) is None)
        checks.check("a record amended before comes as it is now", held(partner, changed)["revision"] == 1)
        checks.check("and so does one that was amended meanwhile",
                     bool(until("amended", lambda p=partner: (held(p, amended) or {}).get("revision") == 1)))
        first = find(partner, "C-0")
        checks.check("the oldest is found", len(first) == 1 and first[0]["title"] == "Call 0", str(first)[:300])

    policy.write_text(WITHOUT_IDS)
    apply_policy(author, policy)
    for partner in partners:
        checks.check(f"{partner.name} gives back what a tightened policy takes from every record",
                     bool(until("taken back", lambda p=partner: not find(p, "C-0") and not find(p, f"C-{ROWS - 1}") and
                                not find(p, "C-3500"), patience=240)))
    for node in nodes:
        summary = node.ask("verify", allowed=(0, 1))
        checks.check(f"verify is clean at {node.title}", summary["clean"], str(summary)[:600])


if __name__ == "__main__":
    sys.exit(main(tell))
