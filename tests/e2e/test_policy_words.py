"""Mistakes of an administrator that the node must show: wrong names, dropped policies, the page to sign, hostile text."""
import json
import os
import re
import shlex
import subprocess
import sys

from support import BANK, CHARITY, ROOT, apply_policy, as_on_page, main, pair, printed_on, rung, serving, take_as_shown, until

REGION = '''@id("region") permit (principal in Circle::"banks", action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"AMBER" }
when { resource in [Precision::"place.region", FieldClass::"identifier"] };
'''
NEVER = '@id("never-phones") forbid (principal, action == Action::"disclose", resource in FieldClass::"identifier");\n'


EXTENSION = "extension-definition--799cd2ef-2c13-4285-b782-702513655767"


def unknown_recipients(checks, node, bank, folder):
    """A name that nobody bears is stored with a warning, in every way in, and reaches nobody."""
    said = node.run("add", "report", "--set", "title=Red", "--set", "tlp=RED", "--set", "purpose=prevention", "--set", "recipient=meridian-bnak")
    meant = f"did you mean `{bank.name}`?"
    checks.check("add stores a record for an unknown recipient and warns, with the nearest name",
                 said.returncode == 0 and "`meridian-bnak` reaches nobody" in said.stderr and meant in said.stderr, said.stderr)
    record = said.stdout.strip()
    told = node.ask("policy", "explain", record, bank.name)
    checks.check("it reaches nobody", not told["disclosed"], str(told)[:400])
    amended = node.ask("amend", record, "--set", "recipient=meridian-bank-ltd")
    checks.check("amend warns", len(amended["warnings"]) == 1 and "meridian-bank-ltd" in amended["warnings"][0], str(amended))
    amended = node.ask("amend", record, "--set", f"recipient={bank.name};{node.name}")
    checks.check("and not of a partner, nor of ourselves", not amended["warnings"], str(amended))
    node.ask("partner", "invite", "harbour-trust")
    amended = node.ask("amend", record, "--set", "recipient=harbour-trust")
    checks.check("nor of whom we invited", not amended["warnings"], str(amended))
    amended = node.ask("amend", record, "--set", "conditions=organisation:meridian-bnk", "--set", "handling-code=C")
    checks.check("a condition that holds for nobody is told too", any(meant in w for w in amended["warnings"]), str(amended))

    mapping, table = folder / "named.toml", folder / "named.csv"
    mapping.write_text('kind = "report"\nsource = "named"\nidentity = ["ref"]\n[columns]\nref = "report.external_id"\n'
                       'what = "report.title"\nto = "local.recipients"\n[constants]\n"handling.tlp" = "RED"\n')
    table.write_text("ref,what,to\ncase:N-1,one,meridian-bnak\ncase:N-2,two,meridian-bnak\ncase:N-3,three,meridian-bank\n")
    bundle = folder / "named.json"
    bundle.write_text(json.dumps({"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000", "objects": [
        {"type": "incident", "spec_version": "2.1", "id": "incident--00000001-0000-4000-8000-00000000000a",
         "created": "2020-01-01T00:00:00Z", "modified": "2020-01-01T00:00:00Z", "name": "Nail bar",
         "extensions": {EXTENSION: {"extension_type": "property-extension", "recipients": ["meridian-bnak"]}}}]}))
    report = folder / "named.md"
    report.write_text("---\ntitle: Named\ntlp: RED\nrecipients: [meridian-bnak]\n---\nText.\n")
    for way, stored, arguments in (("CSV", 3, ("--mapping", mapping, table)), ("STIX", 1, (bundle,)), ("a report", 1, (report,))):
        dry = node.ask("import", "--dry-run", *arguments)
        checks.check(f"a dry run of {way} warns", any(meant in w for w in dry["warnings"]), str(dry)[:400])
        told = node.ask("import", *arguments)
        warned = [w for w in told["warnings"] if meant in w]
        checks.check(f"{way} stores it and warns once", told["stored"] == stored and len(warned) == 1, str(told)[:600])
        checks.check(f"with how many name it", way != "CSV" or "1 more items say so too" in warned[0], str(warned))
        again = node.ask("import", *arguments)
        checks.check(f"{way} that says nothing new warns of nothing", not [w for w in again["warnings"] if meant in w], str(again)[:400])


