"""Import through the real command: real input where it is there, rejects and their correction, amendments, forks of
meaning that must not happen."""
import csv
import os
import pathlib
import sys

from support import ROOT, Failed, Node, main


def import_file(node, *arguments):
    result = node.run("import", *arguments, "--json")
    if not result.stdout.strip():
        raise Failed(f"import {arguments}: {result.returncode}: {result.stderr}")
    import json
    return result.returncode, json.loads(result.stdout.strip().splitlines()[-1])


def shared_data():
    folder = pathlib.Path(os.environ.get("TIDEGATE_SHARED", ROOT.parent / "shared")) / "data"
    return folder if folder.is_dir() else None


def real_input(checks, node, folder, data):
    sources = folder / "real"
    sources.mkdir()
    reports = sorted((data / "reports").glob("*.md"))
    stored = rejected = equal = 0
    for report in reports:
        copy = sources / report.name
        copy.write_bytes(report.read_bytes())
        _, told = import_file(node, "--format", "report", copy)
        stored += told["stored"]
        rejected += told["rejected"]
        shown = node.ask("show", told["ids"][0]) if told["ids"] else {"fields": []}
        narrative = next((f for f in shown["fields"] if f["name"] == "narrative"), None)
        text = report.read_bytes().split(b"\n---\n", 1)[1].decode()
        value = narrative["value"] if narrative else None
        body = value["text"] if isinstance(value, dict) else value
        equal += body == text
    checks.check(f"{len(reports)} reports give 24 stored, 0 rejected", (len(reports), stored, rejected) == (24, 24, 0),
                 f"{stored} stored, {rejected} rejected")
    checks.check("their bodies are byte-equal on show", equal == len(reports), f"{equal} of {len(reports)}")

    for name, kind in (("accounts", "account"), ("alerts", "alert")):
        copy = sources / f"sample_outputs_{name}.csv"
        copy.write_bytes((data / "amlsim" / copy.name).read_bytes())
        rows = len(list(csv.reader(open(copy)))) - 1
        code, told = import_file(node, "--mapping", ROOT / f"deploy/mappings/amlsim-{name}.toml", copy)
        checks.check(f"{rows} AMLSim {name} are imported", code == 0 and told["stored"] == rows and told["rejected"] == 0,
                     str(told)[:500])
        held = node.ask("find", "--kind", kind, "--limit", 1000)["records"]
        checks.check(f"and found as {kind}", len(held) >= rows)
    copy = sources / "fincen_text.csv"
    copy.write_bytes((data / "redflags" / "fincen_text.csv").read_bytes())
    rows = len(list(csv.reader(open(copy)))) - 1
    result = node.run("import", "--mapping", ROOT / "deploy/mappings/amlsim-accounts.toml", copy, "--json")
    import json
    told = json.loads(result.stdout.strip().splitlines()[-1]) if result.stdout.strip() else {"rejected": -1, "rejects": [], "stored": 0}
    checks.check("under the account mapping every FinCEN row is rejected with a reason",
                 result.returncode == 3 and told["stored"] == 0 and told["rejected"] == rows and
                 all(r["reason"] for r in told["rejects"]), f"{result.returncode} {str(told)[:300]} {result.stderr[:300]} {rows}")


