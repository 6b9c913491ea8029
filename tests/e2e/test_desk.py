#!/usr/bin/env python3
"""What an analyst does to many records, what an auditor reads, and what is new in the morning.

    tests/e2e/test_desk.py --build build/release
"""
import csv
import hashlib
import io
import json
import sys

from support import CHARITY, POLICE, answered_at_terminal, apply_policy, main, pair, serving, until

OPEN = '''@id("open") permit (principal, action == Action::"disclose", resource);
@id("stays") forbid (principal, action == Action::"disclose", resource) when { resource.record.tags.contains("operation-swift") };
'''
MAPPING = '''kind = "report"
source = "calls"
identity = ["ref"]
[columns]
what = "report.title"
tlp = "handling.tlp"
purpose = "handling.purposes"
'''
ROWS = "ref,what,tlp,purpose\n" + "".join(f"C-{i},A car wash {i},GREEN,prevention\n" for i in range(6))


def imported(checks, charity, police, folder):
    """A wrong import is found by its number, and taken back as it was shown."""
    mapping, calls = folder / "calls.toml", folder / "calls.csv"
    mapping.write_text(MAPPING)
    calls.write_text(ROWS)
    told = charity.run("import", "--mapping", mapping, calls, "--user", "robot", "--reason", "nightly")
    checks.check("an import's line stays as it was", "6 stored, 0 amended, 0 held already, 0 rejected" in told.stdout, told.stdout)
    lines = charity.ask("imports", "list")["imports"]
    checks.check("`imports list` has it", len(lines) == 1 and lines[0]["stored"] == 6 and lines[0]["user"] == "robot" and
                 lines[0]["file"] == "calls.csv", str(lines))
    number = lines[0]["number"]
    ids = [record["id"] for record in charity.ask("find", "--kind", "report")["records"]]
    until("all arrived", lambda: len(police.ask("find", "--kind", "report")["records"]) == 6)

    entries = charity.ask("audit", "list", "--record", ids[0], "--limit", 100)["entries"]
    checks.check("the register tells the import that made a record, and where it went",
                 any(e["kind"] == "collection" and e["import"] == number and e["user"] == "robot" for e in entries) and
                 {"intent", "receipt"} <= {e["kind"] for e in entries}, str(entries)[:800])
    left = list(csv.DictReader(io.StringIO(charity.run("audit", "left", "--record", ids[0], "--csv").stdout)))
    checks.check("`audit left --csv` has a line for each field that went", {"title"} <= {row["field"] for row in left} and
                 all(row["record"] == ids[0] and row["partner"] == police.name for row in left), str(left)[:600])

    undo = ("recall", "--import", number, "--reason", "=wrong mapping")
    blind = charity.run(*undo)
    checks.check("nothing is recalled unseen", blind.returncode == 1 and "--dry-run" in blind.stderr, blind.stderr)
    plan = charity.ask(*undo, "--dry-run")
    checks.check("the plan says how many, and who holds them", plan["records"] == 6 and plan["holders"] ==
                 [{"organisation": police.name, "records": 6, "connected": True}], str(plan)[:600])
    charity.kill()
    charity.start()
    done = charity.ask(*undo, "--plan", plan["digest"])
    checks.check("what was shown is recalled, after a kill too", done["recalled"] == 6 and done["done"], str(done)[:600])
    checks.check("and goes at the partner", bool(until("gone", lambda: not police.ask("find", "--kind", "report")["records"])))
    checks.check("the list says that it was taken back", charity.ask("imports", "list")["imports"][0]["recall_ended"] != "")
    again = charity.run("import", "--mapping", mapping, calls)
    checks.check("the next import leaves them out, and --again takes them", "6 recalled earlier" in again.stdout, again.stdout)
    again = charity.run("import", "--mapping", mapping, calls, "--again")
    checks.check("which it says", "6 stored" in again.stdout, again.stdout)
    table = list(csv.reader(io.StringIO(charity.run("audit", "list", "--kind", "recall", "--csv").stdout)))
    checks.check("a reason that looks like a formula is text in CSV", any("'=wrong mapping" in row for row in table), str(table)[:400])