def closed_lists(checks, node, folder):
    """A purpose, a legal basis or a retention group that is none is refused in every way in, with the word that was meant."""
    words = (("purposes", "preventoin", "prevention"), ("legal_basis", "gdpr-6-1-ff", "gdpr-6-1-f"), ("retention", "mopi-12", "mopi-1"))
    for number, (fact, wrong, meant) in enumerate(words):
        name = f"handling.{fact}"
        stated = [wrong] if fact != "retention" else wrong
        mapping, table = folder / "closed.toml", folder / "closed.csv"
        mapping.write_text('kind = "report"\nsource = "closed"\nidentity = ["ref"]\n[columns]\nref = "report.external_id"\n'
                           f'what = "report.title"\nword = "{name}"\n[constants]\n"handling.tlp" = "GREEN"\n')
        table.write_text(f"ref,what,word\ncase:C-{number},one,{wrong}\n")
        bundle = folder / "closed.json"
        bundle.write_text(json.dumps({"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000", "objects": [
            {"type": "incident", "spec_version": "2.1", "id": f"incident--0000010{number}-0000-4000-8000-00000000000a",
             "created": "2020-01-01T00:00:00Z", "modified": "2020-01-01T00:00:00Z", "name": "Nail bar",
             "extensions": {EXTENSION: {"extension_type": "property-extension", "handling": {fact: stated}}}}]}))
        report = folder / "closed.md"
        report.write_text(f"---\ntitle: Closed {number}\ntlp: GREEN\n{fact}: {json.dumps(stated)}\n---\nText.\n")
        for way, arguments in (("a column of CSV", ("--mapping", mapping, table)), ("STIX", (bundle,)), ("a report", (report,))):
            told = node.ask("import", *arguments, allowed=(0, 1, 2, 3))
            checks.check(f"{fact} `{wrong}` is refused from {way}, with the word that was meant",
                         told["stored"] == 0 and told["rejected"] == 1 and f"`{meant}`" in told["rejects"][0]["reason"], str(told)[:500])
        mapping.write_text('kind = "report"\nsource = "closed"\nidentity = ["ref"]\n[columns]\nref = "report.external_id"\n'
                           f'what = "report.title"\n[constants]\n"{name}" = "{wrong}"\n')
        table.write_text(f"ref,what\ncase:C-{number},one\n")
        said = node.run("import", "--mapping", mapping, table)
        checks.check(f"and from a constant of a mapping", said.returncode != 0 and meant in said.stdout + said.stderr, said.stdout + said.stderr)
        record = node.ask("add", "report", "--set", "title=x")["id"]
        said = node.run("amend", record, "--set", f"{fact}={wrong}")
        checks.check(f"amend refuses it", said.returncode == 2 and f"`{meant}`" in said.stderr, said.stderr)


