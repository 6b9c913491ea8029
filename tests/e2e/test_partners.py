"""Who a partner is, what it would get, and how it is cut off: all by the command line of real nodes."""
import os
import re
import stat
import sys
import time

from support import ROOT, Node, answered_at_terminal, apply_policy, held, lines_on_page, main, pair, printed_on, until

POLICE = '''@id("police") permit (principal, action == Action::"disclose", resource)
when { principal.sector in Sector::"police" && resource.record.tlp in Tlp::"AMBER" };
'''
CIRCLE = '''@id("circle") permit (principal in Circle::"friends", action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"AMBER" };
'''
WHO = ("--user", "ana", "--reason", "agreement of 3 March")


def partner(node, name):
    return next((p for p in node.ask("partner", "list")["partners"] if p["organisation"] == name), None)


def line(node, name):
    return next((p for p in node.ask("status")["partners"] if p["organisation"] == name), {})


def report(node, title, purpose="prevention"):
    return node.ask("add", "report", "--set", f"title={title}", "--set", "tlp=AMBER", "--set", "persons_named=Ana Novak",
                    "--set", f"purpose={purpose}", "--set", "legal_basis=gdpr-6-1-f")["id"]


def letters(checks, charity, folder):
    nobody = charity.run("partner", "invite", "--without-code")
    checks.check("an invitation without a code names whom it is for", nobody.returncode != 0 and "name whom you invite" in
                 nobody.stderr, nobody.stderr)
    letter = folder / "letter.txt"
    made = charity.run("partner", "invite", "meridian-bank", "--out", letter)
    checks.check("an inviter is told how a node of version 0.1 replies", "--reply FILE" in made.stderr and
                 "tidegate partner accept FILE" in made.stderr, made.stderr)
    page = (ROOT / "README.md").read_text()
    shown = printed_on(page, "tidegate partner invite northbank --out letter.txt").replace("letter.txt", str(letter))
    words = re.compile("^code: .*", re.MULTILINE)
    checks.check("README.md shows what `invite` prints", lines_on_page(words.sub("code: ...", shown), made.stdout + made.stderr),
                 made.stdout + made.stderr)
    checks.check("a letter is for its owner alone", made.returncode == 0 and
                 stat.S_IMODE(letter.stat().st_mode) == 0o600, made.stderr)
    checks.check("and says how long it is good", "good for one reply until: 20" in made.stdout, made.stdout)
    again = charity.run("partner", "invite", "meridian-bank", "--out", letter)
    checks.check("a newer letter takes the place of an older one, and says so", again.returncode == 0 and
                 "it replaced an older letter" in again.stderr and "replaced" not in made.stderr, again.stderr)
    other = folder / "notes.txt"
    other.write_text("minutes of the meeting")
    refused = charity.run("partner", "invite", "meridian-bank", "--out", other)
    checks.check("but of nothing else", refused.returncode == 1 and other.read_text() == "minutes of the meeting", refused.stderr)
    link = folder / "link.txt"
    os.symlink(other, link)
    refused = charity.run("partner", "invite", "meridian-bank", "--out", link, "--overwrite")
    checks.check("and never through a link", refused.returncode == 1 and other.read_text() == "minutes of the meeting",
                 refused.stderr)
    given_up = charity.ask("partner", "cancel", "--invitations")["invitations"]
    checks.check("open invitations are given up", given_up == 2 and not charity.ask("partner", "list").get("invitations"),
                 str(given_up))


def names(checks, charity, bank, folder):
    """Of somebody else than was invited nothing is taken."""
    invitation = charity.ask("partner", "invite", "northfield-police")
    letter = folder / "for-police.txt"
    letter.write_text(invitation["invitation"])
    accepted = bank.ask("partner", "accept", letter, "--code", invitation["spoken_code"])
    checks.check("a reply of another name than was invited is refused",
                 not accepted["delivered"] and partner(charity, bank.name) is None, str(accepted))
    checks.check("and can be given up", bank.run("partner", "cancel", charity.name).returncode == 0 and
                 partner(bank, charity.name) is None)
    charity.ask("partner", "cancel", "northfield-police")
    looks = charity.run("partner", "invite", "lantern-c0mmunity")
    checks.check("a name that looks like another is refused", looks.returncode != 0 and "looks like" in looks.stderr, looks.stderr)


