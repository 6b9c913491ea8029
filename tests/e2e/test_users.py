#!/usr/bin/env python3
"""Users of a node: the first administrator, logins and roles, a stolen token, guessed passwords, a node that is killed.

    tests/e2e/test_users.py --build build/release
"""
import json
import os
import stat
import sys

from support import CHARITY, answered_at_terminal, main, serving

GOOD, OTHER = "lantern-otter-viola-brick", "harbour-pigeon-noon-slate"
WHY = ("--reason", "case 12")


class Person:
    """Somebody at a node, with a session of their own."""

    def __init__(self, node, folder, name):
        self.node, self.name = node, name
        self.session = folder / f"{name}.session"
        self.passwords = folder / f"{name}.password"

    def do(self, *verb, stdin=None):
        return self.node.run("--session", self.session, *verb, stdin=stdin)

    def ask(self, *verb):
        result = self.do(*verb, "--json")
        return json.loads(result.stdout) if result.returncode == 0 else {"refused": result.stderr}

    def login(self, password=GOOD):
        self.passwords.write_text(password + "\n")
        self.passwords.chmod(0o600)
        return self.do("login", self.name, "--password-file", self.passwords)


def password_file(folder, password):
    file = folder / "new.password"
    file.write_text(password)
    file.chmod(0o600)
    return file


def bootstrap(checks, node, folder):
    secret = password_file(folder, GOOD)
    before = node.run("add", "report", "--set", "title=Car wash", "--set", "tlp=GREEN", "--user", "ana", *WHY)
    checks.check("without users --user is recorded as it is said", before.returncode == 0, before.stderr)
    not_yet = node.run("--session", folder / "sue.session", "login", "sue", "--password-file", secret)
    checks.check("without users there is no login", not_yet.returncode == 1 and "no users yet" in not_yet.stderr, not_yet.stderr)
    wrong = node.run("user", "add", "ana", "--role", "analyst", "--password-file", secret)
    checks.check("the first user is an administrator", wrong.returncode == 1 and "administrator" in wrong.stderr, wrong.stderr)
    common = password_file(folder, "Password1234!")
    easy = node.run("user", "add", "sue", "--role", "administrator", "--password-file", common)
    checks.check("a common password is refused", easy.returncode == 2 and "easy to guess" in easy.stderr, easy.stderr)
    made = node.run("user", "add", "sue", "--role", "administrator", "--password-file", password_file(folder, GOOD))
    checks.check("the owner of the socket makes the first administrator", made.returncode == 0, made.stderr)
    for verb in (("find", "kind:report", *WHY), ("partner", "list"), ("audit", "list"), ("user", "list"),
                 ("add", "report", "--set", "title=x")):
        closed = node.run(*verb)
        checks.check(f"then `{verb[0]}` needs a login", closed.returncode == 1 and "tidegate login" in closed.stderr, closed.stderr)
    said = node.run("add", "report", "--set", "title=x", "--user", "ana")
    checks.check("and --user is refused", said.returncode == 1 and "--user is not taken" in said.stderr, said.stderr)
    status = json.loads(node.run("status", "--json").stdout)
    checks.check("`status` says no more than that one must log in",
                 status["login_needed"] and not status["partners"] and status["records"] == 0, str(status)[:300])


def people(checks, node, folder):
    sue = Person(node, folder, "sue")
    checks.check("the administrator logs in", sue.login().returncode == 0)
    mode = stat.S_IMODE(os.stat(sue.session).st_mode)
    checks.check("the session's file is private", mode == 0o600, oct(mode))
    cast = {}
    everybody = {"ana": ["analyst"], "ivy": ["investigator"], "aud": ["auditor"], "kit": ["screening", "supervisor"]}
    for name, roles in everybody.items():
        file = password_file(folder, GOOD)
        words = [word for role in roles for word in ("--role", role)]
        made = sue.do("user", "add", name, *words, "--password-file", file)
        checks.check(f"{name} is made", made.returncode == 0, made.stderr)
        cast[name] = Person(node, folder, name)
        login = cast[name].login()
        checks.check(f"{name} logs in, and the token is not printed",
                     login.returncode == 0 and cast[name].session.read_text().strip() not in login.stdout, login.stderr)
    return sue, cast