def several(checks, charity, police):
    """Ids on standard input, faults that stop nobody else, exit code 3."""
    ids = [record["id"] for record in charity.ask("find", "--kind", "report")["records"]][:3]
    listed = "\n".join([*ids, "0" * 32]) + "\n"
    amended = charity.run("amend", "-", "--set", "tlp=AMBER", "--reason", "too wide", "--yes", stdin=listed)
    checks.check("several are amended, one after the other", amended.returncode == 3 and "3 amended" in amended.stdout,
                 amended.stdout + amended.stderr)
    recalled = charity.run("recall", *ids[:2], "0" * 32, "--reason", "source withdrew", "--yes")
    checks.check("several are recalled, and what is no record is named", recalled.returncode == 3 and
                 "2 recalled" in recalled.stdout and "0" * 32 in recalled.stderr, recalled.stdout + recalled.stderr)
    plan = ("recall", ids[2], *ids[:2], "--reason", "source withdrew")
    for answer in (b"no\n", b"Yes\n", b"\x04"):
        page, code = answered_at_terminal(charity, answer, *plan)
        checks.check("on a terminal several are shown and asked for", code == 1 and "1 records would be recalled" in page and
                     police.name in page and charity.ask("show", ids[2])["state"] == "current", f"{code} {page}")
    page, code = answered_at_terminal(charity, b"no\n", "amend", ids[2], ids[2], "--set", "tlp=RED", "--reason", "too wide")
    checks.check("so are amendments", code == 1 and "1 records would be amended" in page and
                 charity.ask("show", ids[2])["handling"]["tlp"] == "AMBER", f"{code} {page}")
    other = charity.ask("add", "report", "--set", "title=Another", "--set", "tlp=GREEN")["id"]
    page, code = answered_at_terminal(charity, b"yes\n", "recall", other, other, "--reason", "source withdrew")
    checks.check("yes does it", code == 0 and "1 recalled" in page and charity.ask("show", other)["state"] == "recalled", f"{code} {page}")
    one = charity.run("recall", ids[2], "--reason", "source withdrew")
    checks.check("one ID is recalled at once, as before", one.returncode == 0 and one.stdout.startswith("recalled"), one.stdout)
    for wrong in (("audit", "list", "--kind", "intents"), ("audit", "list", "--partner", "nobdy")):
        said = charity.run(*wrong)
        checks.check(f"`{' '.join(wrong)}` is no empty answer", said.returncode != 0 and said.stderr != "", said.stdout)
    note = charity.run("audit", "checkpoint").stdout
    return note


def tagged(checks, charity, police):
    """Tags of one record and of all that answer a query; what a policy keeps by a tag leaves the partner."""
    because = ("--reason", "case 12")
    ids = [charity.ask("add", "report", "--set", f"title=Tagged quay {i}", "--set", "tlp=GREEN", "--set", "purpose=prevention",
                       "--set", "tag=night")["id"] for i in range(3)]
    until("they went", lambda: len(police.ask("find", "quay")["records"]) == 3)
    one = charity.run("tag", ids[0], "--add", "river", "--remove", "exercise", *because)
    checks.check("one record is tagged at once, and its other tags stay", one.returncode == 0 and "stored as revision 1" in one.stderr and
                 charity.ask("show", ids[0])["tags"] == ["night", "river"], one.stdout + one.stderr)
    same = charity.ask("tag", ids[0], "--add", "river", *because)
    checks.check("a tag that is there makes no revision", same["unchanged"] and same["revision"] == 1, str(same))
    several = ("tag", "--query", "quay tag:night", "--add", "operation-swift", "--remove", "river", *because)
    blind = charity.run(*several)
    checks.check("several are not tagged unseen", blind.returncode == 1 and "--dry-run" in blind.stderr, blind.stderr)
    plan = charity.ask(*several, "--dry-run")
    checks.check("the plan counts, has examples, and says what partners lose", plan["records"] == 3 and sorted(plan["ids"]) == sorted(ids) and
                 plan["partners"] == [{"organisation": police.name, "gains": 0, "loses": 3}], str(plan)[:600])
    charity.kill()
    charity.start()
    done = charity.ask(*several, "--plan", plan["digest"])
    checks.check("what was shown is done, after a kill too", done["amended"] == 3 and done["unchanged"] == 0, str(done)[:600])
    checks.check("find knows the tag", charity.ask("find", "tag:operation-swift", "--count", *because)["count"] == 3)
    checks.check("what a policy keeps by that tag is gone at the partner",
                 bool(until("gone", lambda: not police.ask("find", "quay")["records"])))
    stale = charity.run(*several, "--plan", plan["digest"])
    checks.check("a plan is taken once", stale.returncode == 1 and "the plan has changed" in stale.stderr, stale.stderr)
    page, code = answered_at_terminal(charity, b"yes\n", "tag", *ids, "--remove", "operation-swift", *because)
    checks.check("on a terminal several are shown and asked for", code == 0 and "3 records would be amended" in page and "3 amended" in page,
                 f"{code} {page}")
    checks.check("and policy lets them go again", bool(until("back", lambda: len(police.ask("find", "quay")["records"]) == 3)))
    marked = charity.run("tag", ids[0], "--add", "STR", *because)
    checks.check("who marks a suspicious-activity report is told what that means", "screening" in marked.stderr and
                 charity.ask("show", ids[0])["tags"] == ["night", "sar"], marked.stderr)
    kept = charity.run("tag", ids[0], "--remove", "sar", *because)
    checks.check("that mark is no tag to take out, and it says what to do", kept.returncode == 1 and "recall the record" in kept.stderr,
                 kept.stderr)
    for wrong in (("tag", ids[1]), ("tag", ids[1], "--add", "a", "--remove", "a"), ("tag", "--add", "a", *because)):
        said = charity.run(*wrong)
        checks.check(f"`{' '.join(wrong)}` is refused in words", said.returncode in (1, 2) and said.stderr != "", said.stderr)
    entries = charity.ask("audit", "list", "--record", ids[1], "--kind", "alteration")["entries"]
    checks.check("the register says that it was tagged, by whom and why", [e["source"] for e in entries] == ["tag", "tag"] and
                 all(e["reason"] == "case 12" for e in entries), str(entries)[:600])