def facts(checks, charity, bank, folder):
    """The bank calls itself a police force."""
    policy = folder / "police.cedar"
    policy.write_text(POLICE)
    apply_policy(charity, policy)
    record = report(charity, "Car wash")
    invitation = charity.ask("partner", "invite", bank.name)
    letter = folder / "for-bank.txt"
    letter.write_text(invitation["invitation"])
    accepted = bank.ask("partner", "accept", letter, "--code", invitation["spoken_code"])
    checks.check("accepting prints our own fingerprint", accepted["fingerprint"] == bank.ask("status")["fingerprint"] and
                 invitation["fingerprint"] == charity.ask("status")["fingerprint"])
    known = until("known", lambda: partner(charity, bank.name))
    checks.check("the partner's own is not told before it is confirmed", not known["fingerprint"] and
                 accepted["fingerprint"] not in charity.run("partner", "list").stdout, str(known))
    checks.check("what it calls itself is a claim", known["claimed_sector"] == "police" and not known["sector"], str(known))
    confirm = ("partner", "confirm", bank.name, "--fingerprint", accepted["fingerprint"], "--purpose", "prevention",
               "--legal-basis", "gdpr-6-1-f", *WHO)
    wrong = charity.run("partner", "confirm", bank.name, "--fingerprint", invitation["fingerprint"])
    checks.check("another fingerprint is refused", wrong.returncode == 1 and "compare again" in wrong.stderr, wrong.stderr)
    misspelt = charity.run("partner", "confirm", bank.name, "--fingerprint", accepted["fingerprint"], "--purpose", "preventon")
    checks.check("a purpose that nobody can state is refused, with the nearest",
                 misspelt.returncode != 0 and "did you mean `prevention`" in misspelt.stderr, misspelt.stderr)
    misspelt = charity.run(*confirm, "--sector", "polcie")
    checks.check("a sector too", misspelt.returncode != 0 and "did you mean `police`" in misspelt.stderr, misspelt.stderr)
    bank.ask("partner", "confirm", charity.name, "--fingerprint", invitation["fingerprint"], "--sector", "ngo")

    unset = charity.ask(*confirm)
    checks.check("without --sector it is unset, and nothing goes", not unset["sector"] and
                 until("confirmed", lambda: partner(charity, bank.name)["state"] == "confirmed") and
                 bool(until("caught up", lambda: line(bank, charity.name).get("caught_up"))) and held(bank, record) is None,
                 str(unset))
    told = charity.run(*confirm, "--sector", "police")
    checks.check("what would let records go is not done unseen", told.returncode == 1 and "1 more records" in told.stderr and
                 not partner(charity, bank.name)["sector"], told.stderr)
    shown = charity.ask(*confirm, "--sector", "police", "--dry-run")["would_go"]
    checks.check("a dry run counts records, fields and persons", shown["records"] == 1 and shown["fields"] >= 2 and
                 shown["personal"] == 1 and shown["needs_plan"] and not partner(charity, bank.name)["sector"], str(shown))
    stale = charity.run(*confirm, "--sector", "police", "--country", "GB", "--plan", shown["digest"])
    checks.check("a digest is of exactly what was shown", stale.returncode == 1 and "not what was shown" in stale.stderr,
                 stale.stderr)
    taken = charity.ask(*confirm, "--sector", "police", "--plan", shown["digest"])
    checks.check("and is taken as it was shown", taken["sector"] == "police" and bool(until("held", lambda: held(bank, record))),
                 str(taken))
    entry = charity.ask("audit", "list", "--kind", "partner")["entries"][0]
    checks.check("the register says what, who and why", "sector: police" in entry["summary"] and entry["user"] == "ana" and
                 entry["reason"] == "agreement of 3 March", str(entry))
    checks.check("a dry run names persons", shown["persons"] == 1, str(shown))
    charity.ask(*confirm, "--sector", "none")
    checks.check("taken back, the partner gives it back", bool(until("withdrawn", lambda: not (held(bank, record) or {}).get("fields"))))


