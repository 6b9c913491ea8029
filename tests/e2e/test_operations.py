#!/usr/bin/env python3
"""Does what docs/operations.md says: runs its `sh` blocks in their order, in a shell, on a node of its own.

    tests/e2e/test_operations.py --build build/release
"""
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys

from support import ROOT, Failed, free_port, main, until

PAGE = ROOT / "docs" / "operations.md"
UNIT = ROOT / "deploy" / "tidegate.service"
MOST_EXPOSURE = "15"  # tenths; the goal for a service that faces other organisations


def sections(text):
    """Each heading with its `sh` blocks, in the order of the page."""
    for part in re.split(r"^## ", text, flags=re.M)[1:]:
        yield part.splitlines()[0], re.findall(r"^```sh\n(.*?)^```", part, flags=re.M | re.S)


def settings(text):
    """The keys of the page's table that stand in a section, as lines of tidegate.toml with a value of the page's kind."""
    keys = {}
    for section, key in re.findall(r"^\| `\[(\w+)\] (\w+)` \|", text, flags=re.M):
        keys.setdefault(section, []).append(key)
    keys.pop("exchange", None)  # `init` wrote it
    return "".join(f"\n[{section}]\n" + "".join(f"{key} = 9\n" for key in names) for section, names in keys.items())


class Shell:
    """One shell for the whole page, as the reader has one terminal. $SERVING is the node that was started last."""

    def __init__(self, variables):
        self.process = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, errors="replace", cwd=ROOT, env={**os.environ, **variables})

    def run(self, block):
        """Exit code of the last command, and what all of them printed."""
        for line in block.splitlines():
            code, output = self.line(line)
            if code != 0:
                return code, f"{line}\n{output}"
        return 0, ""

    def line(self, line):
        serves = line.rstrip().endswith("&")
        # A serving node must not hold this pipe: its log has a file of its own.
        command = f"{line.rstrip()[:-1]} >>$LOG 2>&1 & SERVING=$!" if serves else line
        self.process.stdin.write(f"{command}\necho \"<done $?>\"\n")
        self.process.stdin.flush()
        output = ""
        for text in self.process.stdout:
            done = re.match(r"<done (\d+)>", text)
            if done:
                return int(done.group(1)), output
            output += text
        raise Failed(f"the shell ended in `{line}`: {output[-2000:]}")

    def close(self):
        self.line('test -z "$SERVING" || kill -TERM "$SERVING" 2>/dev/null')
        self.process.stdin.close()
        self.process.wait(timeout=60)


def status(program, node):
    result = subprocess.run([program, "--node", node, "status", "--json"], capture_output=True, text=True, timeout=60)
    return json.loads(result.stdout) if result.returncode == 0 else None


def service_file(checks):
    text = UNIT.read_text()
    serve = re.search(r"^ExecStart=(\S+) --node (\S+) serve --key-file", text, flags=re.M)
    checks.check("the service starts what the page installs", serve and serve.group(1) == "/usr/local/bin/tidegate")
    checks.check("the service serves the folder of the page", serve and serve.group(2) == "/var/lib/tidegate")
    if shutil.which("systemd-analyze"):
        result = subprocess.run(["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", UNIT],
                                capture_output=True, text=True)
        checks.check("systemd rates the service's exposure at most 1.5", result.returncode == 0, result.stdout[-300:])
    else:
        checks.check("systemd-analyze is installed", False, "deploy/install-dependencies --tests installs it")


def tell(checks, build, folder, _nodes):
    node = folder / "var" / "tidegate"
    (folder / "var").mkdir()
    (folder / "etc").mkdir()
    program = folder / "usr" / "bin" / "tidegate"
    address = f"127.0.0.1:{free_port()}"
    variables = {"PREFIX": folder / "usr", "BUILD": build, "NODE": node, "KEY": folder / "etc" / "master.key",
                 "BACKUPS": folder / "backups", "LISTEN": address, "ADVERTISE": address, "LOG": folder / "node.log"}
    shell = Shell({name: str(value) for name, value in variables.items()})
    record = None
    seen = []
    try:
        for heading, blocks in sections(PAGE.read_text()):
            seen.append(heading)
            for block in blocks:
                code, output = shell.run(block)
                checks.check(f"{heading}: {block.splitlines()[0][:70]}", code == 0, output[-1500:])
                if block.rstrip().endswith("&"):
                    until("the node answers", lambda: status(program, node))
            if heading == "Install":
                for name in ("man/man1/tidegate.1", "bash-completion/completions/tidegate", "zsh/site-functions/_tidegate",
                             "fish/vendor_completions.d/tidegate.fish"):
                    brought = folder / "usr/share" / name
                    checks.check(f"{name} is installed", brought.exists() and "passphrase" in brought.read_text())
            if heading == "Start it as a service":
                added = subprocess.run([program, "--node", node, "add", "report", "--set", "title=Kept", "--set", "tlp=AMBER"],
                                       capture_output=True, text=True)
                record = added.stdout.split()[0] if added.returncode == 0 else None
                checks.check("the node takes a record", record is not None, added.stderr)
            if heading == "Retention":
                added = subprocess.run([program, "--node", node, "add", "report", "--set", "title=Old", "--set", "tlp=AMBER"],
                                       capture_output=True, text=True)
                shown = re.search(r"## Retention.*?```console\n(.*?)```", PAGE.read_text(), flags=re.S).group(1)
                digest = ""  # as the dry run before printed it
                for line in shown.splitlines():
                    meant = {"ID": added.stdout.split()[0], "DIGEST": digest}
                    words = [meant.get(word, word) for word in shlex.split(line)[1:]]
                    done = subprocess.run([program, "--node", node, *words], capture_output=True, text=True)
                    checks.check(f"{heading}: {line}", done.returncode == 0, done.stderr)
                    digest = next(iter(re.findall("^digest: (.*)$", done.stdout, re.M)), digest)
            if heading.startswith("Settings"):  # the starts that follow on the page read them
                lines = settings(PAGE.read_text())
                checks.check("the page has the settings of partners and of the disk", "[limits]" in lines and "[store]" in lines, lines)
                with open(node / "tidegate.toml", "a") as config:
                    config.write(lines)
            if heading == "Back up":
                archive = folder / "backups" / "node.tar"
                checks.check("nobody else may read the backup", stat.S_IMODE(archive.stat().st_mode) == 0o600)
                checks.check("the backup holds no word of the record", b"Kept" not in archive.read_bytes())
            if heading in ("Restore", "Upgrade"):
                shown = subprocess.run([program, "--node", node, "show", record, "--reason", "test", "--json"],
                                       capture_output=True, text=True)
                checks.check(f"{heading}: the record is there", '"Kept"' in shown.stdout, shown.stderr)
    finally:
        shell.close()
    expected = ["Install", "Make the node", "Start it as a service", "See that it is well", "Retention",
                "Settings in tidegate.toml", "Another address", "Back up", "Restore", "Upgrade", "Stop"]
    checks.check("every section of the page was followed", seen == expected, f"{seen}")
    checks.check("the node has stopped", status(program, node) is None)
    service_file(checks)


if __name__ == "__main__":
    sys.exit(main(tell))
