#!/usr/bin/env python3
"""Every verb of the command line that the help lists: it has an example of its own, errors in JSON, and times in ISO form. An
output that cannot be written is an error.

    tests/e2e/test_verbs.py --build build/release
"""
import json
import os
import re
import shlex
import subprocess
import sys

from support import ROOT, apply_policy, lines_on_page, main, printed_on, serving, until

# What needs no node, or is one.
WITHOUT_JSON = {"init", "serve", "completion", "manual", "help", "version", "audit export"}
WITHOUT_OUTPUT = {"init", "serve"}  # they speak on standard error alone
MAPPING = 'kind = "report"\nsource = "calls"\nidentity = ["ref"]\n[columns]\nwhat = "report.title"\n'
POLICY = '// Nobody gets anything.\n@id("none") forbid (principal, action == Action::"disclose", resource);\n'
CASES = '''[partner.first-bank]
sector = "bank"
[record.car-wash]
kind = "report"
[[case]]
name = "nothing goes"
record = "car-wash"
partner = "first-bank"
refused = true
'''
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z|")


def plain(tidegate, *words, stdout=subprocess.PIPE):
    return subprocess.run([tidegate, *map(str, words)], stdout=stdout, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                          timeout=300)


def tree(tidegate, path=()):
    """Each verb that has none below it, with its help."""
    shown = plain(tidegate, *path, "--help").stdout
    if "\nSubcommands:\n" not in shown:
        return {" ".join(path): shown}
    found = {}
    for name in re.findall(r"^  ([a-z]+)(?= |$)", shown.split("\nSubcommands:\n")[1].split("\n\n")[0], re.MULTILINE):
        if name != "help":  # its help is that of the program
            found.update(tree(tidegate, (*path, name)))
    return found


def examples(checks, tidegate, verbs):
    """The help of a verb shows that verb."""
    for verb, shown in verbs.items():
        lines = [line.strip() for line in shown.split("Example", 1)[-1].splitlines() if "tidegate" in line]
        mine = re.compile(r"(?:^|[|(] ?)tidegate (?:--node \S+ )?" + verb + r"(?: |$|\))")
        checks.check(f"the help of `{verb}` has an example of its own", "\nExample" in shown and any(mine.search(line) for line in lines),
                     str(lines))


def wrong(checks, tidegate, verbs, folder):
    """Whatever is wrong is said as one line of JSON, where JSON was asked for."""
    for verb, shown in verbs.items():
        takes_json = "--json" in shown
        checks.check(f"`{verb}` takes --json", takes_json != (verb in WITHOUT_JSON), shown)
        said = plain(tidegate, "--node", folder / "none", *verb.split(), "--no-such-option", "--json")
        error = json.loads(said.stderr)["error"]
        checks.check(f"a wrong option of `{verb}` is an error in JSON", said.returncode == 2 and said.stdout == "" and
                     error["kind"] == "usage" and error["exit_code"] == 2 and said.stderr.count("\n") == 1 and
                     "no-such-option" in error["message"], said.stderr)


