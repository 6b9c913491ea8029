"""What the command prints: the whole answer or nothing, in columns, and no more than one message can carry."""
import fcntl
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios

from support import CHARITY, ROOT, as_on_page, main, printed_on, serving, until

GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
READ = ("--reason", "a test of what is printed")


def into(node, target, *arguments):
    """One verb with its standard output sent to a file of this name; its exit code and what it says beside."""
    with open(target, "w") as stream:
        result = subprocess.run([node.tidegate, "--node", str(node.directory), *arguments], stdout=stream,
                                stderr=subprocess.PIPE, text=True, timeout=300)
    return result.returncode, result.stderr


def first_line(node, *arguments):
    """One verb whose reader goes after the first line, as `head -1` does: that line, the exit code, what it says beside."""
    with subprocess.Popen([node.tidegate, "--node", str(node.directory), *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as running:
        line = running.stdout.readline()
        running.stdout.close()
        said = running.stderr.read()
        return line, running.wait(timeout=300), said


def large(checks, node, folder):
    """More contents than one message may carry."""
    count, size = 36, 950_000
    objects = [{"type": "x-scan", "spec_version": "2.1", "id": f"x-scan--{i:08d}-0000-4000-8000-00000000000a",
                "object_marking_refs": [GREEN], "page": "p" * size} for i in range(count)]
    path = folder / "scans.json"
    path.write_text(json.dumps({"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000", "objects": objects}))
    node.run("import", "--format", "stix", path)
    found = node.ask("find", "--kind", "foreign", "--limit", "100")
    ids = [record["id"] for record in found["records"]]
    checks.check(f"{count} records of {size} bytes are listed by one find", len(set(ids)) == len(ids) == count, str(len(ids)))
    checks.check("and there are no more", found["cursor"] == "", found["cursor"])
    some = node.ask("find", "--kind", "foreign", "--limit", "30")
    rest = node.ask("find", "--kind", "foreign", "--limit", "30", "--cursor", some["cursor"])
    checks.check("a page of 30 is 30, and its cursor leads to the rest",
                 [r["id"] for r in some["records"] + rest["records"]] == ids, f"{len(some['records'])} {len(rest['records'])}")


def queries(checks, node):
    """The query language from the command line: counts, facets, a query that begins with `-`, what is wrong."""
    def told(*arguments):
        return json.loads(node.run("find", *arguments, "--json", *READ).stdout)

    scans = told("kind:foreign", "--count")
    checks.check("a count is {\"count\": N}", list(scans) == ["count"] and scans["count"] >= 36, str(scans))
    others = told("-kind:foreign", "--count")
    whole = told("--count")
    checks.check("a query may begin with `-`", scans["count"] + others["count"] == whole["count"], f"{scans} {others} {whole}")
    facets = told("--facets", "kind,origin")
    checks.check("facets are counts by value", facets["facets"]["kind"]["foreign"] == scans["count"] and list(facets["facets"]) == ["kind", "origin"],
                 str(facets))
    printed = node.run("find", "--facets", "kind,origin", *READ).stdout
    checks.check("and lines of a count and a value", printed.startswith(f"kind\n  {scans['count']}  foreign\n") and "\\u{" not in printed,
                 printed[:400])
    wrong = node.run("find", "kind:foreign phnoe:07", *READ)
    checks.check("a wrong query shows the place and the nearest name", wrong.returncode == 2 and "`phone`" in wrong.stderr
                 and "    |              ^^^^^" in wrong.stderr, wrong.stderr)
    place = node.run("find", 'near:"Leeds",15km', *READ)
    checks.check("a place by its name is refused with the gazetteer", place.returncode == 2 and "gazetteer" in place.stderr, place.stderr)
    help_text = node.run("find", "--help-query")
    checks.check("--help-query prints the fields", help_text.returncode == 0 and "near:LAT,LON,RADIUS" in help_text.stdout, help_text.stderr)


def streams(checks, node):
    verbs = (("find", "--limit", "100", *READ), ("find", "--json", "--limit", "100", *READ), ("audit", "list"), ("status",),
             ("policy", "history"), ("partner", "list"), ("--help",), ("import", "--help"))
    for verb in verbs:
        code, said = into(node, "/dev/full", *verb)
        checks.check(f"`{' '.join(verb[:2])}` on a full disk is an error that says so", code == 1 and "not all of the output" in said,
                     f"{code} {said}")
    for verb in verbs[:2]:
        line, code, said = first_line(node, *verb)
        # 141 to a shell: the reader went, which is no fault; 0 where it took all there was.
        checks.check(f"`{' '.join(verb[:2])} | head -1` ends quietly", line and code in (0, -13) and said == "", f"{code} {said}")
    closed = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", node.tidegate, "--node", str(node.directory), "status"],
                            capture_output=True, text=True, timeout=300)
    checks.check("a closed output is an error", closed.returncode == 1 and "closed" in closed.stderr, closed.stderr)


def on_terminal(node, *arguments, errors=False, **environment):
    """One verb with a terminal of 24 lines as its standard output and input, with `errors` also as its standard error: what
    appeared there, and its exit code."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    known = {name: value for name, value in os.environ.items() if name not in ("PAGER", "LESS", "NO_COLOR", "COLUMNS")}
    with subprocess.Popen([node.tidegate, "--node", str(node.directory), *arguments], stdin=its, stdout=its,
                          stderr=its if errors else subprocess.PIPE,
                          env={**known, "TERM": "xterm", "PAGER": "", **environment}) as running:
        os.close(its)
        seen = b""
        try:
            while piece := os.read(ours, 65536):
                seen += piece
        except OSError:  # the other end is closed
            pass
        os.close(ours)
        return seen.decode(errors="replace").replace("\r\n", "\n"), running.wait(timeout=60)


def terminal(checks, node):
    """Colour and a pager where somebody looks; neither where a program reads, and nothing foreign raw in either."""
    hostile = "Nail bar\u202egnp"
    node.run("add", "report", "--set", f"title={hostile}", "--set", "tlp=RED")
    look = ("find", "--kind", "report", "--reason", "a look")
    plain = node.run(*look).stdout
    seen, code = on_terminal(node, *look)
    checks.check("a terminal gets a heading and a marking in colour", code == 0 and "\x1b[1m" in seen and "\x1b[1;31mTLP:RED\x1b[0m" in seen,
                 repr(seen[:300]))
    checks.check("a program does not", "\x1b" not in plain and "TLP:RED" in plain, repr(plain[:300]))
    seen, _ = on_terminal(node, *look, NO_COLOR="1")
    checks.check("nor whoever sets NO_COLOR", "\x1b" not in seen and "TLP:RED" in seen, repr(seen[:300]))
    seen, _ = on_terminal(node, *look, TERM="dumb")
    checks.check("nor a terminal that has none", "\x1b" not in seen, repr(seen[:300]))
    seen, code = on_terminal(node, *look, PAGER="sed s/^/p:/")
    checks.check("a pager is used on a terminal, and gets our colours", code == 0 and seen.startswith("p:\x1b[1m") and "\np:" in seen, repr(seen[:300]))
    checks.check("but nothing foreign as it is", "\u202e" not in seen and "\\u{202E}" in seen, repr(seen))
    checks.check("lines keep the width of the terminal", all(len(line) <= 80 + 20 for line in seen.split("\n")), seen)
    seen, _ = on_terminal(node, *look, "--no-pager", PAGER="sed s/^/p:/")
    checks.check("--no-pager prints without it", "p:" not in seen, repr(seen[:300]))
    for pager in ("", "cat", "/no/such/pager"):
        seen, code = on_terminal(node, "codes", "country", PAGER=pager)
        checks.check(f"PAGER={pager or 'nothing'} prints all of it", code == 0 and "ZW" in seen and "AD" in seen, repr(seen[-200:]))
    seen, code = on_terminal(node, "codes", "country", PAGER="head -n 1")
    checks.check("who has read enough ends it quietly", code == 0 and "ZW" not in seen, f"{code} {seen[:300]!r}")
    seen, _ = on_terminal(node, "policy", "history", NO_COLOR="1")
    checks.check("a table is no wider than the terminal", max(map(len, seen.split("\n"))) <= 80 and "in force" in seen, seen)
    wrong = ("add", "report", "--set", "title=x", "--set", "exploitation=farm-work-in-the-fields", "--set", "tlp=MAUVE")
    piped = node.run(*wrong)
    checks.check("an error is one line where a program reads it", piped.stderr.count("\n") == 1 and len(piped.stderr) > 80, piped.stderr)
    seen, code = on_terminal(node, *wrong, errors=True, NO_COLOR="1")
    lines = seen.rstrip("\n").split("\n")
    checks.check("and on a terminal as many as it needs, each within its columns", code == 2 and len(lines) > 1 and
                 max(map(len, lines)) <= 80 and all(line.startswith("    ") for line in lines[1:]) and
                 " ".join(line.strip() for line in lines) == piped.stderr.strip(), seen)
    seen, _ = on_terminal(node, *wrong, "--json", errors=True, NO_COLOR="1")
    checks.check("an error in JSON is never broken", json.loads(seen)["error"]["message"] in piped.stderr, seen)
    seen, _ = on_terminal(node, "status", PAGER="sed s/^/p:/")
    checks.check("what is short is never paged", "p:" not in seen, repr(seen[:300]))


def stopped_import(checks, node, folder):
    """Ctrl-C ends an import with what it has stored, and the next run goes on."""
    count = 200_000
    mapping, table = folder / "many.toml", folder / "many.csv"
    mapping.write_text('kind = "report"\nsource = "many"\nidentity = ["ref"]\n[columns]\nref = "report.external_id"\n'
                       'what = "report.title"\n[constants]\n"handling.tlp" = "GREEN"\n')
    table.write_text("ref,what\n" + "".join(f"case:M-{i},row {i}\n" for i in range(count)))
    before = node.ask("status")["records"]
    with subprocess.Popen([node.tidegate, "--node", str(node.directory), "import", "--json", "--mapping", mapping, table],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        until("the first records are stored", lambda: node.ask("status")["records"] > before)
        running.send_signal(signal.SIGINT)
        told, said = running.communicate(timeout=300)
    error = json.loads(said)["error"]
    stored = json.loads(told)["stored"]
    checks.check("an import that is stopped says how far it came", running.returncode == 3 and error["kind"] == "partly" and
                 f"stopped; {stored} stored. Run the import again to go on" in error["message"], f"{running.returncode} {told} {said}")
    held = node.ask("status")["records"] - before
    checks.check("what was stored stays", stored <= held < count, f"{stored} {held}")


def columns(checks, node, folder):
    names = ("茶館の裏", "Zoe\u0308", "🚐 at the quay", "plain")
    for name in names:
        node.run("add", "organisation", "--set", f"name={name}", "--set", "tlp=GREEN")
    shown = node.run("find", "--kind", "organisation", "--reason", "columns").stdout
    checks.check("names of every script are printed as they are", all(name in shown for name in names), shown)


def words(checks, build, folder):
    made = subprocess.run([build / "node/tidegate", "--node", folder / "none", "init", "--organisation", "z", "--country", "GB",
                           "--listen", "127.0.0.1:7998", "--sector"] + ["charity"], capture_output=True, text=True)
    checks.check("a sector by another name is understood well enough to name it", made.returncode == 2 and "`ngo`" in made.stderr,
                 made.stderr)
    page = (ROOT / "README.md").read_text()
    command = next(line for line in page.splitlines() if line.startswith("$ tidegate init"))[2:]
    home = {**os.environ, "HOME": str(folder), "TIDEGATE_NODE": str(folder / "lantern")}
    home.pop("XDG_CONFIG_HOME", None)
    made = subprocess.run([build / "node/tidegate", *command.split()[1:]], capture_output=True, text=True, env=home)
    shown = printed_on(page, command).replace("/home/ana", str(folder))
    checks.check("README.md shows what `init` prints", made.returncode == 0 and as_on_page(shown, made.stderr), made.stderr)
    settings = folder / "lantern/tidegate.toml"
    for key, said in (("sector", "police"), ("organisation", "lantern2"), ("country", "FR"), ("federation", "other")):
        before = settings.read_text()
        settings.write_text(re.sub(f"(?m)^{key} = .*", f"{key} = '{said}'", before))
        started = subprocess.run([build / "node/tidegate", "serve"], capture_output=True, text=True, env=home, timeout=60)
        checks.check(f"a node whose {key} was edited does not start, and is told what to write", started.returncode == 1 and
                     f'says {key} = "{said}"' in started.stderr and "Write that there again" in started.stderr, started.stderr)
        settings.write_text(before)
    shutil.rmtree(folder / "lantern")
    made = subprocess.run([build / "node/tidegate", "--node", folder / "none", "init", "--organisation", "z", "--country", "GB",
                           "--listen", "127.0.0.1:7998", "--sector"] + ["qqq"], capture_output=True, text=True)
    checks.check("and nothing is suggested where nothing is near", made.returncode == 2 and "``" not in made.stderr and
                 "mean" not in made.stderr and "sector" in made.stderr, made.stderr)


def tell(checks, build, folder, nodes):
    words(checks, build, folder)
    node, = serving(build, folder, nodes, CHARITY)
    columns(checks, node, folder)
    large(checks, node, folder)
    queries(checks, node)
    streams(checks, node)
    terminal(checks, node)
    stopped_import(checks, node, folder)


if __name__ == "__main__":
    sys.exit(main(tell))