def new_to_each(checks, charity, police):
    """What is new is new to somebody; what was recalled is found by what is left of it."""
    def found(query, user):
        return sorted(one["id"] for one in police.ask("find", query, "--user", user)["records"])

    old = charity.ask("add", "report", "--set", "title=An old flat", "--set", "tlp=GREEN", "--set", "purpose=prevention")["id"]
    until("the old one came", lambda: police.run("show", old).returncode == 0)
    police.ask("inbox", "--mark-all", "--user", "cara")
    checks.check("who has looked finds nothing new", found("is:new", "cara") == [])
    checks.check("to who has not looked all is new", old in found("is:new", "dan"))
    fresh = charity.ask("add", "report", "--set", "title=A new flat", "--set", "tlp=GREEN", "--set", "purpose=prevention")["id"]
    gone = charity.ask("add", "report", "--set", "title=A wrong flat", "--set", "tlp=GREEN", "--set", "purpose=prevention")["id"]
    charity.ask("amend", old, "--set", "title=An old flat, again")
    until("they came", lambda: found("is:new", "cara") == sorted([old, fresh, gone]))
    checks.check("what came and what was amended is new", found("is:new title again", "cara") == [] and
                 found("is:new flat -again", "cara") == sorted([fresh, gone]))
    charity.ask("recall", gone, "--reason", "wrong address")
    until("it went", lambda: gone not in found("is:new", "cara"))
    police.kill()
    police.start()
    checks.check("a mark outlives a kill", found("is:new", "cara") == sorted([old, fresh]))
    checks.check("what was recalled since is found by what is left", found("is:recalled is:new", "cara") == [gone] and
                 gone in found(f"is:recalled origin:{charity.name} kind:report created:today", "dan") and
                 police.ask("find", "is:recalled is:new", "--count", "--user", "cara")["count"] == 1)
    shown = police.run("find", "is:recalled is:new", "--user", "cara").stdout
    checks.check("without its contents", gone[:8] in shown and "wrong flat" not in shown, shown)
    for query in ("is:recalled flat", "is:recalled OR flat", "is:onward", "is:vouched"):
        said = police.run("find", query)
        checks.check(f"`{query}` is refused with the reason", said.returncode == 2 and "search: " in said.stderr, said.stderr)
    police.run("inbox", "--user", "cara")
    checks.check("`inbox` moves the mark", found("is:new", "cara") == [] and fresh in found("is:new", "dan"))
    ours = police.ask("add", "report", "--set", "title=Ours", "--set", "tlp=GREEN")["id"]
    checks.check("what we wrote is new too, and is:received leaves it out", found("is:new", "cara") == [ours] and
                 found("is:new is:received", "cara") == [])


