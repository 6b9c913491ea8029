"""Figures of whole tasks (an import, a catch-up, a search), with the real command and real processes."""
import concurrent.futures
import json
import statistics
import subprocess

from nodes import Peak, cpu_seconds, disk, pair, apply_policy, told, until, wire

MIB = 1 << 20


def percentile(samples, part):
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def latencies(figures, identifier, seconds, n, ceilings=None):
    """Adds p50 and p99, in ms, of samples in seconds. The spread is taken over five parts of the run."""
    parts = [seconds[i::5] for i in range(5)] if len(seconds) >= 25 else [seconds]
    for name, part in (("p50", 0.5), ("p99", 0.99)):
        whole, own = identifier.format(p=name), [1000 * percentile(p, part) for p in parts]
        figures.add(whole, own, n, ceilings and 1000 * percentile(ceilings, part))


def imports(run, size, repeats):
    """Measures imports. Each repeat has a node of its own, because an import of records that are held stores nothing."""
    rooms = run.rooms
    for kind in ("stix", "csv"):
        rates, cpu, peaks, reads, starts, empty_starts = [], [], [], [], [], []
        for repeat in range(repeats):
            run.progress(f"import of {size:,} {kind}, {repeat + 1} of {repeats}")
            with run.folder() as folder:
                node = run.programs.node(folder, "author")
                try:
                    act = run.programs.import_stix if kind == "stix" else run.programs.import_csv
                    if kind == "csv":
                        reads.append(size / run.programs.read_csv(node, size))
                        empty_starts.append(1000 * run.programs.restart(node))
                    with Peak(node.process.pid) as peak:
                        seconds, spent = act(node, 0, size)
                    peaks.append(peak.peaks[node.process.pid] / MIB)
                    if kind == "csv":
                        starts.append(1000 * run.programs.restart(node))
                finally:
                    node.stop()
            rates.append(size / seconds)
            cpu.append(1e6 * spent / size)
        ceiling = rooms and 1e6 / rooms["RecordCommit"]
        run.figures.add(f"import.{kind}.{size}", rates, size, ceiling)
        if kind == "csv":
            parts = rooms and (rooms["RecordCommit"] + rooms["StorePrepare"] + rooms["StorePut1000"] / 1000)
            run.figures.add(f"import.cpu.{size}", cpu, size, parts)
            run.figures.add(f"import.memory.{size}", peaks, size)
            run.figures.add(f"import.read.{size}", reads, size)
            run.figures.add(f"start.{size}", starts, size, statistics.median(empty_starts))


