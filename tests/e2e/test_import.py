"""Imports through the real command: real files if they are there, rejects and their correction, amendments, and changes of
meaning that must not happen."""
import csv
import os
import pathlib
import sys

from support import CHARITY, ROOT, Failed, main, serving, until


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
    checks.check("under the account mapping every FinCEN row is rejected, and the reason is told once",
                 result.returncode == 3 and told["stored"] == 0 and told["rejected"] == rows and
                 len(told["rejects"]) == 1 and told["rejects"][0]["reason"], f"{result.returncode} {str(told)[:300]} {result.stderr[:300]} {rows}")


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
    checks.check("of a long file the good rows are stored once, and what it says twice is rejected",
                 code == 3 and (told["stored"], told["rejected"], told["unchanged"]) == (rows - len(bad), len(bad) + 2, 0),
                 str({k: told[k] for k in ("stored", "rejected", "unchanged")}))
    rejects = pathlib.Path(told["rejects_file"])
    kept = [line[0] for line in csv.reader(open(rejects))][1:]
    reasons = [line[-2] for line in csv.reader(open(rejects))][-2:]
    checks.check("naming the row that holds", reasons == ["same `ref` as row 7", f"same `ref` as row {rows + 1}"], str(reasons))
    checks.check("the bad rows lie in the rejects file in the order of their source",
                 kept == [f"M-{i}" for i in bad] + ["M-5", f"M-{rows - 1}"], str(kept[:5]))
    corrected = folder / "many-corrected.csv"
    lines = rejects.read_text().replace("31/02/2026", "28/02/2026").splitlines(keepends=True)
    corrected.write_text("".join(lines[:-2]))
    code, told = import_file(node, "--mapping", mapping, corrected)
    checks.check("corrected, all of them are stored", code == 0 and told["stored"] == len(bad), str(told)[:300])


NOTES = ('kind = "report"\nsource = "notes"\nidentity = ["ref"]\n[columns]\nref = { to = "report.external_id", scheme = "case" }\n'
         'what = "report.title"\ntlp = "handling.tlp"\nto = "local.recipients"\n[constants]\n"handling.purposes" = "prevention"\n')


def last_line(node, *arguments):
    result = node.run("import", *arguments)
    lines = result.stdout.strip().splitlines()
    return result.returncode, lines[-1].split(": ", 1)[-1] if lines else "", result.stderr


def held(node, reference):
    records = node.ask("find", "--identifier", f"case:{reference}")["records"]
    return [(r["title"], r["handling"]["tlp"], r["revision"]) for r in records]


def id_of(node, reference):
    return node.ask("find", "--identifier", f"case:{reference}")["records"][0]["id"]