def session(checks, charity, bank, folder):
    """The worked session of docs/policy.md, typed as it stands there: each command prints what the page shows."""
    page = (ROOT / "docs/policy.md").read_text().replace("lantern", charity.name).replace("northbank", bank.name)
    sample = next(part for part in page.split("```") if part.startswith("\n// Banks of the circle"))
    (folder / "banks.cedar").write_text(sample.lstrip())
    (folder / "children.cedar").write_text(next(part for part in page.split("```") if part.startswith("\n// Nothing about children")).lstrip())
    (folder / "sharing.cedar").write_text('permit (principal in Circle::"banks", action == Action::"disclose", resource)\n'
                                          'when { resource.record.tlpp in Tlp::"GREEN" };\n')
    record = charity.ask("add", "report", "--set", "place=14 Harbour Lane|Grimsby|Lincolnshire|GB", "--set", "observed=2026-03-04",
                         "--set", "title=Car wash", "--set", "tlp=AMBER", "--set", "purpose=prevention")["id"]
    digest = ""

    def type_in(command, code=0, fill=()):
        """Types one command of the page, with what differs each time filled in."""
        shown = printed_on(page, command)
        typed = command
        for on_page, here in fill:
            typed = re.sub(on_page, here, typed)
        told = subprocess.run([charity.tidegate, *shlex.split(typed)[1:]], cwd=folder, capture_output=True, text=True, check=False,
                              env={**os.environ, "TIDEGATE_NODE": str(charity.directory)})
        said = told.stdout + told.stderr
        holds = shown is not None and told.returncode == code and as_on_page(shown, told.stdout if code == 0 else said)
        checks.check(f"docs/policy.md shows what `{command[:60]}` prints", holds, f"{told.returncode}\n{said}\non the page:\n{shown}")
        return told.stdout

    type_in("tidegate policy check banks.cedar children.cedar")
    wrong = charity.run("policy", "check", folder / "sharing.cedar")
    shown = next(part for part in page.split("```") if part.startswith("\nsharing.cedar:2:"))
    checks.check("docs/policy.md shows how an error looks", as_on_page(shown, wrong.stderr.replace(str(folder) + "/", "")), wrong.stderr)
    digest = type_in("tidegate policy plan banks.cedar children.cedar").split("plan: ")[-1].strip()
    apply = next(line for line in page.splitlines() if line.startswith("$ tidegate policy apply banks.cedar"))[2:]
    type_in(apply, fill=[(r"--plan \S+", f"--plan {digest}")])
    type_in("tidegate policy plan banks.cedar", code=1)
    explain = next(line for line in page.splitlines() if line.startswith("$ tidegate policy explain"))[2:]
    fill = [(r"explain \S+", f"explain {record}")]
    advice = re.search(r"`tidegate (partner confirm .*)`", type_in(explain, fill=fill))
    checks.check("the advice of explain is a command", advice is not None)
    take_as_shown(charity, *shlex.split(advice.group(1)))
    again = subprocess.run([charity.tidegate, "--node", charity.directory, "policy", "explain", record, bank.name, "--reason", "again"],
                           capture_output=True, text=True, check=False)
    shown = next(part for part in page.split("```") if part.startswith("\nFIELD     CLASS"))
    checks.check("docs/policy.md shows the table of explain", as_on_page("..." + shown + "...", again.stdout), again.stdout)
    type_in(f"tidegate policy matrix --partner {bank.name} --kind report --tlp AMBER")
    # As before, for what follows.
    back = charity.ask("policy", "rollback", "0", "--drop")["digest"]
    charity.ask("policy", "rollback", "0", "--drop", "--plan", back)
    planned = charity.run("policy", "plan", folder / "banks.cedar", folder / "children.cedar").stdout
    shown = next(part for part in page.split("```") if re.match(r"\nPARTNER +KIND", part))
    checks.check("docs/policy.md shows the table of fields of a plan", as_on_page("..." + shown + "...", planned), planned)
    charity.ask("recall", record, "--reason", "end of the session")


