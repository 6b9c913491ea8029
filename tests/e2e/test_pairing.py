#!/usr/bin/env python3
"""Pairings that go wrong: a letter or a reply is lost, one side confirms and the other does not, one side gives up, the two
sides have different secrets, a partner comes back under its old name. Each is undone and made again, by commands alone.

    tests/e2e/test_pairing.py --build build/release
"""
import json
import sys

from support import Node, apply_policy, held, main, take_as_shown, until

OPEN = '''@id("open") permit (principal, action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"AMBER" };
'''
WHO = ("--user", "ana", "--reason", "made anew")


def partner(node, other):
    return next((p for p in node.ask("partner", "list")["partners"] if p["organisation"] == other.name), None)


def state(node, other):
    found = partner(node, other)
    return found["state"] if found else None


def line(node, other):
    return next((p for p in node.ask("status")["partners"] if p["organisation"] == other.name), {"last_error": ""})


class Letters:
    """Invitations and replies as files, as they are sent."""

    def __init__(self, folder):
        self.folder, self.count = folder, 0

    def file(self, text=None):
        self.count += 1
        path = self.folder / f"letter-{self.count}.txt"
        if text is not None:
            path.write_text(text)
        return path

    def invite(self, inviter, guest):
        made = inviter.ask("partner", "invite", guest.name)
        return self.file(made["invitation"]), ("--code", made["spoken_code"])


def confirm(node, other):
    return take_as_shown(node, "partner", "confirm", other.name, "--fingerprint", other.ask("status")["fingerprint"], "--sector",
                         other.sector, "--country", "GB", "--purpose", "prevention", *WHO)


def both_confirm(a, b):
    confirm(a, b)
    confirm(b, a)
    return bool(until("confirmed", lambda: state(a, b) == state(b, a) == "confirmed"))


def carries(node, other):
    """Whether a record goes over: two that are only called partners would carry nothing."""
    record = node.ask("add", "report", "--set", "title=Goes over", "--set", "tlp=AMBER", "--set", "purpose=prevention",
                      "--set", "legal_basis=gdpr-6-1-f")["id"]
    return bool(until("held", lambda: held(other, record)))


def part(a, b):
    """Both forget the other."""
    for node, other in ((a, b), (b, a)):
        if partner(node, other):
            node.run("partner", "remove", other.name, "--now", *WHO)
    a.run("partner", "cancel", "--invitations")
    b.run("partner", "cancel", "--invitations")


def lost(checks, a, b, letters):
    first, first_code = letters.invite(a, b)
    second, code = letters.invite(a, b)  # the first was lost on its way
    accepted = b.ask("partner", "accept", second, *code)
    checks.check("of two letters the one that arrived is taken", accepted["delivered"] and state(a, b) == "accepted", str(accepted))
    late = b.run("partner", "accept", first, *first_code)
    checks.check("the lost one, found later, takes the pairing's place or is refused, and says what to do",
                 late.returncode == 0 or "tidegate" in late.stderr, late.stdout + late.stderr)
    part(a, b)

    letter, code = letters.invite(a, b)
    reply = letters.file()
    b.run("partner", "accept", letter, *code, "--reply", reply)
    reply.unlink()  # lost
    again = letters.file()
    written = b.run("partner", "accept", letter, *code, "--reply", again)
    taken = a.run("partner", "accept", again)
    checks.check("a reply that was lost is written again", written.returncode == 0 and taken.returncode == 0,
                 written.stderr + taken.stderr)
    checks.check("and makes partners", both_confirm(a, b) and carries(a, b))
    part(a, b)