def attached(checks, charity, folder):
    photo = folder / "photo.jpg"
    photo.write_bytes(b"not really a photo")
    record = charity.ask("add", "report", "--set", "title=With a photo", "--set", "tlp=GREEN", "--set", "purpose=prevention")["id"]
    charity.ask("attach", record, photo)
    shown = json.dumps(charity.ask("show", record))
    checks.check("a file is named by its digest, size and type", hashlib.sha256(photo.read_bytes()).hexdigest() in shown and
                 "image/jpeg" in shown and photo.name not in shown, shown[:600])
    # Who attaches need not be who may see what is attached: so the answer is as for a new file.
    twice = charity.run("attach", record, photo)
    files = [field["text"] for field in charity.ask("show", record)["fields"] if field["name"] == "attachments"]
    checks.check("attached again, it stands there once", twice.returncode == 0 and len(files) == 1 and
                 files[0].count(hashlib.sha256(photo.read_bytes()).hexdigest()) == 1, f"{twice.stderr} {files}")


def inbox(checks, charity, police):
    """What is new is told once, in `status` and in `inbox`."""
    charity.ask("inbox", "--mark-all")
    police.ask("inbox", "--mark-all")
    alert = charity.ask("add", "alert", "--set", "title=A van", "--set", "tlp=GREEN", "--set", "purpose=prevention")["id"]
    until("arrived", lambda: police.run("show", alert).returncode == 0)
    checks.check("status counts what is new", police.ask("status")["inbox"]["alerts"] == 1 and
                 "1 alerts" in police.run("status").stdout, police.run("status").stdout)
    items = police.ask("inbox", "--reason", "start of the watch")["items"]
    checks.check("the inbox names it", [(i["what"], i["id"], i["title"]) for i in items] == [("alert", alert, "A van")], str(items))
    police.kill()
    police.start()
    checks.check("and once only, whatever happened", police.ask("inbox")["items"] == [] and
                 police.ask("status")["inbox"]["alerts"] == 0)
    police.ask("sighting", alert, "--outcome", "acted-on")
    checks.check("its author hears of the sighting", bool(until("told", lambda: charity.ask("status")["inbox"]["sightings"] == 1)))
    told = charity.run("inbox", "--reason", "morning").stdout
    checks.check("with whom it is from, and about which record", police.name in told and alert in told, told)
    charity.ask("recall", alert, "--reason", "wrong van")
    checks.check("a recall is news", bool(until("recalled", lambda: police.ask("status")["inbox"]["recalls"] == 1)))
    checks.check("and nothing else is", [i["what"] for i in police.ask("inbox", "--keep")["items"]] == ["recall"])


def shared(checks, charity, police):
    """An identifier that another organisation's record says too is noticed when it arrives."""
    def report(node, title, phone):
        return node.ask("add", "report", "--set", f"title={title}", "--set", f"identifiers=phone:{phone}", "--set", "tlp=GREEN",
                        "--set", "purpose=prevention", "--set", "legal_basis=gdpr-6-1-e")["id"]

    here = report(police, "A nail bar", "+447700900311")
    checks.check("nobody else says it yet", "also in" not in police.run("show", here).stdout)
    report(charity, "A call about a nail bar", "+447700900311")
    report(police, "A second visit", "+447700900311")
    until("arrived", lambda: police.ask("find", "phone:+447700900311", "--count")["count"] == 3)
    page = police.run("show", here).stdout
    checks.check("`show` says that two more records of two organisations have its telephone number",
                 "phone:+447700900311: also in 2 records of 2 organisations" in page and f"related {here[:8]}" in page, page)
    told = police.ask("show", here)["around"]["shared"]
    checks.check("`--json` has it in numbers", told == [{"identifier": "phone:+447700900311", "records": 2, "organisations": 2,
                                                         "more": False}], str(told))


def tell(checks, build, folder, nodes):
    charity, police = serving(build, folder, nodes, CHARITY, POLICE)
    pair(charity, police, folder)
    policy = folder / "open.cedar"
    policy.write_text(OPEN)
    for node in nodes:
        apply_policy(node, policy)
    imported(checks, charity, police, folder)
    note = folder / "then.note"
    note.write_text(several(checks, charity, police))
    attached(checks, charity, folder)
    since = charity.ask("audit", "list", "--since-checkpoint", note, "--limit", 100)["entries"]
    checks.check("an auditor sees what was entered since a checkpoint", 0 < len(since) < 20, str(len(since)))
    newest = charity.ask("audit", "show", since[0]["index"])
    checks.check("and one entry whole", newest["index"] == since[0]["index"] and newest["kind"] == since[0]["kind"], str(newest))
    inbox(checks, charity, police)
    tagged(checks, charity, police)
    new_to_each(checks, charity, police)
    shared(checks, charity, police)
    for node in nodes:
        summary = node.ask("verify", allowed=(0, 1))
        checks.check(f"verify is clean at {node.title}", summary["clean"], str(summary)[:600])


if __name__ == "__main__":
    sys.exit(main(tell))