class Pair:
    """An author that holds `size` records, and a partner whose process was stopped while the author imported them."""

    def __init__(self, run, folder, size):
        self.run, self.size = run, size
        programs = run.programs
        self.a = programs.node(folder, "author")
        self.b = None
        try:
            self.b = programs.node(folder, "partner", "bank")
            pair(self.a, self.b, folder, ("prevention",))
            self.a.ask("circle", "create", "bench")
            self.a.ask("circle", "add", "bench", self.b.name)
            apply_policy(self.a, programs.generate("policy", "bench", 0))
            self.b.stop()
            done = 0
            while done < size:
                part = min(100_000, size - done)
                programs.import_csv(self.a, done, part)
                done += part
        except BaseException:
            self.stop()
            raise

    def catch_up(self):
        """Starts the partner and waits until it holds all. Gives seconds, CPU seconds and peak memory of both ends, and bytes on
        the wire."""
        cpu = cpu_seconds(self.a.process.pid)
        socket = self.b.directory / "operator.sock"
        waiter = subprocess.Popen([self.run.programs.bench / "bench_operator", "await", socket, str(self.size)],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            waiter.stderr.readline()  # from here on its clock runs
            log = open(self.b.log_path, "ab")
            self.b.process = subprocess.Popen([self.b.tidegate, "--node", str(self.b.directory), "serve"], stdout=log,
                                              stderr=log, start_new_session=True)
            log.close()
            with Peak(self.a.process.pid, self.b.process.pid) as peak:
                out, _ = waiter.communicate(timeout=3600)
        finally:
            if waiter.poll() is None:
                waiter.kill()
        return {"seconds": json.loads(out)["seconds"], "a_cpu": cpu_seconds(self.a.process.pid) - cpu,
                "b_cpu": cpu_seconds(self.b.process.pid), "a_peak": peak.peaks[self.a.process.pid],
                "b_peak": peak.peaks[self.b.process.pid], "wire": wire(self.a.port)}

    def stop(self):
        for node in (self.a, self.b):
            if node:
                node.stop()


def plain_grpc(run, size, repeats):
    certificates = run.programs.certificates()
    results = {}
    for commit in (1000, 8192):
        run.progress(f"plain gRPC and LMDB, {size:,} records, commits of {commit:,}")
        results[commit] = [told([run.programs.bench / "bench_ceiling", "catchup", size, commit, certificates])
                           for _ in range(repeats)]
        run.figures.add(f"ceiling.grpc.{commit}.{size}", [size / r["seconds"] for r in results[commit]], size)
    return results[8192]


def catch_ups(run, size, repeats, beside):
    """Measures catch-ups. After the last repeat, `beside(pair)` measures what else needs two nodes with `size` records."""
    plain = plain_grpc(run, size, repeats)

    def mid(key):
        return statistics.median(key(r) for r in plain)
    runs, disks = [], []
    for repeat in range(repeats):
        run.progress(f"catch-up of {size:,} records, {repeat + 1} of {repeats}")
        with run.folder() as folder:
            both = Pair(run, folder, size)
            try:
                runs.append(both.catch_up())
                disks.append((disk(both.a.directory / "store"), disk(both.b.directory / "store")))
                if repeat == repeats - 1:
                    beside(both)
            finally:
                both.stop()
    add, micro = run.figures.add, 1e6 / size
    add(f"catchup.{size}", [size / r["seconds"] for r in runs], size, mid(lambda r: size / r["seconds"]))
    add(f"catchup.cpu.{size}", [micro * (r["a_cpu"] + r["b_cpu"]) for r in runs], size,
        mid(lambda r: micro * (r["sender_cpu"] + r["receiver_cpu"])))
    add(f"catchup.cpu.author.{size}", [micro * r["a_cpu"] for r in runs], size, mid(lambda r: micro * r["sender_cpu"]))
    add(f"catchup.cpu.receiver.{size}", [micro * r["b_cpu"] for r in runs], size,
        mid(lambda r: micro * r["receiver_cpu"]))
    facts = run.programs.facts
    add(f"catchup.wire.{size}", [r["wire"] / size for r in runs], size, facts["narrowed_bytes"])
    add(f"catchup.memory.author.{size}", [r["a_peak"] / MIB for r in runs], size)
    add(f"catchup.memory.receiver.{size}", [r["b_peak"] / MIB for r in runs], size)
    add(f"catchup.disk.author.{size}", [d[0] / size for d in disks], size, facts["view_bytes"])
    add(f"catchup.disk.receiver.{size}", [d[1] / size for d in disks], size, facts["narrowed_bytes"])


def finds(run, both, size, count):
    for how in ("kind", "identifier", "words", "range", "phrase", "filter", "count"):
        run.progress(f"find by {how} among {size:,}")
        answer = run.programs.operator("find", both.a, count, how, size, both.a.name)
        if answer["found"] < count:
            raise RuntimeError(f"find by {how} found {answer['found']} in {count} searches")
        latencies(run.figures, f"find.{how}.{{p}}.{size}", answer["seconds"], size)


def noop(run, both, size, count):
    """Measures a catch-up with nothing to bring. It is the last measurement of a pair: the partner's node is stopped, and the
    benchmark asks in its name."""
    run.progress(f"no-op catch-up at {size:,}")
    # Wait for what the figures before this one left on its way.
    until("the partner holds it all", lambda: both.b.ask("status")["records"] == both.a.ask("status")["records"], patience=120)
    both.b.stop()
    answer = told([run.programs.bench / "bench_noop", both.b.directory, both.a.name, count])
    run.figures.add(f"noop.{size}", [1000 * second for second in answer["seconds"]], size)


def live(run, both, size, count):
    run.progress("plain gRPC and LMDB, live")
    plain = told([run.programs.bench / "bench_ceiling", "live", count, run.programs.certificates()])["seconds"]
    b_socket = both.b.directory / "operator.sock"
    run.progress("live alerts at rest")
    latencies(run.figures, "live.rest.{p}", alerts(run, both, b_socket, count), count, plain)
    run.progress("live alerts under 1,000 records/s")
    seconds = max(2, count // 10)
    load = subprocess.Popen([run.programs.bench / "bench_operator", "load", both.a.directory / "operator.sock", "1000",
                             str(seconds), str(size), run.programs.folder / "load.csv"], stdout=subprocess.DEVNULL)
    try:
        latencies(run.figures, "live.load.{p}", alerts(run, both, b_socket, count), count, plain)
    finally:
        if load.poll() is None:
            load.terminate()
        load.wait()


def alerts(run, both, b_socket, count):
    answer = run.programs.operator("live", both.a, b_socket, count)
    if answer["missing"] or not answer["seconds"]:
        raise RuntimeError(f"live: {answer['missing']} alerts never reached the partner")
    return answer["seconds"]


def all_confirmed(node, count):
    return sum(p["state"] == "confirmed" for p in node.ask("partner", "list")["partners"]) == count


def many_partners(run, size, partners):
    """Starts one author and `partners` receivers. Each receiver is in a circle of its own and has a policy of its own. All catch
    up at once; then alerts reach them one by one. Gives the author's CPU in µs for a record and for an alert."""
    programs, count = run.programs, min(100, size // 10)
    with run.folder() as folder:
        nodes = [programs.node(folder, "author")]
        try:
            author, text = nodes[0], ""
            run.progress(f"fan-out to {partners}: pairing")
            for i in range(partners):
                nodes.append(programs.node(folder, f"partner{i}", "bank"))
            with concurrent.futures.ThreadPoolExecutor(8) as pool:  # pairing waits for people's confirmations, in turns
                list(pool.map(lambda node: pair(author, node, folder, ("prevention",)), nodes[1:]))
            until("every partner is confirmed", lambda: all_confirmed(author, partners))
            for i in range(partners):
                author.ask("circle", "create", f"circle{i}")
                author.ask("circle", "add", f"circle{i}", nodes[i + 1].name)
                text += programs.generate("policy", f"circle{i}", i).read_text()
            policy = folder / "fan-out.cedar"
            policy.write_text(text)
            apply_policy(author, policy)
            for node in nodes[1:]:
                node.stop()
            programs.import_csv(author, 0, size)
            cpu = cpu_seconds(author.process.pid)
            for node in nodes[1:]:
                node.start()
            for node in nodes[1:]:
                programs.operator("await", node, size)
            record = 1e6 * (cpu_seconds(author.process.pid) - cpu) / size
            run.progress(f"fan-out to {partners}: live alerts")
            cpu = cpu_seconds(author.process.pid)
            programs.operator("live", author, nodes[1].directory / "operator.sock", count)
            for node in nodes[1:]:
                programs.operator("await", node, size + count + 3)  # the first three warm up
            alert = 1e6 * (cpu_seconds(author.process.pid) - cpu) / (count + 3)
            if partners == 3:
                recall(run, author, min(1000, size // 10))
            return record, alert
        finally:
            for node in nodes:
                node.stop()


def fan_out(run, size, counts):
    """Measures each number of partners in `counts`. The first is 1: `extra` compares the others with it."""
    alone = None
    for partners in counts:
        record, alert = many_partners(run, size, partners)
        run.figures.add(f"fanout.{partners}", [record / partners], size)
        run.figures.add(f"fanout.live.{partners}", [alert], size)
        if alone and partners > 1:
            run.figures.add(f"fanout.extra.{partners}", [(record - alone[0]) / (partners - 1)], size)
            run.figures.add(f"fanout.live.extra.{partners}", [(alert - alone[1]) / (partners - 1)], size)
        alone = alone or ((record, alert) if partners == 1 else None)


def recall(run, author, count):
    run.progress(f"recall of {count} records held by 3 partners")
    answer = run.programs.operator("recall", author, count)
    if answer["unanswered"] or answer["holders"] < 3 * count:
        raise RuntimeError(f"recall: {answer}")
    commit = run.rooms and run.rooms["CeilingDurableCommit"] / 1000
    run.figures.add(f"recall.{count}", [1000 * answer["seconds"] / count], count, commit)