def one_sided(checks, a, b, letters):
    letter, code = letters.invite(a, b)
    b.ask("partner", "accept", letter, *code)
    confirm(a, b)
    checks.check("one side alone makes no partner", state(a, b) == "awaiting their confirmation" and
                 state(b, a) in ("accepted", "awaiting our confirmation"), f"{state(a, b)}, {state(b, a)}")
    given_up = a.run("partner", "cancel", b.name, *WHO)
    checks.check("who confirmed can give up", given_up.returncode == 0 and partner(a, b) is None, given_up.stderr)
    confirm(b, a)  # which had heard of the confirmation, and not of its end
    problem = until("told", lambda: line(b, a)["last_error"])
    checks.check("then the other is told that it is known no more", bool(problem) and partner(a, b) is None, str(line(b, a)))
    letter, code = letters.invite(a, b)
    refused = b.run("partner", "accept", letter, *code)
    checks.check("a new letter does not replace what it takes for a partner, and says what does", refused.returncode == 1 and
                 f"tidegate partner remove {a.name}" in refused.stderr, refused.stderr)
    removed = b.run("partner", "remove", a.name, *WHO)
    taken = b.ask("partner", "accept", letter, *code)
    checks.check("removed, it is made anew with the same letter", removed.returncode == 0 and taken["delivered"],
                 f"{removed.stderr} {taken}")
    checks.check("and makes partners", both_confirm(a, b) and carries(a, b))
    part(a, b)

    letter, code = letters.invite(a, b)
    b.ask("partner", "accept", letter, *code)
    given_up = b.run("partner", "cancel", a.name)
    letter, code = letters.invite(a, b)
    taken = b.ask("partner", "accept", letter, *code)
    checks.check("given up by who accepted, a new letter takes the half-made pairing's place on both sides",
                 given_up.returncode == 0 and taken["delivered"] and both_confirm(a, b) and carries(a, b), given_up.stderr)
    refused = a.run("partner", "cancel", b.name)
    checks.check("an active pairing is not cancelled, but suspended or removed", refused.returncode == 1 and
                 "suspend" in refused.stderr and state(a, b) == "confirmed", refused.stderr)
    part(a, b)


def other_way(checks, a, b, letters):
    """Both invite each other."""
    from_a, code_a = letters.invite(a, b)
    from_b, code_b = letters.invite(b, a)
    b.ask("partner", "accept", from_a, *code_a)
    a.ask("partner", "accept", from_b, *code_b)
    for node, other in ((a, b), (b, a)):
        node.run("partner", "confirm", other.name, "--fingerprint", other.ask("status")["fingerprint"])
    settled = until("settled", lambda: {state(a, b), state(b, a)} <= {"confirmed", "pairing failed"} and (state(a, b), state(b, a)))
    checks.check("two letters that cross make partners, or say on both sides that the pairing failed",
                 settled in (("confirmed", "confirmed"), ("pairing failed", "pairing failed")), str((state(a, b), state(b, a))))
    part(a, b)


def different_secrets(checks, a, b, letters):
    letter, code = letters.invite(a, b)
    old, new = letters.file(), letters.file()
    b.run("partner", "accept", letter, *code, "--reply", old)
    b.run("partner", "cancel", a.name)
    b.run("partner", "accept", letter, *code, "--reply", new)
    checks.check("after a cancel the reply is another one", old.read_text() != new.read_text())
    taken = a.run("partner", "accept", old)
    checks.check("the inviter takes the old one", taken.returncode == 0, taken.stderr)
    for node, other in ((a, b), (b, a)):
        node.run("partner", "confirm", other.name, "--fingerprint", other.ask("status")["fingerprint"])
    failed = until("failed", lambda: state(a, b) == state(b, a) == "pairing failed")
    checks.check("different secrets are found before either side says confirmed", failed is True, f"{state(a, b)}, {state(b, a)}")
    refused = a.run("partner", "confirm", b.name, "--fingerprint", b.ask("status")["fingerprint"])
    checks.check("confirming again does not help, and says what does", refused.returncode == 1 and "cancel" in refused.stderr,
                 refused.stderr)
    for node, other in ((a, b), (b, a)):
        node.run("partner", "cancel", other.name)
    letter, code = letters.invite(b, a)
    a.ask("partner", "accept", letter, *code)
    checks.check("given up and invited the other way they are partners", both_confirm(a, b) and carries(b, a))
    part(a, b)