def question(checks, charity, bank):
    """On a terminal what would go is shown and asked for; anything but yes changes nothing."""
    confirm = ("partner", "confirm", bank.name, "--fingerprint", bank.ask("status")["fingerprint"], "--sector", "police", *WHO)
    digest = charity.ask(*confirm, "--dry-run")["would_go"]["digest"]
    for what, answer, ended in (("no", b"no\n", (1,)), ("Yes and not yes", b"Yes\n", (1,)), ("nothing", b"\n", (1,)),
                                ("the end of the input", b"\x04", (1,)), ("Ctrl-C", b"\x03", (-2, 130))):
        shown, code = answered_at_terminal(charity, answer, *confirm)
        checks.check(f"asked on a terminal, {what} changes nothing", code in ended and not partner(charity, bank.name)["sector"],
                     f"{code}: {shown}")
        checks.check("after it showed what would go", "1 more records" in shown and "1 persons are named" in shown and
                     digest in shown, shown)
    shown, code = answered_at_terminal(charity, b"yes\n", *confirm)
    checks.check("yes does it", code == 0 and partner(charity, bank.name)["sector"] == "police", f"{code}: {shown}")
    shown, code = answered_at_terminal(charity, b"", *confirm)
    checks.check("what opens nothing is not asked for", code == 0 and "Type yes" not in shown, f"{code}: {shown}")
    charity.ask(*confirm[:-6], "--sector", "none", *WHO)


def suspended_and_back(checks, charity, bank):
    """Resuming lets go again what policy allows: it is shown first."""
    record = report(charity, "Shop")
    until("held", lambda: held(bank, record))
    charity.ask("partner", "suspend", bank.name, "--user", "ana", "--reason", "keys stolen")
    resume = ("partner", "resume", bank.name, *WHO)
    unseen = charity.run(*resume)
    checks.check("a partner is not resumed unseen", unseen.returncode == 1 and "look first" in unseen.stderr and
                 partner(charity, bank.name)["state"] == "suspended", unseen.stderr)
    shown = charity.ask(*resume, "--dry-run")["would_go"]
    checks.check("a dry run counts what would go again", shown["records"] >= 1 and shown["fields"] >= 1 and
                 partner(charity, bank.name)["state"] == "suspended", str(shown))
    page, code = answered_at_terminal(charity, b"no\n", *resume)
    checks.check("on a terminal it asks", code == 1 and "Type yes" in page and
                 partner(charity, bank.name)["state"] == "suspended", page)
    charity.ask(*resume, "--plan", shown["digest"])
    checks.check("and is resumed as it was shown", partner(charity, bank.name)["state"] == "confirmed" and
                 bool(until("followed", lambda: line(charity, bank.name)["followed"])))
    until("connected", lambda: line(bank, charity.name)["caught_up"])
    before = time.monotonic()
    charity.ask("circle", "drop", "friends", bank.name, *WHO)
    gone = until("withdrawn", lambda: not (held(bank, record) or {}).get("fields"), 5)
    checks.check("taken out of a circle, it gives back on its open stream within a second or two",
                 gone and time.monotonic() - before < 3.0, f"{time.monotonic() - before:.1f} s")