def roles(checks, sue, cast):
    ana, ivy, aud, kit = (cast[name] for name in ("ana", "ivy", "aud", "kit"))
    made = ivy.ask("add", "person", "--set", "name=Dora Example", "--set", "minor=no", "--set", "tlp=GREEN", *WHY)
    person = made.get("id", "")
    checks.check("an investigator adds a person", bool(person), str(made))
    seen = ana.ask("show", person, *WHY)
    hidden = [one["name"] for one in seen.get("not_shown", [])]
    checks.check("an analyst sees that there is a name, why it is not for her, and not the name",
                 hidden == ["name"] and "Dora" not in str(seen) and "read-personal" in str(seen), str(seen)[:600])
    checks.check("an investigator sees it", "Dora" in str(ivy.ask("show", person, *WHY)))
    for answer, code in ((b"case 12\n", 0), (b"\n", 1)):
        page, ended = answered_at_terminal(ana.node, answer, "--session", ana.session, "find", "kind:person", "--count",
                                           question=b"Why do you look?")
        checks.check(f"on a terminal a look without a reason asks for it, and {'takes it' if code == 0 else 'makes none up'}",
                     ended == code and "Why do you look?" in page and ("Without a reason nobody reads" in page) == (code == 1), page)
    checks.check("an analyst finds nothing by it", ana.ask("find", "Dora", "--count", *WHY).get("count") == 0)
    checks.check("an administrator sees no contents", "refused" in sue.ask("show", person, *WHY))
    report = kit.ask("add", "report", "--set", "title=Odd transfers", "--set", "tag=SAR", "--set", "tlp=AMBER", *WHY)["id"]
    unknown = "e" * 32
    told = ivy.ask("show", report, *WHY).get("refused", "").replace(report, unknown)
    checks.check("a suspicious-activity report is not held for an investigator",
                 told == ivy.ask("show", unknown, *WHY).get("refused"), told)
    checks.check("who screens sees it", kit.ask("show", report, *WHY).get("id") == report)
    entries = aud.ask("audit", "list", "--limit", "100")
    checks.check("an auditor reads the register, with the users that were made",
                 any(one["kind"] == "user" and one["account"] == "ivy" for one in entries.get("entries", [])), str(entries)[:400])
    checks.check("and no entry about the report", report not in str(entries))
    hidden = entries["entries"][0]["index"] + 1  # what was entered last is about the report
    part = aud.do("audit", "export", *WHY)
    checks.check("an excerpt does not call an entry damaged of which its reader may not know",
                 part.returncode == 3 and "you may not know" in part.stderr and report not in part.stdout, part.stderr)
    one = aud.do("audit", "show", str(hidden))
    checks.check("nor does `audit show`", one.returncode == 1 and "you may not know" in one.stderr, one.stderr)
    told = aud.do("audit", "export", "--record", report).stderr.replace(report, unknown)
    checks.check("an excerpt about it is answered as one about an id that nobody has",
                 told == aud.do("audit", "export", "--record", unknown).stderr, told)
    checks.check("who screens and audits reads those too", report in str(kit.ask("audit", "list", "--limit", "100")))
    checks.check("who supervises and screens holds the report", kit.do("hold", report, *WHY).returncode == 0)
    checks.check("and the auditor reads of no such decision",
                 report not in str(aud.ask("audit", "list", "--limit", "100")))
    said = ana.do("add", "sighting", "--set", f"reference={person}", "--set", "outcome=confirmed", *WHY)
    checks.check("a sighting is not written as an ordinary record", said.returncode != 0 and "tidegate sighting" in said.stderr,
                 said.stderr)
    checks.check("the look has the name of the session", any(one["kind"] == "access" and one["user"] == "ana"
                                                             for one in entries.get("entries", [])))
    tagging(checks, cast, report)
    checks.check("an analyst makes no users", "refused" in ana.ask("user", "list"))


def tagging(checks, cast, report):
    """Each role tags what it may amend: docs/users.md."""
    plain = cast["ivy"].ask("add", "report", "--set", "title=Plain", "--set", "tlp=GREEN", *WHY)["id"]
    may = {"ana": True, "ivy": True, "kit": True, "aud": False}
    for name, allowed in may.items():
        said = cast[name].do("tag", plain, "--add", f"seen-by-{name}", *WHY)
        checks.check(f"{name} {'tags' if allowed else 'does not tag'} a record", (said.returncode == 0) == allowed and
                     (allowed or "refused" in said.stderr), said.stderr)
    told = cast["ana"].ask("tag", report, "--remove", "sar", *WHY).get("refused", "").replace(report, "e" * 32)
    checks.check("a suspicious-activity report is not held for an analyst who tags",
                 told == cast["ana"].ask("tag", "e" * 32, "--remove", "sar", *WHY).get("refused"), told)
    marked = cast["ana"].do("tag", plain, "--add", "sar", *WHY)
    checks.check("an analyst may mark a report, and sees it no more", marked.returncode == 0 and "screening" in marked.stderr and
                 "refused" in cast["ana"].ask("show", plain, *WHY), marked.stderr)