def away(checks, a, b, letters):
    """Removed while it is away; then it comes back."""
    letter, code = letters.invite(a, b)
    b.ask("partner", "accept", letter, *code)
    both_confirm(a, b)
    carries(a, b)
    b.stop()
    leaving = a.run("partner", "remove", b.name, *WHO)
    checks.check("who is away and holds something is leaving, which is said", leaving.returncode == 3 and
                 state(a, b) == "leaving", leaving.stdout + leaving.stderr)
    nothing = take_as_shown(a, "partner", "resume", b.name, *WHO)
    checks.check("a removal that is not complete is taken back, as it is shown", nothing["state"] == "confirmed", str(nothing))
    removed = a.run("partner", "remove", b.name, "--now", *WHO)
    checks.check("or made at once, and says what it did not sign", removed.returncode == 0 and
                 "did not sign that it erased" in removed.stdout and partner(a, b) is None, removed.stdout + removed.stderr)
    b.start()
    ended = until("told", lambda: line(b, a)["last_error"])
    checks.check("who comes back is not known any more", bool(ended), str(ended))
    letter, code = letters.invite(a, b)
    refused = b.run("partner", "accept", letter, *code)
    checks.check("it forgets its active partner first", refused.returncode == 1 and "remove" in refused.stderr, refused.stderr)
    b.ask("partner", "remove", a.name, "--now", *WHO)
    b.ask("partner", "accept", letter, *code)
    checks.check("then both pair anew under the same names", both_confirm(a, b) and carries(a, b))


def new_keys(checks, a, b, letters, build, folder):
    """The partner lost its node and made another under the same name."""
    b.stop()
    lost_folder = b.directory.with_suffix(".lost")
    b.directory.rename(lost_folder)
    b.key.unlink()
    b.init()
    b.start()
    letter, code = letters.invite(b, a)
    refused = a.run("partner", "accept", letter, *code)
    checks.check("another node under a partner's name is refused", refused.returncode == 1 and "remove" in refused.stderr and
                 state(a, b) == "confirmed", refused.stderr)
    a.ask("partner", "remove", b.name, "--now", *WHO)
    a.ask("partner", "accept", letter, *code)
    apply_policy(b, folder / "open.cedar")
    checks.check("until it is removed; then the new one is a partner", both_confirm(a, b) and carries(a, b) and carries(b, a))


def fingerprints(checks, a, b, letters):
    made = a.ask("partner", "invite", b.name)
    letter = letters.file(made["invitation"])
    accepted = b.ask("partner", "accept", letter, "--code", made["spoken_code"])
    checks.check("`status`, `invite` and `accept` print one fingerprint in JSON, our own", made["fingerprint"] ==
                 a.ask("status")["fingerprint"] and accepted["fingerprint"] == b.ask("status")["fingerprint"])
    entries = [e["summary"] for e in a.ask("audit", "list", "--kind", "partner")["entries"] if e["partner"] == b.name]
    checks.check("that an invitation was taken up over the line is in the inviter's register", any(
        "has accepted our invitation" in entry for entry in entries), str(entries))
    for node, other in ((a, b), (b, a)):
        told = node.run("partner", "list").stdout + json.dumps(node.ask("partner", "list")) + node.run("status").stdout + \
            json.dumps(node.ask("status"))
        theirs = other.ask("status")["fingerprint"]
        checks.check(f"before confirmation {node.name} tells nobody the other's", theirs not in told and
                     theirs.replace(" ", "") not in told)
    confirm(a, b)
    checks.check("afterwards it does", partner(a, b)["fingerprint"] == b.ask("status")["fingerprint"])
    part(a, b)


def tell(checks, build, folder, nodes):
    a = Node(build / "node/tidegate", folder, "harbour-trust", "a charity", "ngo")
    b = Node(build / "node/tidegate", folder, "coast-bank", "a bank", "bank")
    nodes += [a, b]
    policy = folder / "open.cedar"
    policy.write_text(OPEN)
    for node in nodes:
        node.init()
        node.start()
        apply_policy(node, policy)
    letters = Letters(folder)
    fingerprints(checks, a, b, letters)
    lost(checks, a, b, letters)
    one_sided(checks, a, b, letters)
    other_way(checks, a, b, letters)
    different_secrets(checks, a, b, letters)
    away(checks, a, b, letters)
    new_keys(checks, a, b, letters, build, folder)


if __name__ == "__main__":
    sys.exit(main(tell))