def own_input(checks, node, folder):
    table = folder / "calls.csv"
    mapping = folder / "calls.toml"
    mapping.write_text('kind = "report"\nsource = "calls"\nidentity = ["ref"]\n[columns]\n'
                       'ref = { to = "report.external_id", scheme = "case", required = true }\n'
                       'title = { to = "report.title", required = true }\n'
                       'seen = { to = "report.observed", date = "%d/%m/%Y" }\n'
                       'tlp = "handling.tlp"\n[constants]\n"handling.purposes" = "prevention"\n')
    table.write_text("ref,title,seen,tlp\nA-1,First,01/02/2026,AMBER\nA-2,Second,31/02/2026,GREEN\nA-3,Third,03/02/2026,GREEN\n")
    code, told = import_file(node, "--mapping", mapping, table)
    checks.check("two good rows are stored and the bad one is told with row, field and reason",
                 code == 3 and told["stored"] == 2 and told["rejected"] == 1 and told["rejects"][0]["position"] == "3" and
                 told["rejects"][0]["field"] and told["rejects"][0]["reason"], str(told)[:500])
    rejects = pathlib.Path(told["rejects_file"])
    checks.check("the rejects file lies beside its source with mode 0600",
                 rejects.parent == folder and rejects.stat().st_mode & 0o777 == 0o600)
    rejects.write_text(rejects.read_text().replace("31/02/2026", "28/02/2026"))
    corrected = folder / "corrected.csv"
    rejects.rename(corrected)
    code, told = import_file(node, "--mapping", mapping, corrected)
    checks.check("corrected, it is imported as it is", code == 0 and told["stored"] == 1 and told["rejected"] == 0, str(told)[:400])
    code, told = import_file(node, "--mapping", mapping, table)
    checks.check("the first file again stores nothing twice", told["stored"] == 0 and told["amended"] == 0 and told["unchanged"] == 2,
                 str(told)[:400])
    table.write_text("ref,title,seen,tlp\nA-1,First seen again,01/02/2026,AMBER\n")
    code, told = import_file(node, "--mapping", mapping, table)
    checks.check("a changed row becomes a revision", code == 0 and told["amended"] == 1 and told["stored"] == 0, str(told)[:400])
    deeds = [entry["kind"] for entry in node.ask("audit", "list", "--limit", "3")["entries"]]
    checks.check("which the register calls an alteration, and no collection", deeds[0] == "alteration", str(deeds))
    held = node.ask("find", "--identifier", "case:A-1")["records"]
    checks.check("of one record", len(held) == 1 and held[0]["revision"] == 1 and held[0]["title"] == "First seen again")
    table.write_text("ref,title,seen,tlp\nA-9,Never stored,01/02/2026,AMBER\n")
    before = node.ask("status")["newest_arrival"]
    _, told = import_file(node, "--mapping", mapping, "--dry-run", table)
    checks.check("a dry run says what it would store and stores nothing",
                 told["stored"] == 1 and node.ask("status")["newest_arrival"] == before)
    inside = node.directory / "calls.csv"
    inside.write_text(table.read_text())
    refused = node.run("import", "--mapping", mapping, inside, "--json")
    checks.check("a source inside the node's folder is refused", refused.returncode != 0, refused.stdout[:200])
    inside.unlink()


def long_input(checks, node, folder):
    """Longer than what is read at once: read, committed and stored side by side."""
    mapping, table, rows = folder / "calls.toml", folder / "many.csv", 2000

    def row(i):
        return f"M-{i},Call {i},{31 if i % 7 == 3 else 1:02}/02/2026,AMBER\n"
    table.write_text("ref,title,seen,tlp\n" + "".join(map(row, range(rows))) + row(5) + row(rows - 1))
    bad = [i for i in range(rows) if i % 7 == 3]
    code, told = import_file(node, "--mapping", mapping, table)
    checks.check("of a long file the good rows are stored once, and what it says twice changes nothing",
                 code == 3 and (told["stored"], told["rejected"], told["unchanged"]) == (rows - len(bad), len(bad), 2),
                 str({k: told[k] for k in ("stored", "rejected", "unchanged")}))
    rejects = pathlib.Path(told["rejects_file"])
    kept = [line[0] for line in csv.reader(open(rejects))][1:]
    checks.check("the bad rows lie in the rejects file in the order of their source", kept == [f"M-{i}" for i in bad], str(kept[:5]))
    corrected = folder / "many-corrected.csv"
    corrected.write_text(rejects.read_text().replace("31/02/2026", "28/02/2026"))
    code, told = import_file(node, "--mapping", mapping, corrected)
    checks.check("corrected, all of them are stored", code == 0 and told["stored"] == len(bad), str(told)[:300])


def errors(checks, node):
    unmarked = node.ask("add", "report", "--set", "title=Nobody said how far this may go")
    shown = node.ask("show", unmarked["id"])
    checks.check("what nobody marks is TLP:RED", shown["handling"]["tlp"] == "RED")
    for arguments, words in ((("add", "report", "--set", "titel=x"), "titel"),
                             (("add", "report", "--set", "exploitation=labuor"), "exploitation"),
                             (("add", "report", "--set", "observed=yesterday"), "observed"),
                             (("add", "raport", "--set", "title=x"), "raport")):
        result = node.run(*arguments)
        checks.check(f"`{' '.join(arguments)}` is refused naming `{words}`",
                     result.returncode in (1, 2) and words in result.stderr, f"{result.returncode} {result.stderr}")
    checks.check("an unknown verb is usage", node.run("shw").returncode == 2)
    checks.check("a record that is not held is 1", node.run("show", "00" * 16).returncode == 1)


def tell(checks, build, folder, nodes):
    node = Node(build / "node/tidegate", folder, "lantern-community", "the charity", "ngo")
    nodes.append(node)
    node.init()
    node.start()
    own_input(checks, node, folder)
    long_input(checks, node, folder)
    errors(checks, node)
    data = shared_data()
    if data:
        real_input(checks, node, folder, data)
    summary = node.ask("verify", allowed=(0, 1))
    checks.check("verify is clean", summary["clean"], str(summary)[:500])


if __name__ == "__main__":
    sys.exit(main(tell))