def calls(node, folder, ids):
    """Each verb with what it needs to answer. `ids` are records that it may change."""
    because = ("--reason", "a test of every verb")
    mapping, table, policy, cases = (folder / name for name in ("m.toml", "calls.csv", "none.cedar", "cases.toml"))
    for path, text in ((mapping, MAPPING), (table, "ref,what\nA-1,a van\nA-2,a flat\n"), (policy, POLICY), (cases, CASES)):
        path.write_text(text)
    evidence = folder / "evidence.json"
    evidence.write_text(node.run("show", ids[0], "--evidence").stdout)
    digest = lambda *verb: node.ask(*verb)["digest"]  # noqa: E731
    invitation = lambda name: node.ask("partner", "invite", name)["invitation"]  # noqa: E731
    letter = folder / "own.letter"

    def foreign_letter():
        letter.write_text(invitation("nobody-yet"))
        return letter

    def excerpted():
        excerpt = folder / "march.register"
        if not excerpt.exists():
            node.run("audit", "export", "--out", excerpt)
        return excerpt

    return {
        "audit verify": lambda: ("audit", "verify", excerpted()), "audit export": lambda: ("audit", "export"),
        "audit subject": lambda: ("audit", "subject", "phone:+447700900011", *because), "hold": lambda: ("hold", ids[0], *because),
        "verify": lambda: ("verify", evidence), "partner invite": lambda: ("partner", "invite", "meridian"),
        # A node that accepts its own letter is refused before anything is printed: the letter is for somebody else.
        "partner accept": lambda: ("partner", "accept", foreign_letter(), "--code", "x"),
        "partner confirm": lambda: ("partner", "confirm", ids[-1], "--fingerprint", node.told_fingerprint),
        "partner cancel": lambda: ("partner", "cancel", "meridian"), "partner set": lambda: (
            "partner", "set", ids[-1], "--address", "127.0.0.1:1"), "partner list": lambda: ("partner", "list"),
        "partner plans": lambda: ("partner", "plans"), "partner suspend": lambda: ("partner", "suspend", ids[-1]),
        "partner resume": lambda: ("partner", "resume", ids[-1]),
        "partner approve": lambda: ("partner", "approve", "0" * 64), "partner withdraw": lambda: ("partner", "withdraw", "0" * 64),
        "circle create": lambda: ("circle", "create", "banks"), "circle add": lambda: ("circle", "add", "banks", ids[-1]),
        "circle drop": lambda: ("circle", "drop", "banks", ids[-1]), "circle rename": lambda: ("circle", "rename", "banks", "lenders"),
        "circle remove": lambda: ("circle", "remove", "lenders"), "circle list": lambda: ("circle", "list"),
        "import": lambda: ("import", "--mapping", mapping, table), "imports list": lambda: ("imports", "list"),
        "inbox": lambda: ("inbox",), "mapping suggest": lambda: ("mapping", "suggest", table, "--kind", "report"),
        "mapping check": lambda: ("mapping", "check", mapping, table), "add": lambda: ("add", "report", "--set", "title=x"),
        "amend": lambda: ("amend", ids[0], "--set", "title=y", *because), "tag": lambda: ("tag", ids[0], "--add", "night", *because), "link": lambda: ("link", ids[0], "mentions", ids[1]),
        "sighting": lambda: ("sighting", ids[0], "--outcome", "known"), "attach": lambda: ("attach", ids[0], table),
        "find": lambda: ("find", *because), "related": lambda: ("related", ids[0], *because),
        "search save": lambda: ("search", "save", "vans", "kind:report"), "search list": lambda: ("search", "list"),
        "search run": lambda: ("search", "run", "vans", *because), "search remove": lambda: ("search", "remove", "vans"), "show": lambda: ("show", ids[0], *because),
        "history": lambda: ("history", ids[0], *because), "alerts": lambda: ("alerts", *because),
        "recall": lambda: ("recall", ids[1], *because), "holders": lambda: ("holders", ids[0]),
        "policy check": lambda: ("policy", "check", policy), "policy explain": lambda: ("policy", "explain", ids[0], ids[-1], *because),
        "policy plan": lambda: ("policy", "plan", policy),
        "policy apply": lambda: ("policy", "apply", policy, "--plan", digest("policy", "plan", policy)),
        "policy show": lambda: ("policy", "show"), "policy test": lambda: ("policy", "test", cases, "--policies", policy),
        "policy matrix": lambda: ("policy", "matrix", "--kind", "report"), "policy history": lambda: ("policy", "history"),
        "policy diff": lambda: ("policy", "diff", "0", "1"), "policy rollback": lambda: ("policy", "rollback", "0", "--drop"),
        "policy approve": lambda: ("policy", "approve", "0" * 64), "policy withdraw": lambda: ("policy", "withdraw", "0" * 64),
        "audit list": lambda: ("audit", "list"), "audit left": lambda: ("audit", "left"), "audit show": lambda: ("audit", "show", "0"),
        "audit checkpoint": lambda: ("audit", "checkpoint"), "status": lambda: ("status",), "review": lambda: ("review",),
        "kinds": lambda: ("kinds",), "fields": lambda: ("fields", "report"), "codes": lambda: ("codes",),
        "completion": lambda: ("completion", "bash"), "manual": lambda: ("manual",), "version": lambda: ("version",),
        "partner remove": lambda: ("partner", "remove", ids[-1], "--now"), **of_users(node, folder)}


def of_users(node, folder):
    """The last verbs, in their order: from the first user on each call needs the session that `login` leaves."""
    password, other = folder / "password", folder / "ana.session"
    password.write_text("lantern-otter-viola-brick")
    password.chmod(0o600)
    os.environ["TIDEGATE_SESSION"] = str(folder / "sue.session")
    by_file = ("--password-file", password)

    def role_of_ana():
        node.run("user", "add", "ana", "--role", "analyst", *by_file)
        return "user", "role", "ana", "analyst", "auditor"

    def end_of_ana():
        node.run("--session", other, "login", "ana", *by_file)
        sessions = node.ask("session", "list", "--all")["sessions"]
        return "session", "end", next(one["id"] for one in sessions if one["user"] == "ana")

    return {
        "user add": lambda: ("user", "add", "sue", "--role", "administrator", *by_file), "login": lambda: ("login", "sue", *by_file),
        "user list": lambda: ("user", "list"), "user role": role_of_ana, "user disable": lambda: ("user", "disable", "ana"),
        "user enable": lambda: ("user", "enable", "ana"), "user passwd": lambda: ("user", "passwd", "ana", *by_file),
        "session list": lambda: ("session", "list"), "session end": end_of_ana, "logout": lambda: ("logout",)}


# They answer with a refusal here, which goes to standard error.
REFUSED = {"partner accept", "partner approve", "partner withdraw", "policy approve", "policy withdraw", "sighting"}


