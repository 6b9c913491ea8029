"""The figures: what each id means, its unit, goal and ceiling. docs/performance.md is written from this list.

`{n}` in an id stands for a number of records or partners. A goal is the number to reach: times and sizes are to be at most
that, rates at least that. A ceiling was measured in the same run on the same bytes. The ratio is the median divided by the
ceiling.
"""
import collections
import statistics

Meaning = collections.namedtuple("Meaning", "id text unit goal ceiling")

MEANINGS = [
    # Google Benchmark, one record unless said.
    Meaning("rooms.commit", "Commit a draft of the workload", "µs", None, "as many SHA-256 hashes of those lengths"),
    Meaning("rooms.narrow", "Narrow the full view to half of its fields", "µs", None, "none"),
    Meaning("rooms.verify", "Verify a narrowed view", "µs", None, "as many SHA-256 hashes"),
    Meaning("rooms.encode", "Encode a narrowed view", "µs", None, "copying its bytes"),
    Meaning("rooms.decode", "Decode it", "µs", None, "copying its bytes"),
    Meaning("rooms.multiproof.prove", "Prove 200 leaves of a log of 100,000, from a tree that is kept", "µs", None, "none"),
    Meaning("rooms.multiproof.verify", "Verify that proof", "µs", None, "as many node hashes"),
    Meaning("rooms.decision.table", "Look up a mask in the table", "ns", 100, "one look-up in a hash map"),
    Meaning("rooms.decision.record", "Make and number the label of a record, and decide (`Disclose`)",
            "µs", None, "a mask from the table"),
    Meaning("rooms.parcel.item", "Make the gate of a record, narrow it and encode it for a parcel", "µs", None, "none"),
    Meaning("rooms.parcel.seal", "Seal a parcel of 256 KiB, for each record", "µs", None, "AES-256-GCM over the bytes"),
    Meaning("rooms.parcel.open", "Open and verify that parcel, for each record", "µs", None, "AES-256-GCM over the bytes"),
    Meaning("rooms.vault.seal", "Seal a record's value at rest", "µs", None, "XChaCha20-Poly1305 alone"),
    Meaning("rooms.vault.open", "Open it", "µs", None, "XChaCha20-Poly1305 alone"),
    Meaning("rooms.terms", "Make the search terms of a record", "µs", None, "none"),
    Meaning("rooms.blind", "Make the index keys: the record's terms under the index key", "µs", None, "keyed BLAKE2b alone"),
    Meaning("rooms.prepare", "Encode, label and blind a record for the store", "µs", None, "none"),
    Meaning("rooms.put", "Put durably, 1,000 in a transaction, for each record", "µs", None, "LMDB append of the bytes"),
    Meaning("rooms.get", "Get a record at random", "µs", None, "LMDB get and copy"),
    Meaning("rooms.hop", "Pass a record's bytes once between two of our processes, as frames", "µs", None,
            "the same bytes over a socket pair without frames"),
    Meaning("policy.plan", "Plan for 1,000,000 records, 500 labels, 20 partners", "ms", 200, "none"),
    Meaning("policy.validate", "Check 1,000 policies", "ms", 1000, "none"),
    Meaning("policy.parse", "Parse 1 MB of policies", "ms", 1000, "none"),
    Meaning("policy.evaluated", "Evaluate one authorisation under the baseline and the sample policies", "µs", 2, "none"),
    Meaning("policy.official", "The same with the official engine, by its pre-parsed call from Node.js", "µs", None, "none"),
    Meaning("policy.faster", "How many times faster our engine is", "times", 50, "none"),
    # The real command and real processes.
    Meaning("import.stix.{n}", "Import STIX objects until they are durable", "records/s", 60000, "commits alone, one core"),
    Meaning("import.csv.{n}", "Import CSV rows until they are durable", "records/s", 60000, "commits alone, one core"),
    Meaning("import.read.{n}",
            "Import the same rows with `--dry-run`: they are read in a process of their own and looked up; nothing is stored",
            "records/s", None, "none"),
    Meaning("import.cpu.{n}", "CPU of the node for an imported CSV row", "µs", None, "commit, terms, prepare and put"),
    Meaning("import.memory.{n}", "Peak memory of the node beside the page cache while it imports the CSV rows",
            "MiB", 150, "none"),
    Meaning("start.{n}", "Start a node with so many records: it looks at every page of the store", "ms", None,
            "the start of an empty node"),
    Meaning("catchup.{n}", "A new partner follows from zero until every record is verified, indexed and durable",
            "records/s", None,
            "plain gRPC, commits of 8,192"),
    Meaning("catchup.cpu.{n}", "CPU of both ends for a record", "µs", 26, "plain gRPC, both ends"),
    Meaning("catchup.cpu.author.{n}", "CPU of the author for a record", "µs", None, "plain gRPC, sender"),
    Meaning("catchup.cpu.receiver.{n}", "CPU of the receiver for a record", "µs", None, "plain gRPC, receiver"),
    Meaning("catchup.wire.{n}", "Bytes on the wire for a record, both ways, without TCP/IP headers", "bytes", 1800,
            "the encoded view"),
    Meaning("catchup.memory.author.{n}", "Peak memory of the author beside the page cache", "MiB", 150, "none"),
    Meaning("catchup.memory.receiver.{n}", "Peak memory of the receiver beside the page cache", "MiB", 150, "none"),
    Meaning("catchup.disk.author.{n}", "Disk for a record at its author", "bytes", 2200, "the encoded view"),
    Meaning("catchup.disk.receiver.{n}", "Disk for a record at the receiver", "bytes", 2400, "the encoded view"),
    Meaning("ceiling.grpc.1000.{n}", "Plain gRPC and LMDB, commits of 1,000", "records/s", None, "none"),
    Meaning("ceiling.grpc.8192.{n}", "Plain gRPC and LMDB, commits of 8,192", "records/s", None, "none"),
    Meaning("ceiling.primitives", "The sum of the primitives of a catch-up: item, seal, open, prepare, put",
            "µs", None, "none"),
    Meaning("ceiling.commit", "One durable commit of one record in LMDB", "ms", None, "none"),
    Meaning("live.rest.p50", "From adding an alert at A until B shows it, at rest",
            "ms", "ceiling", "plain gRPC and LMDB, p50"),
    Meaning("live.rest.p99", "The same, 99th percentile", "ms", "ceiling", "plain gRPC and LMDB, p99"),
    Meaning("live.load.p50", "The same while 1,000 records/s are added", "ms", None, "plain gRPC and LMDB at rest, p50"),
    Meaning("live.load.p99", "The same, 99th percentile", "ms", None,
            "plain gRPC and LMDB at rest, p99"),
    Meaning("noop.{n}", "A catch-up that has nothing to bring, on an open channel", "ms", 5, "none"),
    Meaning("find.kind.p50.{n}", "First 20 of a kind and origin", "ms", None, "none"),
    Meaning("find.kind.p99.{n}", "The same, 99th percentile", "ms", None, "none"),
    Meaning("find.identifier.p50.{n}", "A record by a telephone number", "ms", None, "none"),
    Meaning("find.identifier.p99.{n}", "The same, 99th percentile", "ms", 2, "none"),
    Meaning("find.words.p50.{n}", "First 20 that say two words, one of them rare", "ms", None, "none"),
    Meaning("find.words.p99.{n}", "The same, 99th percentile", "ms", 20, "none"),
    Meaning("find.range.p50.{n}", "First 20 of a field's range of days", "ms", None, "none"),
    Meaning("find.range.p99.{n}", "The same, 99th percentile", "ms", 20, "none"),
    Meaning("find.phrase.p50.{n}", "First 20 in which a number and a word stand side by side", "ms", None, "none"),
    Meaning("find.phrase.p99.{n}", "The same, 99th percentile", "ms", 50, "none"),
    Meaning("find.filter.p50.{n}", "First 100 of a kind, a TLP, an exploitation and a word", "ms", None, "none"),
    Meaning("find.filter.p99.{n}", "The same, 99th percentile", "ms", 20, "none"),
    Meaning("find.count.p50.{n}", "Count all that say a word, an eighth of the records", "ms", None, "none"),
    Meaning("find.count.p99.{n}", "The same, 99th percentile", "ms", 100, "none"),
    Meaning("fanout.{n}", "That many partners with different policies catch up: CPU of the author for a record and partner",
            "µs", None, "none"),
    Meaning("fanout.extra.{n}", "The same for each partner beyond the first", "µs", 10, "none"),
    Meaning("fanout.live.{n}", "CPU of the author for one live alert: making it, and sending it to that many partners",
            "µs", None, "none"),
    Meaning("fanout.live.extra.{n}", "The same for each partner beyond the first", "µs", 150, "none"),
    Meaning("growth.catchup.cpu", "CPU of a catch-up at the largest size, divided by that at the smallest",
            "fold", 1.15, "none"),
    Meaning("growth.import.cpu", "The same for an import", "fold", 1.15, "none"),
    Meaning("recall.{n}", "Recall records that 3 partners hold until every receipt is back, for each record", "ms", None,
            "one durable commit"),
]

