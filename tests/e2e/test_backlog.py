"""Partners were away while many records came. They catch up side by side, and their feeds join. Meanwhile nodes are killed,
records are amended and policies tightened. At the end each partner has exactly what policy lets it have."""
import sys

from support import Node, apply_policy, held, main, pair, until

ROWS = 5000
POLICY = '''@id("titles") permit (principal in Circle::"partners", action == Action::"disclose", resource in Kind::"report")
when { resource.record.tlp in Tlp::"AMBER" }
when { resource in [Slot::"report.title", Precision::"time.month"] };
'''
WITHOUT_TITLES = POLICY.replace('Slot::"report.title", ', "")
MAPPING = ('kind = "report"\nsource = "calls"\nidentity = ["ref"]\n[columns]\n'
           'ref = { to = "report.external_id", scheme = "case", required = true }\n'
           'title = { to = "report.title", required = true }\nseen = "report.observed"\n[constants]\n'
           '"handling.purposes" = "prevention"\n"handling.tlp" = "GREEN"\n')


def records(node):
    return node.ask("status")["records"]


def find(node, reference):
    return node.ask("find", "--identifier", f"case:{reference}")["records"]


def titles(node):
    return [record["title"] for record in node.ask("find", "--kind", "report", "--limit", "10000")["records"]]


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
    table.write_text("ref,title,seen\n" + "".join(f"C-{i},Call {i},2026-03-04\n" for i in range(ROWS)))
    author.ask("import", "--mapping", mapping, table)
    gone = find(author, "C-3")[0]["id"]
    author.ask("recall", gone, "--reason", "made in error")
    changed = find(author, "C-4")[0]["id"]
    author.ask("amend", changed, "--set", "title=Amended while they were away")

    expected = sorted([f"Call {i}" for i in range(ROWS) if i not in (3, 4, 4990)] +
                      ["Amended while they were away", "Amended meanwhile"])
    # One after the other, so that each has further to go than the one before.
    for partner in partners:
        partner.start()
    until("the first is under way", lambda: records(partners[0]) > 0)
    partners[-1].kill()
    amended = find(author, "C-4990")[0]["id"]
    author.ask("amend", amended, "--set", "title=Amended meanwhile")
    partners[-1].start()
    for partner in partners:
        checks.check(f"{partner.name} has every record once that it may have",
                     bool(until("all", lambda p=partner: records(p) == ROWS - 1, patience=240)), str(records(partner)))
        checks.check("what was recalled before it came is not there", held(partner, gone) is None)
        checks.check("a record amended before comes as it is now", held(partner, changed)["revision"] == 1)
        checks.check("and so does one that was amended meanwhile",
                     bool(until("amended", lambda p=partner: (held(p, amended) or {}).get("revision") == 1)))
        checks.check("each of the others as it was imported", sorted(titles(partner)) == expected)

    policy.write_text(WITHOUT_TITLES)
    apply_policy(author, policy)
    for partner in partners:
        checks.check(f"{partner.name} gives back what a tightened policy takes from every record",
                     bool(until("taken back", lambda p=partner: not any(title.startswith(("Call", "Amended")) for title in titles(p)),
                                patience=240)))
        checks.check("and keeps the rest", records(partner) == ROWS - 1)
    for node in nodes:
        summary = node.ask("verify", allowed=(0, 1))
        checks.check(f"verify is clean at {node.title}", summary["clean"], str(summary)[:600])


if __name__ == "__main__":
    sys.exit(main(tell))