def times(value, name=""):
    """Values that are a time, as (name, value)."""
    if isinstance(value, dict):
        for key, one in value.items():
            if not (key == "last_contact_ms" and "last_contact" in value):  # for programs of version 0.1
                yield from times(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from times(one, name)
    elif re.search(r"_ms$|_at$|^(time|created|arrived|since|began|ended|applied|expires|last_contact|not_before|expiry)$", name):
        yield name, value


def answers(checks, node, verbs, folder, ids):
    known = calls(node, folder, ids)
    checks.check("each verb is tried", set(known) | WITHOUT_OUTPUT == set(verbs), str(set(known) ^ set(verbs)))
    for verb, words in known.items():
        if verb in REFUSED:
            said = node.run(*words(), "--json")
            error = json.loads(said.stderr)["error"]
            checks.check(f"what `{verb}` is refused is an error in JSON", said.returncode in (1, 2) and said.stdout == "" and
                         error["exit_code"] == said.returncode, said.stdout + said.stderr)
            continue
        arguments = words()
        with open("/dev/full", "w") as full:
            said = plain(node.tidegate, "--node", node.directory, *arguments, stdout=full)
        checks.check(f"`{verb}` on a full disk is an error that says so", said.returncode != 0 and
                     "not all of the output was written" in said.stderr, f"{said.returncode} {said.stderr}")
        if "--json" not in verbs[verb]:
            continue
        said = node.run(*arguments, "--json")
        if said.returncode not in (0, 3):  # it was done above
            checks.check(f"`{verb}` a second time is refused in JSON", "error" in json.loads(said.stderr), said.stderr)
            continue
        odd = [(name, one) for name, one in times(json.loads(said.stdout)) if not isinstance(one, str) or not TIME.fullmatch(one)]
        checks.check(f"times of `{verb} --json` are ISO", odd == [], str(odd))


def lines_of(text):
    """Without what differs each time: digests, figures, the width of columns."""
    text = re.sub(r"\b[0-9a-f]{8,}\b(\.\.\.)?", "X", text)
    return [" ".join(re.sub(r"\d+", "0", line).split()) for line in text.splitlines()]


def as_the_page(checks, charity, bank, folder):
    """Two nodes are paired as README.md says, and what each command prints is what the page shows."""
    page = (ROOT / "README.md").read_text()
    on_page = lambda begins: next(line for line in page.splitlines() if line.startswith(begins)).split("$ ", 1)[1]  # noqa: E731
    invitation = charity.ask("partner", "invite", bank.name)
    letter = folder / "letter.txt"
    letter.write_text(invitation["invitation"])
    command = on_page("northbank$ tidegate partner accept")
    words = shlex.split(command)[1:]
    words[words.index("letter.txt")], words[words.index("--code") + 1] = letter, invitation["spoken_code"]
    accepted = bank.run(*words)
    said = accepted.stdout + accepted.stderr
    checks.check("README.md shows what `accept` prints", accepted.returncode == 0 and lines_on_page(printed_on(page, command), said), said)
    until("known", lambda: charity.ask("partner", "list")["partners"])
    command = on_page("lantern$ tidegate partner confirm")
    words = shlex.split(command)[1:]
    words[words.index("--fingerprint") + 1] = re.search(r"^fingerprint: ([0-9a-f ]+)$", accepted.stdout, re.MULTILINE).group(1)
    confirmed = charity.run(*words)
    said = confirmed.stdout + confirmed.stderr
    checks.check("README.md shows what `confirm` prints", confirmed.returncode == 0 and lines_on_page(printed_on(page, command), said), said)
    bank.ask("partner", "confirm", charity.name, "--fingerprint", invitation["fingerprint"], "--sector", "ngo", "--purpose", "prevention")
    until("confirmed", lambda: charity.ask("partner", "list")["partners"][0]["state"] == "confirmed")
    policy = folder / "page.cedar"
    policy.write_text(POLICY)
    apply_policy(charity, policy)
    until("met", lambda: charity.ask("status")["partners"][0]["caught_up"])
    bank.stop()
    partner = lambda: charity.ask("status")["partners"][0]  # noqa: E731
    until("missed", lambda: "nobody listens" in partner()["last_error"] and not partner()["followed"])
    told = lines_of(re.sub("serving on .*", "serving on node.lantern.example:7443", charity.run("status").stdout))
    checks.check("README.md shows what `status` prints", all(line in told for line in lines_of(printed_on(page, "tidegate status"))
                                                             if line not in ("", "...")), str(told))
    bank.start()


def tell(checks, build, folder, nodes):
    tidegate = str(build / "node" / "tidegate")
    verbs = tree(tidegate)
    checks.check("the help lists the verbs", len(verbs) > 50, str(sorted(verbs)))
    examples(checks, tidegate, verbs)
    wrong(checks, tidegate, verbs, folder)
    charity, bank = serving(build, folder, nodes, ("lantern", "the charity", "ngo"), ("northbank", "the bank", "bank"))
    as_the_page(checks, charity, bank, folder)
    charity.told_fingerprint = bank.ask("status")["fingerprint"]
    ids = [charity.ask("add", "report", "--set", f"title=Report {i}", "--set", "tlp=GREEN", "--set", "purpose=prevention")["id"]
           for i in range(2)]
    answers(checks, charity, verbs, folder, [*ids, bank.name])


if __name__ == "__main__":
    sys.exit(main(tell))