def circles(checks, charity, bank, folder):
    policy = folder / "circle.cedar"
    policy.write_text(CIRCLE)
    charity.ask("circle", "create", "friends", *WHO)
    apply_policy(charity, policy)
    record = report(charity, "Nail bar")
    add = ("circle", "add", "friends", bank.name, *WHO)
    unseen = charity.run(*add)
    checks.check("putting into a circle is shown first too", unseen.returncode == 1 and "2 more records" in unseen.stderr, unseen.stderr)
    shown = charity.ask(*add, "--dry-run")["would_go"]
    charity.ask(*add, "--plan", shown["digest"])
    checks.check("and then done", bool(until("held", lambda: held(bank, record))))
    charity.ask("circle", "drop", "friends", bank.name, *WHO)
    checks.check("taken out of it, the partner gives it back",
                 bool(until("withdrawn", lambda: not (held(bank, record) or {}).get("fields"))))
    charity.ask(*add, "--plan", charity.ask(*add, "--dry-run")["would_go"]["digest"])
    until("held", lambda: (held(bank, record) or {}).get("fields"))
    suspended_and_back(checks, charity, bank)
    charity.ask(*add, "--plan", charity.ask(*add, "--dry-run")["would_go"]["digest"])
    until("held", lambda: (held(bank, record) or {}).get("fields"))
    charity.ask("circle", "remove", "friends", *WHO)
    checks.check("a circle that is removed reaches nobody", bool(until("withdrawn", lambda: not (held(bank, record) or {}).get("fields")))
                 and not charity.ask("circle", "list").get("circles"))


def addresses(checks, charity, bank):
    refused = charity.run("partner", "set", bank.name, "--address", "unix:/run/socket")
    checks.check("an address is a host and a port", refused.returncode != 0 and "HOST:PORT" in refused.stderr, refused.stderr)
    charity.ask("partner", "set", bank.name, "--address", f"localhost:{bank.port}", *WHO)
    checks.check("the administrator says where a partner is", partner(charity, bank.name)["address"] == f"localhost:{bank.port}")
    checks.check("and the register who said it", charity.ask("audit", "list", "--kind", "partner")["entries"][0]["summary"] ==
                 f"dialled at localhost:{bank.port} from now on")
    config = charity.directory / "tidegate.toml"
    text = config.read_text()
    checks.check("init allows the kind of address that it listens on", '[exchange]' in text and '"loopback"' in text
                 or "'loopback'" in text, text)
    charity.stop()
    config.write_text(text.replace("loopback", "private"))
    charity.start()
    problem = until("told", lambda: "loopback" in line(charity, bank.name)["last_error"] and line(charity, bank.name)["last_error"])
    checks.check("an address of this machine is not dialled unless tidegate.toml says so", "is not dialled" in (problem or ""), problem)
    charity.stop()
    config.write_text(text)
    charity.start()
    checks.check("and is where it does", bool(until("followed", lambda: line(charity, bank.name)["caught_up"])))


def cutting_off(checks, charity, bank, folder):
    until("followed", lambda: line(charity, bank.name)["followed"])
    charity.ask("partner", "suspend", bank.name, "--user", "ana", "--reason", "keys stolen")
    before = time.monotonic()  # the second counts from the answer on; a sanitized node is several times slower
    gone = until("cut", lambda: not line(charity, bank.name)["followed"], 5)
    checks.check("a suspended partner's stream is cut within a second", gone and
                 time.monotonic() - before < (6 if "TIDEGATE_PATIENCE" in os.environ else 1))
    checks.check("and it is told nothing new", partner(charity, bank.name)["state"] == "suspended")
    charity.ask("partner", "resume", bank.name, *WHO)
    checks.check("until it is resumed", bool(until("followed", lambda: line(charity, bank.name)["followed"])))

    policy = folder / "police.cedar"
    fingerprint = bank.ask("status")["fingerprint"]
    apply_policy(charity, policy)
    confirm = ("partner", "confirm", bank.name, "--fingerprint", fingerprint, "--sector", "police")
    charity.ask(*confirm, "--plan", charity.ask(*confirm, "--dry-run")["would_go"]["digest"])
    record = report(charity, "Farm")
    until("held", lambda: (held(bank, record) or {}).get("fields"))
    bank.stop()
    away = charity.run("partner", "remove", bank.name, *WHO)
    checks.check("who cannot be reached is not removed before it has signed", away.returncode == 3 and
                 "has not yet signed that it erased" in away.stdout and partner(charity, bank.name)["state"] == "leaving", away.stdout + away.stderr)
    bank.start()
    checks.check("but as soon as it has", bool(until("removed", lambda: partner(charity, bank.name) is None)))
    checks.check("and holds nothing any more", not (held(bank, record) or {}).get("fields"))
    holders = charity.ask("holders", record)
    checks.check("which it has signed", holders["erased"] == 1 and not holders.get("held"), str(holders))
    bank.ask("partner", "remove", charity.name, "--now", *WHO)
    pair(charity, bank, folder)
    checks.check("a removed partner can pair anew", partner(charity, bank.name)["state"] == "confirmed")