def decisions(checks, node, folder):
    """An import never undoes a decision: what a source says is compared with what that source said last."""
    mapping, table = folder / "notes.toml", folder / "notes.csv"
    mapping.write_text(NOTES)
    rows = {"N-1": "Two men,AMBER,", "N-2": "A van,AMBER,", "N-3": "A flat,AMBER,z;a;z"}

    def write(**changed):
        table.write_text("ref,what,tlp,to\n" + "".join(
            f"{ref},{changed.get(ref.replace('-', ''), row)}\n" for ref, row in rows.items()))

    def run(*arguments):
        return last_line(node, "--mapping", mapping, *arguments, table)
    write()
    checks.check("three notes are foreseen", run("--dry-run")[1] ==
                 "3 would be stored, 0 would be amended, 0 held already, 0 rejected", run("--dry-run")[1])
    checks.check("and stored", run()[:2] == (0, "3 stored, 0 amended, 0 held already, 0 rejected"))
    checks.check("one with recipients out of order is listed", len(held(node, "N-3")) == 1)
    checks.check("again, nothing is", run()[:2] == (0, "0 stored, 0 amended, 3 held already, 0 rejected"))

    node.ask("amend", id_of(node, "N-1"), "--set", "tlp=RED", "--set", "title=Two men and a boy")
    checks.check("an unchanged file undoes no amendment", run()[:2] == (0, "0 stored, 0 amended, 3 held already, 0 rejected"))
    checks.check("so that it stays as it was decided", held(node, "N-1") == [("Two men and a boy", "RED", 1)], str(held(node, "N-1")))

    write(N2="A white van,AMBER,")
    checks.check("what changed there only is amended", run()[:2] == (0, "0 stored, 1 amended, 2 held already, 0 rejected"))
    write(N1="Three men,AMBER,", N2="A white van,AMBER,")
    foreseen = run("--dry-run")
    code, line, errors_told = run()
    checks.check("what changed on both sides is a conflict", (code, line) == (3, "0 stored, 0 amended, 2 held already, 0 rejected, 1 in conflict"), line)
    checks.check("that the dry run foresaw", foreseen[1] == "0 would be stored, 0 would be amended, 2 held already, 0 rejected, 1 in conflict", foreseen[1])
    checks.check("and is listed with both values", "Three men" in errors_told and "Two men and a boy" in errors_told, errors_told)
    checks.check("while ours stays", held(node, "N-1") == [("Two men and a boy", "RED", 1)])
    code, line, errors_told = run("--take", "source")
    checks.check("the source's is not taken where it is looser", code == 3 and "`tlp` is looser" in errors_told, errors_told)
    checks.check("ours may be taken", run("--take", "ours")[:2] == (0, "0 stored, 0 amended, 2 held already, 0 rejected, 1 kept as ours"))
    checks.check("and then the conflict is decided", run()[:2] == (0, "0 stored, 0 amended, 3 held already, 0 rejected"))
    write(N1="Four men,RED,", N2="A white van,AMBER,")
    checks.check("until the source says something new", run()[0] == 3)
    checks.check("or the source's is taken", run("--take", "source")[:2] == (0, "0 stored, 1 amended, 2 held already, 0 rejected"))
    checks.check("as it says", held(node, "N-1") == [("Four men", "RED", 2)], str(held(node, "N-1")))

    write(N1="Four men,RED,", N2="A white van,GREEN,")
    code, line, errors_told = run()
    checks.check("a looser marking is refused", code == 3 and line.endswith("1 rejected") and "--allow-looser" in errors_told, errors_told)
    checks.check("and the record stays as strict as it was", held(node, "N-2")[0][1] == "AMBER")
    checks.check("unless it is allowed", run("--allow-looser")[:2] == (0, "0 stored, 1 amended, 2 held already, 0 rejected"))

    node.ask("recall", id_of(node, "N-2"), "--reason", "a witness is at risk")
    code, line, _ = run()
    checks.check("what was recalled stays recalled, and is counted", (code, line) ==
                 (0, "0 stored, 0 amended, 2 held already, 0 rejected, 1 recalled earlier"), line)
    checks.check("and is not found", held(node, "N-2") == [])
    checks.check("until it is asked for", run("--again")[:2] == (0, "1 stored, 0 amended, 2 held already, 0 rejected"))
    checks.check("and then it is held as any other", run()[:2] == (0, "0 stored, 0 amended, 3 held already, 0 rejected"))


def bundle(path, *objects):
    import json
    path.write_text(json.dumps({"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000", "objects": objects}))
    return path