QUERIES = ("query", "identifier", "words", "range", "phrase", "filter", "count")
for _peer in ("nats", "postgres"):
    for _name, _text, _unit in (("ingest", "records taken in until acknowledged", "records/s"),
                                ("catchup", "records from node to node (mirror; initial copy)", "records/s"),
                                ("cpu", "CPU of both ends for a record of the catch-up", "µs"),
                                ("live", "time of one record from node to node, median", "ms"),
                                ("query", "first 20 of a kind and origin", "ms"),
                                ("words", "first 20 that say two words (GIN), median", "ms"),
                                ("range", "first 20 of a field's range of days (btree), median", "ms"),
                                ("identifier", "a record by a telephone number (btree), median", "ms"),
                                ("phrase", "first 20 in which a number and a word stand side by side (GIN), median", "ms"),
                                ("filter", "first 100 of a kind, a TLP, an exploitation and a word, median", "ms"),
                                ("count", "count all that say a word (GIN), median", "ms"),
                                ("memory", "memory of the receiver after the catch-up, beside the page cache", "MiB"),
                                ("disk", "disk for a record at the receiver", "bytes")):
        if _peer != "nats" or _name not in QUERIES:  # it has no queries
            MEANINGS.append(Meaning(f"peers.{_peer}.{_name}.{{n}}", f"{_peer}: {_text}", _unit, None, "none"))
            _goal = {("nats", "catchup"): 1, ("postgres", "catchup"): 2.5}.get((_peer, _name))
            MEANINGS.append(Meaning(f"peers.{_peer}.{_name}.ratio.{{n}}", "how many times better Tidegate is in this", "times",
                                    _goal, "none"))