def half_made(checks, police, charity, folder):
    """An inviter that cannot be reached when it is accepted."""
    invitation = charity.ask("partner", "invite", police.name)
    letter, reply = folder / "unreachable.txt", folder / "reply.txt"
    letter.write_text(invitation["invitation"])
    charity.stop()
    code = ("--code", invitation["spoken_code"])
    tried = police.ask("partner", "accept", letter, *code)
    checks.check("accepting says that the inviter was not reached", not tried["delivered"] and "--reply" in tried["message"], str(tried))
    written = police.run("partner", "accept", letter, *code, "--reply", reply)
    checks.check("and the same command writes the reply", written.returncode == 0 and "TIDEGATE REPLY" in reply.read_text(), written.stderr)
    charity.start()
    taken = charity.run("partner", "accept", reply)
    checks.check("which the inviter takes", taken.returncode == 0 and partner(charity, police.name) is not None, taken.stderr)
    for node, other in ((charity, police), (police, charity)):
        confirm = ("partner", "confirm", other.name, "--fingerprint", other.ask("status")["fingerprint"])
        node.ask(*confirm)
    checks.check("and both are partners", bool(until("confirmed", lambda: partner(police, charity.name)["state"] == "confirmed")))
    summary = charity.ask("verify", allowed=(0, 1))
    checks.check("verify is clean", summary["clean"], str(summary)[:600])


def two_people(checks, charity, bank, folder):
    config = charity.directory / "tidegate.toml"
    text = config.read_text()
    charity.stop()
    config.write_text("approvals = 2\n" + text)
    charity.start()
    charity.ask("circle", "create", "friends", *WHO)
    plan = charity.ask("policy", "plan", folder / "circle.cedar")["digest"]
    for user in ("ana", "bo"):
        charity.ask("policy", "apply", folder / "circle.cedar", "--plan", plan, "--user", user, "--reason", "friends")
    record = report(charity, "Hotel")
    add = ("circle", "add", "friends", bank.name)
    digest = charity.ask(*add, "--dry-run")["would_go"]["digest"]
    nobody = charity.run(*add, "--plan", digest)
    checks.check("where it takes two people, each says who they are", nobody.returncode != 0 and "--user" in nobody.stderr, nobody.stderr)
    first = charity.ask(*add, "--plan", digest, "--user", "ana", "--reason", "agreement")
    twice = charity.run(*add, "--plan", digest, "--user", "Ana ")
    checks.check("one person is not two", first["pending"] and twice.returncode == 1 and held(bank, record) is None, twice.stderr)
    second = charity.ask(*add, "--plan", digest, "--user", "bo", "--reason", "read it")
    checks.check("a second person's word does it", not second.get("pending") and bool(until("held", lambda: held(bank, record))))
    entry = charity.ask("audit", "list", "--kind", "partner")["entries"][0]
    checks.check("and both stand in the register", entry["user"] == "bo" and "proposed by ana" in entry["reason"], str(entry))