def incident(number, year, name, **more):
    return {"type": "incident", "spec_version": "2.1", "id": f"incident--0000000{number}-0000-4000-8000-00000000000a",
            "created": "2020-01-01T00:00:00Z", "modified": f"{year}-01-01T00:00:00Z", "name": name,
            "object_marking_refs": ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"], **more}


def versions(checks, node, folder):
    new = bundle(folder / "new.json", incident(1, 2026, "Nail bar, two girls"), incident(1, 2024, "Nail bar"))
    old = bundle(folder / "old.json", incident(1, 2025, "Nail bar, a girl"))

    def titles():
        return [r["title"] for r in node.ask("find", "--kind", "alert")["records"]]
    checks.check("of two versions in a file the latest is stored", last_line(node, new)[:2] ==
                 (0, "1 stored, 0 amended, 0 held already, 0 rejected, 1 older"))
    checks.check("an older file changes nothing", last_line(node, old)[:2] == (0, "0 stored, 0 amended, 0 held already, 0 rejected, 1 older"))
    checks.check("and the latest is held", titles() == ["Nail bar, two girls"], str(titles()))
    same = bundle(folder / "same.json", incident(1, 2026, "Something else"))
    code, line, told = last_line(node, same)
    checks.check("other contents under the same version are no news", (code, line) == (0, "0 stored, 0 amended, 1 held already, 0 rejected"), line)
    checks.check("but a warning", "same `modified`" in told, told)
    other = bundle(folder / "other.json", incident(1, 2027, "Forged", created_by_ref="identity--00000009-0000-4000-8000-00000000000b"))
    own = bundle(folder / "own.json", incident(2, 2026, "Ours", created_by_ref="identity--00000008-0000-4000-8000-00000000000b"))
    forged = bundle(folder / "forged.json", incident(2, 2027, "Forged", created_by_ref="identity--00000009-0000-4000-8000-00000000000b"))
    last_line(node, own)
    code, line, told = last_line(node, forged)
    checks.check("another producer's object under the same id is refused", code == 3 and "--source" in told, told)
    checks.check("and held apart under a name of its own", last_line(node, "--source", "elsewhere", forged)[:2] ==
                 (0, "1 stored, 0 amended, 0 held already, 0 rejected"))
    other.unlink()
    revoked = bundle(folder / "revoked.json", incident(1, 2027, "Nail bar", revoked=True), incident(7, 2027, "x", revoked=True))
    checks.check("what its author revokes is withdrawn", last_line(node, revoked)[:2] ==
                 (0, "0 stored, 0 amended, 0 held already, 0 rejected, 1 withdrawn, 1 revoked and not held"), last_line(node, revoked)[1])
    checks.check("and is held no longer", "Nail bar, two girls" not in titles(), str(titles()))
    checks.check("nor does it come back", last_line(node, new)[1].endswith("1 recalled earlier, 1 older"), last_line(node, new)[1])
    deeds = [entry["kind"] for entry in node.ask("audit", "list", "--limit", "8")["entries"]]
    checks.check("the register has the recall", "recall" in deeds, str(deeds))
    linked = bundle(folder / "linked.json", incident(3, 2026, "One"), incident(4, 2026, "Two"),
                    {"type": "relationship", "spec_version": "2.1", "id": "relationship--00000005-0000-4000-8000-00000000000c",
                     "created": "2020-01-01T00:00:00Z", "modified": "2020-01-01T00:00:00Z", "relationship_type": "related-to",
                     "source_ref": incident(3, 2026, "")["id"], "target_ref": incident(4, 2026, "")["id"]})
    foreseen = last_line(node, "--dry-run", linked)[1]
    checks.check("a dry run follows references within the file", foreseen ==
                 "3 would be stored, 0 would be amended, 0 held already, 0 rejected", foreseen)
    checks.check("as the import does", last_line(node, linked)[1] == "3 stored, 0 amended, 0 held already, 0 rejected")


def one_identity(checks, node, folder):
    for name, words in (("first", "GREEN"), ("second", "RED")):
        (folder / f"{name}.md").write_text(f"---\ntitle: {name}\nreference: case:R-1\ntlp: {words}\n---\nText of {name}.\n")
    for _ in range(2):
        result = node.run("import", folder / "first.md", folder / "second.md")
        checks.check("of two reports of one reference the second is refused and names the first",
                     result.returncode == 3 and "same reference as" in result.stderr and "first.md" in result.stderr, result.stderr)
    checks.check("and the first stays as it was", held(node, "R-1") == [("first", "GREEN", 0)], str(held(node, "R-1")))

    mapping, table = folder / "twins.toml", folder / "twins.csv"
    mapping.write_text('kind = "report"\nsource = "twins"\n[columns]\nwhat = "report.title"\n')
    table.write_text("what\n" + "a woman\n" * 3)
    code, line, told = last_line(node, "--mapping", mapping, table)
    checks.check("rows that look alike are told, not lost", (code, line) == (3, "1 stored, 0 amended, 0 held already, 2 rejected") and
                 "each_row" in told, line + told)
    mapping.write_text('kind = "report"\nsource = "each"\neach_row = true\n[columns]\nwhat = "report.title"\n')
    checks.check("or each is a thing of its own", last_line(node, "--mapping", mapping, table)[1] == "3 stored, 0 amended, 0 held already, 0 rejected")
    checks.check("the second time too", last_line(node, "--mapping", mapping, table)[1] == "0 stored, 0 amended, 3 held already, 0 rejected")


def at_once(checks, node, folder):
    import subprocess
    mapping, table, rows = folder / "both.toml", folder / "both.csv", 6000
    mapping.write_text(NOTES.replace('"notes"', '"both"'))
    table.write_text("ref,what,tlp,to\n" + "".join(f"B-{i},note {i},AMBER,\n" for i in range(rows)))
    command = [str(node.tidegate), "--node", str(node.directory), "import", "--json", "--mapping", str(mapping), str(table)]
    import json
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [json.loads(r.communicate()[0].strip().splitlines()[-1]) for r in running]
    stored, unchanged = (sum(t[k] for t in told) for k in ("stored", "unchanged"))
    checks.check("two imports at once store nothing twice", (stored, unchanged) == (rows, rows), f"{stored} {unchanged}")
    checks.check("whatever row is looked for", all(len(held(node, f"B-{i}")) == 1 for i in range(0, rows, 500)))


def hostile_files(checks, node, folder):
    """Files that are made to break what reads them: the node goes on, and says what is wrong."""
    table = folder / "long.csv"
    mapping = folder / "loose.toml"
    mapping.write_text('kind = "report"\nsource = "loose"\nidentity = ["ref"]\n[columns]\nwhat = "report.title"\n')
    table.write_text("ref,what,tlp,to\n" + "x" * 70_000 + ",a,AMBER,\nc\x02,b,AMBER,\n")
    code, line, told = last_line(node, "--mapping", mapping, table)
    checks.check("an identity of 70,000 bytes is rejected with a reason", code == 3 and line.endswith("2 rejected") and "1024" in told, told)
    deep = folder / "deep.toml"
    for text in (".".join("a" * 40_000) + " = 1\n", "[" + ".".join("a" * 40_000) + "]\n", "x = " + "[" * 40_000 + "\n"):
        deep.write_text(text)
        result = node.run("import", "--mapping", deep, table)
        checks.check("a mapping of endless keys is refused", result.returncode in (1, 2) and "line 1" in result.stderr, result.stderr[:300])
    nested = folder / "nested.json"
    nested.write_text('{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[' +
                      '{"a":' * 50_000 + "1" + "}" * 50_000 + "]}")
    checks.check("an object nested without end is rejected", last_line(node, "--format", "stix", nested)[1].endswith("1 rejected"))
    checks.check("a search for 70,000 letters finds nothing", node.run("find", "--identifier", "case:" + "x" * 70_000).returncode in (0, 1, 2))
    checks.check("and the node answers", node.run("status").returncode == 0)


def what_was_corrected(checks, node, folder):
    """A rejects file that somebody corrected is work: it is never overwritten, and a folder that cannot be written loses nothing."""
    mapping, table = folder / "desk.toml", folder / "desk.csv"
    mapping.write_text(NOTES.replace('"notes"', '"desk"'))
    table.write_text("ref,what,tlp,to\nD-1,a car,AMBER,\nD-2,a bus,MAUVE,\n")
    code, told = import_file(node, "--mapping", mapping, table)
    rejects = pathlib.Path(told["rejects_file"])
    corrected = rejects.read_text().replace("MAUVE", "GREEN")
    rejects.write_text(corrected)
    code, told = import_file(node, "--mapping", mapping, table)
    checks.check("a corrected rejects file is left as it is", rejects.read_text() == corrected)
    checks.check("and the next one lies beside it", code == 3 and told["rejects_file"] == f"{table}.rejects.1.csv", str(told)[-600:])
    code, told = import_file(node, "--mapping", mapping, rejects)
    checks.check("so that the correction can be imported", code == 0 and told["stored"] == 1, str(told)[-400:])

    stick = folder / "stick"
    stick.mkdir()
    table = stick / "stick.csv"
    table.write_text("ref,what,tlp,to\nE-1,a car,AMBER,\nE-2,a bus,MAUVE,\n")
    # What no rights forbid to root, a file where the folder of the rejects would be does.
    unwritable = folder / "no-folder"
    unwritable.write_text("")
    code, line, said = last_line(node, "--mapping", mapping, "--rejects", unwritable / "there.csv", table)
    checks.check("a place that is none is refused before anything is stored", code != 0 and "no folder" in said, f"{code} {line} {said}")
    full = pathlib.Path("/proc/sys")  # a folder in which nobody, root neither, makes a file
    code, line, said = last_line(node, "--mapping", mapping, "--rejects", full, table)
    checks.check("where the rejects cannot be written the rest is stored, and the import says so", code == 3 and
                 line == "1 stored, 0 amended, 0 held already, 1 rejected" and "--rejects" in said and "MAUVE" not in said, f"{code} {line} {said}")
    desk = folder / "desk"
    desk.mkdir()
    code, told = import_file(node, "--mapping", mapping, "--rejects", desk, table)
    checks.check("and again with a place for them brings all of them", code == 3 and told["unchanged"] == 1 and
                 "E-2" in (desk / "stick.csv.rejects.csv").read_text() and list(stick.iterdir()) == [table], str(told)[-400:])
    code, line, said = last_line(node, "--mapping", mapping, "--rejects", desk / "one.csv", table, folder / "desk.csv")
    checks.check("two sources do not share one rejects file", code == 2 and "folder" in said, said)
    inside = last_line(node, "--mapping", mapping, "--rejects", node.directory, table)
    checks.check("nor does it lie in the node's folder", inside[0] != 0 and "clear text" in inside[2], inside[2])


def letters(checks, node, folder):
    mapping, table = folder / "letters.toml", folder / "letters.csv"
    mapping.write_text('kind = "report"\nsource = "letters"\nidentity = ["no"]\nunknown = ["неизвестно"]\n[columns]\nno = "report.title"\n'
                       'what = { to = "report.place_type", codes = "places" }\nwork = "report.industry"\n'
                       '[constants]\n"handling.tlp" = "GREEN"\n[codes.places]\n"łaźnia" = "other"\n')
    table.write_text("no,what,work\n1,ŁAŹNIA,НЕИЗВЕСТНО\n")
    checks.check("letters of every script are compared in any case", last_line(node, "--mapping", mapping, table)[:2] ==
                 (0, "1 stored, 0 amended, 0 held already, 0 rejected"), str(last_line(node, "--mapping", mapping, table)))


WORDS = """kind = "report"
source = "words"
identity = ["call"]
zone = "Europe/London"
[columns]
call = "report.title"
when = { to = "report.observed", date = ["%d/%m/%Y %H:%M", "%d/%m/%Y", "%m/%d/%Y", "%B %Y"] }
what = { to = "report.wage", decimal = ",", unit = "GBP" }
[constants]
"handling.tlp" = "GREEN"
"handling.purposes" = "prevention"
[[skip]]
column = "call"
matches = "(?i)^total"
[[also]]
kind = "person"
identity = ["pid"]
[also.columns]
caller = "person.family_name"
[[link]]
from = "report"
verb = "mentions"
to = "person"
"""


def tables(checks, node, folder):
    """Tables as people have them, read by the confined process: it opens no file for an encoding or a zone."""
    mapping = folder / "tables.toml"
    mapping.write_text(NOTES.replace('"notes"', '"tables"'))
    rows = [["Return of the café", "", "", ""], ["ref", "what", "tlp", "to"], ["T-1", "Café, one", "GREEN", ""], ["", "", "", ""], ["T-2", "Two", "MAUVE", ""]]
    forms = (("semicolons.txt", ";", "cp1252", "Windows-1252"), ("unicode.txt", "\t", "utf-16", "UTF-16LE"), ("mac.csv", ",", "utf-8", "UTF-8"))
    for number, (name, separator, encoding, told_as) in enumerate(forms):
        end = "\r" if name == "mac.csv" else "\r\n"
        text = end.join(separator.join(f'"{cell}"' if "," in cell else cell for cell in row) for row in rows)
        (folder / name).write_bytes(text.replace("T-", f"T{number}-").encode(encoding))
        code, line, told = last_line(node, "--mapping", mapping, folder / name)
        checks.check(f"a table in {told_as} is read as it is", (code, line) == (3, "1 stored, 0 amended, 0 held already, 1 rejected, 1 skipped") and
                     told_as in told and "header in row 2" in told, line + told)
        checks.check("with its letters", held(node, f"T{number}-1") == [("Café, one", "GREEN", 0)], str(held(node, f"T{number}-1")))
        rejects = folder / f"{name}.rejects.csv"
        rejects.write_text(rejects.read_text().replace("MAUVE", "GREEN"))
        checks.check("and its rejects, corrected, by the same mapping",
                     last_line(node, "--mapping", mapping, rejects)[:2] == (0, "1 stored, 0 amended, 0 held already, 0 rejected"))
    table = folder / "words.csv"
    mapping.write_text(WORDS)
    table.write_text("call;when;what;caller;pid\nW-1;01/07/2026 10:30;1.200,50;Ray;p1\nW-2;March 2026;5;Ray;p1\n"
                     "W-3;03/04/2026;soon;;\nW-4;04/03/2026;later;;\nTOTAL;;;;\n")
    code, line, told = last_line(node, "--mapping", mapping, "--dry-run", "--show-values", table)
    checks.check("a dry run counts every fault by column, with what stands there for who asks", code == 3 and
                 "2 x `what`" in told and "1 x `soon`" in told and "2 x `when`" in told and "ambiguous" in told, told)
    checks.check("and without asking shows nothing of it", "soon" not in last_line(node, "--mapping", mapping, "--dry-run", table)[2])
    code, line, told = last_line(node, "--mapping", mapping, table)
    checks.check("a row becomes a report, a person and their link", (code, line) ==
                 (3, "5 stored, 0 amended, 0 held already, 2 rejected, 1 skipped"), line + told)
    checks.check("the same again is held already", last_line(node, "--mapping", mapping, table)[1] ==
                 "0 stored, 0 amended, 5 held already, 2 rejected, 1 skipped")
    mapping.write_text('encoding = "iso-8859-2"\n' + NOTES.replace('"notes"', '"tables"'))
    (folder / "latin2.csv").write_bytes("ref,what,tlp,to\nT9-1,Łódź,GREEN,\n".encode("iso-8859-2"))
    checks.check("an encoding that the mapping names is loaded before the reader is confined",
                 last_line(node, "--mapping", mapping, folder / "latin2.csv")[0] == 0 and held(node, "T9-1")[0][0] == "Łódź")


def reports(checks, node, folder):
    """Reports as people have them: any front matter or none, what is missing said by the importer, rejects that breed no rejects."""
    posts = folder / "posts"
    posts.mkdir()
    (posts / "a.md").write_text("---\ntitle: \"Onion fields,\n  again\"\ndate: 3rd May 2019\ntags: [onions, exercise]\ncover: x.jpg\n---\nNine people.\n")
    (posts / "b.md").write_text("# A barn\n\nFour people, one number: 07700 900348.\n")
    (posts / "c.md").write_text("---\ntitle: C\ntlp: PINK\npap: PINK\n---\nText.\n")
    (posts / "d.md").write_text("")
    (posts / "e.md").write_text('{\n  "title": "A quarry",\n  "cover": "y.jpg"\n}\nSix people.\n')
    given = ("--set", "tlp=GREEN", "--set", "purpose=prevention", "--set", "identifiers=phone:07700 900348")
    result = node.run("import", *given, *sorted(posts.glob("*.md")))
    checks.check("what a report does not understand is left out, named with its line", result.returncode == 3 and
                 "a.md: 1 stored" in result.stdout and "line 5: `tags`" in result.stderr and "`cover`" in result.stderr, result.stdout + result.stderr)
    checks.check("what is told of several files is told once", "2 files: " in result.stderr and result.stderr.count("`cover`") == 1, result.stderr)
    checks.check("a report needs no front matter", "b.md: 1 stored" in result.stdout, result.stdout)
    checks.check("all its faults are told, with their lines", "c.md: 3: field `tlp`" in result.stderr and "line 4: `pap`" in result.stderr, result.stderr)
    checks.check("a rejected report says why, and an empty one leaves no copy", sorted(p.name for p in posts.iterdir()) ==
                 ["a.md", "b.md", "c.md", "c.md.rejects.md", "d.md", "e.md"] and "# x_tidegate_reason: tlp: " in (posts / "c.md.rejects.md").read_text())
    result = node.run("import", *given, *sorted(posts.glob("*.md")))
    checks.check("rejects that nobody has corrected are left out", "c.md.rejects.md: 0 stored, 0 amended, 0 held already, 0 rejected" in result.stdout and
                 "nobody has corrected it" in result.stderr and len(list(posts.iterdir())) == 6, result.stdout + result.stderr)
    rejects = posts / "c.md.rejects.md"
    rejects.write_text(rejects.read_text().replace("PINK", "RED", 1))
    code, line, said = last_line(node, *given, rejects)
    checks.check("corrected in part they are rejected beside themselves", code == 3 and (posts / "c.md.rejects.1.md").exists() and
                 len(list(posts.iterdir())) == 7, f"{code} {line} {said}")
    found = node.run("find", "--identifier", "tel:07700 900348")
    checks.check("a national number is found as it was stored", "A barn" in found.stdout and "Onion fields, again" in found.stdout, found.stdout + found.stderr)
    for wrong, meant in (("nosuch:1", "no identifiers have the scheme"), ("phnoe:+447700900348", "did you mean `phone:`"),
                         ("phone:900348", "whole telephone number of GB")):
        found = node.run("find", "--identifier", wrong)
        checks.check(f"`{wrong}` is no empty table", found.returncode != 0 and meant in found.stderr, found.stdout + found.stderr)


def reader_of(node):
    """The process that reads a file for the node, while there is one."""
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"PPid:\t{node.process.pid}\n" in (entry / "status").read_text() and \
                    b"intake-worker" in (entry / "cmdline").read_bytes():
                return int(entry.name)
        except OSError:
            continue
    return None


def reader_dies(checks, node, folder):
    """What reads a foreign file is a process of its own: if it dies, the import ends and nothing else does."""
    import signal
    import subprocess
    mapping, table, rows = folder / "killed.toml", folder / "killed.csv", 60_000
    mapping.write_text(NOTES.replace('"notes"', '"killed"'))
    table.write_text("ref,what,tlp,to\n" + "".join(f"K-{i},note {i},AMBER,\n" for i in range(rows)))
    command = [node.tidegate, "--node", str(node.directory), "import", "--mapping", str(mapping), str(table)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    reader = until("a reader", lambda: reader_of(node) or running.poll() is not None)
    checks.check("a process of its own reads the file", isinstance(reader, int) and not isinstance(reader, bool), str(reader))
    os.kill(reader, signal.SIGKILL)
    _, told = running.communicate()
    checks.check("if it is killed the import says so", running.returncode != 0 and "signal 9" in told, told[:300])
    checks.check("and the node answers", node.run("status").returncode == 0)
    code, line, told = last_line(node, "--mapping", mapping, table)
    stored, _, unchanged, rejected = (int(part.split()[0]) for part in line.split(", ")[:4])
    checks.check("the next import goes on where it ended", code == 0 and stored + unchanged == rows and rejected == 0, line + told)


def errors(checks, node):
    unmarked = node.ask("add", "report", "--set", "title=Nobody said how far this may go")
    shown = node.ask("show", unmarked["id"])
    checks.check("what nobody marks is TLP:RED", shown["handling"]["tlp"] == "RED")
    for arguments, words in ((("add", "report", "--set", "titel=x"), "titel"),
                             (("add", "report", "--set", "exploitation=labuor"), "exploitation"),
                             (("add", "report", "--set", "observed=yesterday"), "observed"),
                             (("import", "--format", "xlsx", "x.xlsx"), "write `csv`"),
                             (("import", "--format", "stxi", "x.json"), "did you mean `stix`"),
                             (("add", "raport", "--set", "title=x"), "raport")):
        result = node.run(*arguments)
        checks.check(f"`{' '.join(arguments)}` is refused naming `{words}`",
                     result.returncode in (1, 2) and words in result.stderr, f"{result.returncode} {result.stderr}")
    checks.check("an unknown verb is usage", node.run("shw").returncode == 2)
    checks.check("a record that is not held is 1", node.run("show", "00" * 16).returncode == 1)


STIX_GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"


def stix_object(kind, number, **members):
    identity = f"{kind}--00000000-0000-4000-9000-{number:012}"
    return {"type": kind, "spec_version": "2.1", "id": identity, "created": "2025-01-01T00:00:00Z",
            "modified": "2025-01-01T00:00:00Z", "object_marking_refs": [STIX_GREEN], **members}


def stix_as_it_is(checks, node, folder):
    """Valid objects that an importer may find strange: each is taken whole or in part, twice without change."""
    import json
    advert, shelter = stix_object("url", 1, value="https://rooms.example/7"), stix_object("location", 2, name="Port", country="rou")
    objects = [
        advert, shelter,
        stix_object("user-account", 3, user_id="5501", account_type="vk"),
        stix_object("identity", 4, name="Help", identity_class="organization", sectors=["non-profit", "technology"]),
        stix_object("incident", 5, name="Nine men", confidence=70.0, lang="ro", created_by_ref="identity--00000000-0000-4000-9000-000000000004",
                    external_references=[{"source_name": "court", "description": "page 4"}]),
        stix_object("observed-data", 6, first_observed="2025-01-01T00:00:00Z", last_observed="2025-01-01T00:00:00Z",
                    number_observed=1, objects={"0": {"type": "url", "value": "https://rooms.example/8"}}),
        stix_object("malware", 7, name="m", is_family=False),
        stix_object("artifact", 8, mime_type="image/png", payload_bin="QUJD" * 400_000),
        stix_object("relationship", 9, relationship_type="located-at", source_ref=advert["id"], target_ref=shelter["id"]),
        stix_object("relationship", 10, relationship_type="uses", source_ref=advert["id"],
                    target_ref="malware--00000000-0000-4000-9000-000000000099"),
    ]
    bundle = folder / "strange.json"
    bundle.write_text(json.dumps(objects))
    code, line, told = last_line(node, bundle)
    checks.check("a list of strange objects is taken, and what is special is counted",
                 (code, line) == (0, "12 stored, 0 amended, 0 held already, 0 rejected, 1 without an end, "
                                     "2 kept whole (malware, observed-data)"), line + told)
    for word in ("artifact.payload_bin", "observed-data.objects", "identity.sectors", "`created`", "`created_by_ref`", "not held here"):
        checks.check(f"a warning names {word}", word in told, told)
    code, line, told = last_line(node, bundle)
    checks.check("the same again changes nothing", (code, line) == (0, "0 stored, 0 amended, 12 held already, 0 rejected"), line + told)
    found = node.ask("find", "--reason", "test", "--identifier", "url:https://rooms.example/8")["records"]
    checks.check("a fact within observed data is found by its identifier", len(found) == 1, str(found)[:300])
    alone = folder / "alone.json"
    alone.write_text(json.dumps({**stix_object("tool", 11, name="t"), "spec_version": None}))
    old = folder / "old.json"
    old.write_text(json.dumps({"type": "bundle", "spec_version": "2.0", "objects": [
        {k: v for k, v in stix_object("incident", 12, name="i").items() if k != "spec_version"}]}))
    for file in (alone, old):
        code, line, told = last_line(node, file)
        checks.check(f"{file.stem}: one object is stored", code == 0 and line.startswith("1 stored"), line + told)
    checks.check("STIX 2.0 is said", "STIX 2.0" in told, told)
    end = folder / "end.json"
    end.write_text(json.dumps([stix_object("malware", 99, name="n")]))
    for flags in (["--dry-run"], []):
        code, line, told = last_line(node, *flags, end)
        checks.check("a link gets its end when another file brings it", code == 0 and
                     [int(word) for word in line.split() if word.isdigit()][:4] == [1, 1, 0, 0], line + told)
    code, line, told = last_line(node, bundle)
    checks.check("and its own file says nothing new", (code, line) == (0, "0 stored, 0 amended, 12 held already, 0 rejected"), line + told)


def tell(checks, build, folder, nodes):
    node, = serving(build, folder, nodes, CHARITY)
    own_input(checks, node, folder)
    long_input(checks, node, folder)
    decisions(checks, node, folder)
    versions(checks, node, folder)
    one_identity(checks, node, folder)
    at_once(checks, node, folder)
    hostile_files(checks, node, folder)
    what_was_corrected(checks, node, folder)
    letters(checks, node, folder)
    tables(checks, node, folder)
    reports(checks, node, folder)
    reader_dies(checks, node, folder)
    stix_as_it_is(checks, node, folder)
    errors(checks, node)
    data = shared_data()
    if data:
        real_input(checks, node, folder, data)
    summary = node.ask("verify", allowed=(0, 1))
    checks.check("verify is clean", summary["clean"], str(summary)[:500])


if __name__ == "__main__":
    sys.exit(main(tell))