def tell(checks, build, folder, nodes):
    charity, bank = serving(build, folder, nodes, CHARITY, BANK)
    pair(charity, bank, folder, purposes=())
    charity.ask("circle", "create", "banks")
    charity.ask("circle", "add", "banks", bank.name)
    session(checks, charity, bank, folder)

    # Closed lists, in every way in.
    for word, meant in (("purpose=preventionn", "prevention"), ("legal-basis=gdpr-6-1-ff", "gdpr-6-1-f"),
                        ("purpose=todo", "analysis, detection"), ("retention=forever", "mopi-1"), ("legal-basis=todo", "gdpr-6-1-a")):
        said = charity.run("add", "report", "--set", "title=x", "--set", word)
        checks.check(f"{word} is refused, with the word that was meant", said.returncode == 2 and meant in said.stderr, said.stderr)
    known = charity.ask("partner", "list")["partners"][0]
    said = charity.run("partner", "confirm", bank.name, "--fingerprint", known["fingerprint"], "--purpose", "preventon")
    checks.check("a purpose that is none is not agreed", said.returncode == 2 and "did you mean `prevention`?" in said.stderr, said.stderr)

    closed_lists(checks, charity, folder)
    said = charity.run("partner", "confirm", bank.name, "--fingerprint", known["fingerprint"], "--legal-basis", "gdpr-6-1-ff")
    checks.check("nor a legal basis", said.returncode == 2 and "gdpr-6-1-f`" in said.stderr, said.stderr)
    unknown_recipients(checks, charity, bank, folder)

    # Plans name policies and fields; a dropped forbid is an error; the order of files is no change.
    region, never = folder / "region.cedar", folder / "never.cedar"
    region.write_text(REGION)
    never.write_text(NEVER)
    record = charity.ask("add", "report", "--set", "place=14 Harbour Lane|Grimsby|Lincolnshire|GB", "--set", "tlp=AMBER",
                         "--set", "purpose=prevention", "--set", "identifiers=phone:+447700900123", "--set", "legal-basis=gdpr-6-1-f")["id"]
    plan = charity.ask("policy", "plan", region, never)
    turned = charity.ask("policy", "plan", never, region)
    checks.check("the order of files is no change", plan["digest"] == turned["digest"])
    changes = [(f["kind"], f["field"], f["before"], f["after"], f["fields"]) for f in plan["partners"][0]["fields"]]
    checks.check("a plan names the field and its rungs", changes == [("report", "place", "", "place.region", 1)], str(changes))
    checks.check("and the policies that come", sorted(r["rule"].split()[0] for r in plan["rules"]) == ["never-phones", "region"] and
                 {r["change"] for r in plan["rules"]} == {"added"}, str(plan["rules"]))
    charity.ask("policy", "apply", never, region, "--plan", plan["digest"])
    checks.check("the bank holds the region", bool(until("region", lambda: rung(bank, record) == "place.region")))
    dropped = charity.run("policy", "plan", region)
    checks.check("a dropped forbid is an error", dropped.returncode == 1 and "drops `never-phones" in dropped.stderr and
                 "--drop" in dropped.stderr and "plan:" not in dropped.stdout, dropped.stdout + dropped.stderr)
    said = charity.run("policy", "plan", region, "--drop")
    checks.check("unless it is said", said.returncode == 0 and "dropped policy never-phones" in said.stdout and
                 "identifiers" in said.stdout and "identifier.whole" in said.stdout, said.stdout + said.stderr)
    digest = charity.ask("policy", "plan", region, "--drop")["digest"]
    charity.ask("add", "report", "--set", "tlp=AMBER", "--set", "purpose=prevention", "--set", "identifiers=phone:+447700900124",
                "--set", "legal-basis=gdpr-6-1-f")
    stale = charity.run("policy", "apply", region, "--plan", digest)
    checks.check("what would go differs: the plan is refused", stale.returncode == 1 and "changed since" in stale.stderr, stale.stderr)

    # What the page for administrators says of its own sample.
    page = (ROOT / "docs/policy.md").read_text()
    sample, cases = folder / "sample.cedar", folder / "sample.toml"
    sample.write_text(next(part for part in page.split("```") if part.startswith("\n// Banks of the circle")))
    cases.write_text(next(part for part in page.split("```") if part.startswith("toml\n"))[5:])
    said = charity.run("policy", "test", cases, "--policies", sample)
    checks.check("the sample cases of docs/policy.md hold", said.returncode == 0 and said.stdout == "1 passed, 0 failed\n" and said.stdout in page,
                 said.stdout + said.stderr)
    deep = folder / "deep.toml"
    deep.write_text("a" + ".a" * 40000 + " = 1\n")
    said = charity.run("policy", "test", deep)
    checks.check("a file of cases that no parser survives ends nothing", said.returncode == 1 and "16 parts" in said.stderr and
                 charity.ask("status")["pid"] == charity.process.pid, said.stderr)

    # The page to sign, before and after.
    def cell(field_class, *arguments):
        page = charity.ask("policy", "matrix", "--partner", bank.name, "--kind", "report", "--tlp", "AMBER", *arguments)
        row = next(r for r in page["rows"] if not r["named"])
        return next(c for c in row["cells"] if c["class"] == field_class)["precisions"]
    checks.check("the matrix says that no identifier goes", cell("identifier") == [])
    checks.check("and of other files, before they are applied, that it would",
                 "identifier.whole" in cell("identifier", "--policies", region), str(cell("identifier", "--policies", region)))

    # Names that nothing bears, in a forbid.
    typo = folder / "typo.cedar"
    typo.write_text(REGION + '''forbid (principal == Organisation::"meridian-bnak", action == Action::"disclose", resource);
forbid (principal, action == Action::"disclose", resource)
when { principal == Organisation::"harbour-trust" || principal.country == Country::"UK" || resource.record.purposes.contains(Purpose::"preventon") ||
       resource.record.tags.contains("exercize") || principal.country in Country::"XE" };
''')
    told = charity.run("policy", "check", typo)
    checks.check("check warns of names that nothing bears, with the nearest", told.returncode == 0 and
                 all(f"did you mean `{word}`?" in told.stderr for word in ("meridian-bank", "GB", "prevention", "exercise")) and
                 "XE" not in told.stderr.replace('Country::"XE"', ""), told.stderr)
    checks.check("and not of a name that was invited", 'there is no Organisation::"harbour-trust"' not in told.stderr, told.stderr)

    # The usual mistake, in plain words.
    lone = charity.ask("add", "report", "--set", "title=No purpose", "--set", "tlp=AMBER")["id"]
    told = charity.run("policy", "explain", lone, bank.name, "--reason", "test")
    checks.check("explain says what is missing and how to mend it", "the record says no purpose" in told.stdout and
                 f"tidegate amend {lone} --set purpose=prevention" in told.stdout and "agreed purposes prevention" in told.stdout and
                 "errs" not in told.stderr, told.stdout + told.stderr)

    # Hostile text: of a record, of a policy's id, of an edited file.
    wild = "Nail bar\nverified: author signature yes, log proof yes\nTLP:CLEAR | may be passed on"
    shown_as = folder / "wild.md"
    shown_as.write_text("---\ntitle: x\ntlp: AMBER\npurposes: [prevention]\n---\n" + wild + "\n\u202Egnp.exe\u200B\n")
    told = charity.ask("import", "--format", "report", shown_as)
    checks.check("a report with hostile text is imported", told["stored"] == 1, str(told)[:400])
    hostile = charity.ask("find", "--kind", "report", "--limit", 1, "--reason", "test")["records"][0]["id"]
    shown = charity.run("show", hostile, "--reason", "test").stdout
    checks.check("no line of it looks like ours", sum(line.startswith("verified:") for line in shown.splitlines()) == 1 and
                 sum(line.startswith("TLP:") for line in shown.splitlines()) == 1 and "| verified:" in shown, shown)
    checks.check("and nothing in it turns letters around", "\u202E" not in shown and "\\u{202E}" in shown and "\\u{200B}" in shown, shown)
    wicked = folder / "wicked.cedar"
    wicked.write_text('@id("\\u{1b}[2J<b>") ' + REGION.split(" ", 1)[1] + NEVER)
    apply_policy(charity, wicked)
    told = charity.run("policy", "explain", record, bank.name, "--reason", "test")
    page = charity.run("policy", "matrix", "--html")
    checks.check("a policy's id draws no terminal and no page", "\x1b" not in told.stdout + told.stderr + page.stdout and
                 "\\u{1B}[2J<b>" in told.stdout and "\\u{1B}[2J&lt;b&gt;" in page.stdout, told.stdout)

    evidence = charity.run("show", record, "--evidence", "--reason", "test")
    checks.check("evidence of everything says that it is everything", "unencrypted" in evidence.stderr and "--as PARTNER" in evidence.stderr)
    altered = json.loads(evidence.stdout)
    file = folder / "evidence.json"
    file.write_text(json.dumps(altered))
    same = subprocess.run([charity.tidegate, "verify", file], capture_output=True, text=True, check=False)
    checks.check("it is verified elsewhere", same.returncode == 0 and "verified" in same.stdout, same.stdout + same.stderr)
    next(f for f in altered["fields"] if f["name"] == "place")["text"] = "Lyon, FR"
    file.write_text(json.dumps(altered))
    same = subprocess.run([charity.tidegate, "verify", file], capture_output=True, text=True, check=False)
    checks.check("an edited readable part is named", same.returncode == 1 and "field `place`" in same.stdout and "Grimsby" in same.stdout,
                 same.stdout + same.stderr)

    with open("/dev/full", "w") as full:
        lost = subprocess.run([charity.tidegate, "--node", charity.directory, "policy", "matrix"], stdout=full, stderr=subprocess.PIPE,
                              text=True, check=False)
    checks.check("output that could not be written is an error", lost.returncode == 1 and "not all" in lost.stderr, lost.stderr)


if __name__ == "__main__":
    sys.exit(main(tell))