def plans(checks, charity, bank):
    """With two people, what waits is listed, approved by its digest, or taken back."""
    charity.ask("circle", "drop", "friends", bank.name, *WHO)
    checks.check("nothing waits", "nothing waits" in charity.run("partner", "plans").stdout)
    add = ("circle", "add", "friends", bank.name)
    digest = charity.ask(*add, "--dry-run")["would_go"]["digest"]
    told = charity.run(*add, "--plan", digest, "--user", "ana", "--reason", "agreement")
    checks.check("who proposes is told what the second person types", f"tidegate partner approve {digest}" in told.stdout, told.stdout)
    waiting = charity.ask("partner", "plans")["plans"]
    checks.check("what waits is listed with what would go", len(waiting) == 1 and waiting[0]["plan"] == digest and
                 waiting[0]["by"] == "ana" and waiting[0]["organisation"] == bank.name and "friends" in waiting[0]["change"] and
                 waiting[0]["would_go"]["records"] >= 1 and not waiting[0]["lapsed"], str(waiting))
    checks.check("`status` counts it", charity.ask("status")["pending_partner_plans"] == 1 and
                 "partner plans" in charity.run("status").stdout)
    entry = charity.ask("audit", "list", "--kind", "partner")["entries"][0]
    checks.check("and the register has it", "waits for a second user" in entry["summary"] and entry["user"] == "ana", str(entry))
    same = charity.run("partner", "approve", digest, "--user", "Ana")
    checks.check("who proposed it does not approve it", same.returncode == 1 and "different user" in same.stderr, same.stderr)
    page, code = answered_at_terminal(charity, b"no\n", "partner", "approve", digest, "--user", "bo")
    checks.check("the second person sees the page and is asked", code == 1 and "more records" in page and "proposed by ana" in page and
                 not charity.ask("circle", "list")["circles"][0].get("organisations"), page)
    approved = charity.run("partner", "approve", digest, "--user", "bo", "--reason", "read it")
    checks.check("and makes the change", approved.returncode == 0 and
                 charity.ask("circle", "list")["circles"][0]["organisations"] == [bank.name], approved.stderr)
    charity.ask("circle", "drop", "friends", bank.name, *WHO)
    charity.ask(*add, "--plan", charity.ask(*add, "--dry-run")["would_go"]["digest"], "--user", "ana")
    report(charity, "Since then")
    lapsed = charity.ask("partner", "plans")["plans"][0]
    refused = charity.run("partner", "approve", lapsed["plan"], "--user", "bo")
    checks.check("what has changed since is lapsed, and nobody approves it", lapsed["lapsed"] and refused.returncode == 1 and
                 "lapsed" in refused.stderr, refused.stderr)
    taken = charity.run("partner", "withdraw", lapsed["plan"], "--user", "ana", "--reason", "too early")
    checks.check("it is taken back", taken.returncode == 0 and not charity.ask("partner", "plans").get("plans"), taken.stderr)


def tell(checks, build, folder, nodes):
    charity = Node(build / "node/tidegate", folder, "lantern-community", "the charity", "ngo")
    bank = Node(build / "node/tidegate", folder, "meridian-bank", "the bank that calls itself police", "police")
    police = Node(build / "node/tidegate", folder, "northfield-police", "the police", "police")
    nodes += [charity, bank, police]
    for node in nodes:
        made = node.run("init", "--organisation", node.name, "--sector", node.sector, "--country", "GB", "--listen",
                        f"127.0.0.1:{node.port}", "--key-file", node.key)
        checks.check(f"init of {node.name} tells which addresses may be dialled, and where that stands", made.returncode == 0 and
                     "partners at loopback addresses may be dialled: `[exchange] allow`" in made.stderr, made.stderr)
        node.start()
    letters(checks, charity, folder)
    names(checks, charity, bank, folder)
    facts(checks, charity, bank, folder)
    question(checks, charity, bank)
    circles(checks, charity, bank, folder)
    addresses(checks, charity, bank)
    cutting_off(checks, charity, bank, folder)
    half_made(checks, police, charity, folder)
    two_people(checks, charity, bank, folder)
    plans(checks, charity, bank)


if __name__ == "__main__":
    sys.exit(main(tell))