def imports(checks, folder, cast):
    """An import recalls and amends what its asker may, and no more."""
    item = {"type": "identity", "spec_version": "2.1", "id": "identity--3f0c1d2e-6a57-4c0e-9d2b-0c7f1e5a9b41",
            "created": "2026-01-05T00:00:00Z", "modified": "2026-01-05T00:00:00Z", "name": "Quayside Labour Ltd",
            "identity_class": "organization"}
    file = folder / "bundle.json"

    def bring(person, **changed):
        file.write_text(json.dumps({"type": "bundle", "id": "bundle--8f0c1d2e-6a57-4c0e-9d2b-0c7f1e5a9b42",
                                    "objects": [{**item, **changed}]}))
        return person.do("import", str(file), "--format", "stix", "--source", "feed", *WHY)
    ana, ivy = cast["ana"], cast["ivy"]
    checks.check("an investigator imports an organisation", bring(ivy).returncode == 0)
    revoked = {"revoked": True, "modified": "2026-02-05T00:00:00Z"}
    refused = bring(ana, **revoked)
    checks.check("what an analyst may not recall, her import does not recall either",
                 refused.returncode == 3 and "no policy lets you recall" in refused.stdout + refused.stderr,
                 refused.stdout + refused.stderr)
    checks.check("and it is still held", ivy.ask("find", "kind:organisation Quayside", "--count", *WHY).get("count") == 1)
    checks.check("an investigator's import recalls it", bring(ivy, **revoked).returncode == 0)
    checks.check("then it is gone", ivy.ask("find", "kind:organisation Quayside", "--count", *WHY).get("count") == 0)


def sessions(checks, node, folder, sue, ana):
    thief = Person(node, folder, "thief")
    thief.session.write_bytes(ana.session.read_bytes())
    thief.session.chmod(0o600)
    checks.check("a stolen token works", "records" in thief.ask("find", "kind:report", *WHY))
    line = next(one for one in sue.ask("session", "list", "--all")["sessions"] if one["user"] == "ana")
    checks.check("until `session end`", sue.do("session", "end", line["id"], "--reason", "laptop lost").returncode == 0)
    checks.check("ends it", "refused" in thief.ask("find", "kind:report", *WHY))
    ana.login()
    thief.session.write_bytes(ana.session.read_bytes())
    ana.do("logout")
    checks.check("a token is worth nothing after logout", "refused" in thief.ask("find", "kind:report", *WHY))
    for token in ("", "x", "0" * 64, "a" * 100):
        thief.session.write_text(token)
        checks.check(f"a token of {len(token)} letters is nobody's", "refused" in thief.ask("find", "kind:report", *WHY))
    ana.login()
    new, wrong = password_file(folder, OTHER), folder / "wrong.password"
    wrong.write_text("not the password")
    wrong.chmod(0o600)
    for given in (wrong, new):
        refused = ana.do("user", "passwd", "--current-password-file", given, "--password-file", new)
        checks.check("a session alone sets no password", refused.returncode != 0 and
                     "records" in ana.ask("find", "kind:report", *WHY), refused.stderr)
    named = ana.do("user", "passwd", "ana", "--password-file", new)
    checks.check("nor does one's own name in its place", named.returncode != 0 and "current" in named.stderr, named.stderr)
    changed = ana.do("user", "passwd", "--current-password-file", ana.passwords, "--password-file", new)
    checks.check("everybody sets their own password", changed.returncode == 0, changed.stderr)
    checks.check("which ends the session", "refused" in ana.ask("find", "kind:report", *WHY))
    checks.check("and the new one alone lets in", ana.login(GOOD).returncode == 1 and ana.login(OTHER).returncode == 0)
    last = sue.do("user", "disable", "sue")
    checks.check("the last administrator stays", last.returncode == 1 and "last enabled" in last.stderr, last.stderr)


def guesses(checks, node, folder, ana):
    wrong, eleventh = set(), {}
    for person in (ana, Person(node, folder, "nobody")):
        wrong |= {person.login("not the password").stderr for _ in range(10)}
        eleventh[person.name] = person.login(OTHER).stderr
    checks.check("a name that nobody has is answered as a wrong password is", len(wrong) == 1, str(wrong))
    checks.check("ten wrong passwords slow the eleventh try, with the right password too",
                 "too many wrong passwords" in eleventh["ana"], eleventh["ana"])
    checks.check("and that for a name that nobody has", "too many wrong passwords" in eleventh["nobody"], str(eleventh))


def tell(checks, build, folder, nodes):
    node, = serving(build, folder, nodes, CHARITY)
    bootstrap(checks, node, folder)
    sue, cast = people(checks, node, folder)
    roles(checks, sue, cast)
    imports(checks, folder, cast)
    sessions(checks, node, folder, sue, cast["ana"])
    guesses(checks, node, folder, cast["ana"])
    node.kill()
    node.start()
    checks.check("a node that was killed knows its sessions", sue.ask("user", "list").get("users", [{}])[0].get("name") == "ana")


if __name__ == "__main__":
    sys.exit(main(tell))
