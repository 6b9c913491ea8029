"""A node whose disk is really full: a small file system in memory, filled to the last page. The node stores nothing more.
Recalls, withdrawals, their receipts and looks still work. When there is room again, everything works."""
import os
import subprocess
import sys

from support import Node, apply_policy, field, held, main, pair, take_as_shown, until

POLICY = '''@id("all") permit (principal, action == Action::"disclose", resource)
when { resource.record.tlp in Tlp::"AMBER" && resource in Precision::"whole" };
'''
MIB = 1 << 20


def mount(folder):
    folder.mkdir()
    return subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m,mode=0700", "tmpfs", str(folder)], capture_output=True,
                          text=True)


def fill(folder):
    page = b"x" * 4096
    with open(folder / "ballast", "ab", buffering=0) as ballast:
        try:
            while ballast.write(page) == len(page):
                pass
        except OSError:
            pass


def add(node, title):
    return node.run("add", "report", "--set", f"title={title}", "--set", "tlp=GREEN", "--set", "purpose=prevention",
                    "--set", "legal_basis=gdpr-6-1-f", "--json")


def added(node, title):
    return node.ask("add", "report", "--set", f"title={title}", "--set", "tlp=GREEN", "--set", "purpose=prevention",
                    "--set", "legal_basis=gdpr-6-1-f")["id"]


def gone(node, record):
    shown = held(node, record)
    return shown is not None and not shown.get("fields")


def tell(checks, build, folder, nodes):
    small = folder / "small"
    mounted = mount(small)
    if not checks.check("a small file system can be made for the test", mounted.returncode == 0, mounted.stderr):
        return
    try:
        full_disk(checks, build, folder, small, nodes)
    finally:
        for node in nodes:
            node.stop()
        subprocess.run(["umount", "--lazy", str(small)], check=False)


def full_disk(checks, build, folder, small, nodes):
    charity = Node(build / "node/tidegate", folder, "lantern-community", "the charity", "ngo")
    bank = Node(build / "node/tidegate", small, "meridian-bank", "the bank", "bank")
    bank.log_path = folder / "meridian-bank.log"
    bank.key = folder / "keys" / "meridian-bank.key"
    nodes += [charity, bank]
    for node in nodes:
        node.init()
        node.start()
    pair(charity, bank, folder)
    policy = folder / "all.cedar"
    policy.write_text(POLICY)
    for node in nodes:
        apply_policy(node, policy)
    theirs = added(charity, "Given to the bank")
    ours = added(bank, "Given to the charity")
    kept = added(bank, "Kept for now")
    checks.check("both hold what the other gave", bool(until("theirs", lambda: held(bank, theirs)) and
                                                       until("ours", lambda: held(charity, ours))))
    space = bank.ask("status")["store"]
    checks.check("a reserve is set aside", space["reserve_held_bytes"] == space["reserve_bytes"] >= 4 * MIB, str(space))
    checks.check("and lies beside the store", (bank.directory / "store" / "reserve").stat().st_size == space["reserve_bytes"])

    fill(small)
    refused = None
    for number in range(400):  # until the free pages inside the store's own file are used up
        refused = add(bank, f"More {number} " + "x" * 1500)
        if refused.returncode != 0:
            break
    checks.check("a record is refused, and the message says why", refused.returncode == 1 and "the disk is full" in refused.stderr and
                 "free disk space" in refused.stderr, refused.stderr)
    checks.check("status says so", bank.ask("status")["store"]["full"] is True and "DISK FULL" in bank.run("status").stdout)

    late = added(charity, "Comes to a full disk " + "y" * 1500)
    problem = until("refused", lambda: next((p["last_error"] for p in bank.ask("status")["partners"] if "limit" in p["last_error"]), None))
    checks.check("what a partner sends is refused at layer limit", bool(problem), str(problem))
    checks.check("and is not held", held(bank, late) is None)
    shown = bank.run("show", kept, "--reason", "is she at risk?", "--json")
    checks.check("a look goes on", shown.returncode == 0, shown.stderr)
    listed = bank.ask("audit", "list", "--kind", "access")["entries"]
    checks.check("and is in the register", any(entry.get("reason") == "is she at risk?" for entry in listed), str(listed[:2]))

    recalled = bank.run("recall", ours, "--reason", "she asked for it", "--json")
    checks.check("a recall goes on", recalled.returncode == 0, recalled.stderr)
    checks.check("and reaches who holds the record", bool(until("erased there", lambda: gone(charity, ours))))
    checks.check("whose signed word is taken", bool(until("answered", lambda: bank.ask("status")["unanswered_recalls"] == 0)))

    checks.check("a partner recalls what it gave", charity.run("recall", theirs, "--reason", "a test").returncode == 0)
    checks.check("it is erased on the full disk", bool(until("erased here", lambda: gone(bank, theirs))))
    checks.check("and the erasure is signed for", bool(until("signed", lambda: charity.ask("status")["unanswered_recalls"] == 0)),
                 str(charity.ask("holders", theirs)))

    bank.stop()
    bank.start()
    checks.check("a node starts on a full disk", bank.run("show", kept, "--json").returncode == 0)
    suspended = bank.run("partner", "suspend", charity.name, "--reason", "a test")
    checks.check("a partner can be cut off there", suspended.returncode == 0, suspended.stderr)

    (small / "ballast").unlink()
    checks.check("with room again the partner can come back",
                 take_as_shown(bank, "partner", "resume", charity.name)["state"] == "confirmed")
    checks.check("what was refused comes", bool(until("late", lambda: held(bank, late))))
    checks.check("records are taken again", add(bank, "After").returncode == 0)
    space = bank.ask("status")["store"]
    checks.check("the reserve is whole", space["reserve_held_bytes"] == space["reserve_bytes"] and not space["full"], str(space))
    verified = bank.run("verify", "--key-file", bank.key)
    checks.check("and the store is clean", verified.returncode == 0, verified.stdout + verified.stderr)


def may_mount():
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode == 0


if __name__ == "__main__":
    # Who may not mount gets a name space where it may: there only this test sees the file system.
    if not may_mount() and "TIDEGATE_OWN_NAMESPACE" not in os.environ:
        os.environ["TIDEGATE_OWN_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "--map-root-user", "--mount", sys.executable, *sys.argv])
    sys.exit(main(tell))
