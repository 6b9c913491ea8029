#!/usr/bin/env python3
"""A node whose own doors do not answer. A process that hangs is replaced. If that does not help, the node ends.

    tests/e2e/test_watchdog.py --build build/release
"""
import os
import pathlib
import signal
import sys
import time

from support import Node, main, until


def child(process, name):
    """The process of this name among the node's children, or None."""
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == process and (entry / "comm").read_text().strip() == name:
                return int(entry.name)
        except OSError:  # it ended while we looked
            continue
    return None


def replaced(node, name, before):
    return lambda: child(node.process.pid, name) not in (None, before)


def tell(checks, build, folder, nodes):
    us = Node(build / "node/tidegate", folder, "lantern", "the charity", "ngo")
    nodes.append(us)
    us.init()
    us.start()
    for name in ("tidegate-door", "tidegate-dial"):
        before = until(f"{name} has its name", lambda: child(us.process.pid, name))
        checks.check(f"{name} is a process of its own", before is not None)
        os.kill(before, signal.SIGSTOP)
        checks.check(f"{name} that hangs is killed, and another is started", until("replaced", replaced(us, name, before)),
                     us.log_path.read_text()[-500:])
        checks.check("the node goes on", us.process.poll() is None and us.run("status").returncode == 0)

    (us.directory / "operator.sock").unlink()
    begin = time.monotonic()
    until("ended", lambda: us.process.poll() is not None)
    checks.check("a node that its operators cannot reach ends, to be started again", us.process.poll() == 1,
                 f"exit code {us.process.poll()} after {time.monotonic() - begin:.0f} s")
    checks.check("and says why", "the operators' socket does not answer any more" in us.log_path.read_text(),
                 us.log_path.read_text()[-500:])
    us.start()
    checks.check("started again it serves", us.run("status").returncode == 0)


if __name__ == "__main__":
    sys.exit(main(tell))
