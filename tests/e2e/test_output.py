"""What is printed: whole or not at all, in its columns, and no more than a message can carry."""
import json
import subprocess
import sys

from support import Node, main

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
    made = subprocess.run([build / "node/tidegate", "--node", folder / "none", "init", "--organisation", "z", "--country", "GB",
                           "--listen", "127.0.0.1:7998", "--sector"] + ["qqq"], capture_output=True, text=True)
    checks.check("and nothing is suggested where nothing is near", made.returncode == 2 and "``" not in made.stderr and
                 "mean" not in made.stderr and "sector" in made.stderr, made.stderr)


def tell(checks, build, folder, nodes):
    words(checks, build, folder)
    node = Node(build / "node/tidegate", folder, "lantern-community", "the charity", "ngo")
    nodes.append(node)
    node.init()
    node.start()
    columns(checks, node, folder)
    large(checks, node, folder)
    streams(checks, node)


if __name__ == "__main__":
    sys.exit(main(tell))