def meaning_of(identifier):
    """The entry of an id. A number in the id may stand for {n}."""
    parts = identifier.split(".")
    for meaning in MEANINGS:
        pattern = meaning.id.split(".")
        if len(pattern) == len(parts) and all(p == q or (p == "{n}" and q.isdigit()) for p, q in zip(pattern, parts)):
            return meaning
    raise KeyError(identifier)


def at_least(unit):
    return unit.endswith("/s") or unit == "times"


class Figures:
    """The figures that were measured, in the order of measuring."""

    def __init__(self, say, only=()):
        """`only` has beginnings of ids: a figure is wanted if its id has one of them. If `only` is empty, all are wanted."""
        self.say = say
        self.only = tuple(only) or ("",)
        self.all = []

    def wanted(self, *prefixes):
        return any(p.startswith(self.only) or any(one.startswith(p) for one in self.only) for p in prefixes)

    def value(self, identifier):
        return next((f["median"] for f in self.all if f["id"] == identifier), None)

    def add(self, identifier, samples, n, ceiling=None, goal=None):
        """Adds a figure. `samples` are its repeats, in the unit of the id. `ceiling` is a number in the same unit."""
        meaning = meaning_of(identifier)
        if not identifier.startswith(self.only):
            return
        median = statistics.median(samples)
        spread = 0.0
        if len(samples) > 1 and median:
            low, _, high = statistics.quantiles(samples, n=4, method="inclusive")
            spread = (high - low) / median
        if goal is None:
            goal = ceiling if meaning.goal == "ceiling" else meaning.goal
        met = None if goal is None else bool(median >= goal if at_least(meaning.unit) else median <= goal)
        figure = {"id": identifier, "n": n, "median": median, "spread": spread, "unit": meaning.unit, "ceiling": ceiling,
                  "ratio": median / ceiling if ceiling else None, "goal": goal, "met": met}
        self.all.append(figure)
        self.say(line(figure))


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def line(figure):
    verdict = {None: "", True: "met", False: "NOT MET"}[figure["met"]]
    goal = f"goal {number(figure['goal'])} {verdict}" if figure["goal"] is not None else ""
    ratio = f"ceiling {number(figure['ceiling'])}, ratio {number(figure['ratio'])}" if figure["ceiling"] else ""
    return (f"{figure['id']:32} {number(figure['median']):>10} {figure['unit']:10} ±{figure['spread']:4.0%}  "
            f"{ratio:36} {goal}").rstrip()
