"""Measures what somebody might use in place of Tidegate, with the same records: NATS JetStream with a mirror, and PostgreSQL
with logical replication.

Both run over mutual TLS on loopback, in folders of their own. This module starts and stops them. They do not encrypt to a
recipient, filter by policy, sign, or keep a register. A record is the JSON of its fields and handling.
"""
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import time

import figures
from nodes import cpu_seconds, disk, resident, until
from support import free_port

MIB = 1 << 20


# The marking definitions of TLP 2.0 that the workload uses, by their published ids.
TLP = {"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "GREEN",
       "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": "AMBER"}


def records(run, size):
    """(number, JSON) of each record of the workload."""
    extension = "extension-definition--799cd2ef-2c13-4285-b782-702513655767"
    objects = json.loads(run.programs.generate("stix", 0, size).read_text())["objects"]
    for i, item in enumerate(objects):
        body = item["extensions"][extension]
        yield i, json.dumps({"id": item["id"], "kind": "phone", "origin": "author", "tlp": TLP[item["object_marking_refs"][0]],
                             **body["fields"], **body["handling"]},
                            separators=(",", ":"))


def report(run, peer, size, found):
    """Adds figures. `found` maps a figure's name to its samples. A ratio says how many times better Tidegate is."""
    add, value = run.figures.add, run.figures.value
    for name, samples in found.items():
        add(f"peers.{peer}.{name}.{size}", samples, size)
    ours = {"ingest": f"import.csv.{size}", "catchup": f"catchup.{size}", "cpu": f"catchup.cpu.{size}",
            "memory": f"catchup.memory.receiver.{size}", "disk": f"catchup.disk.receiver.{size}",
            "query": f"find.kind.p50.{size}", "words": f"find.words.p50.{size}", "range": f"find.range.p50.{size}",
            "phrase": f"find.phrase.p50.{size}", "filter": f"find.filter.p50.{size}", "count": f"find.count.p50.{size}",
            "identifier": f"find.identifier.p50.{size}", "live": "live.rest.p50"}
    for name, identifier in ours.items():
        mine, theirs = value(identifier), value(f"peers.{peer}.{name}.{size}")
        if mine and theirs:
            rate = name in ("ingest", "catchup")
            goal = {"nats.catchup": 1, "postgres.catchup": 2.5}.get(f"{peer}.{name}")
            add(f"peers.{peer}.{name}.ratio.{size}", [mine / theirs if rate else theirs / mine], size, goal=goal)


# --- NATS -----------------------------------------------------------------------------------------------------------

class Nats:
    """A connection that speaks NATS's own text protocol."""

    def __init__(self, port, certificates):
        plain = socket.create_connection(("127.0.0.1", port))
        plain.recv(4096)  # INFO, before TLS
        context = ssl.create_default_context(cafile=certificates / "ca.pem")
        context.load_cert_chain(certificates / "node.pem", certificates / "node.key")
        self.socket = context.wrap_socket(plain, server_hostname="localhost")
        self.socket.settimeout(60)
        self.buffer = b""
        self.inbox = b"_INBOX.%d" % port  # the servers are joined, so each client needs an inbox of its own
        self.send(b'CONNECT {"verbose":false,"pedantic":false}\r\nSUB %s.> 1\r\nPING\r\n' % self.inbox)
        while self.line() != b"PONG":
            pass

    def send(self, data):
        self.socket.sendall(data)

    def more(self):
        got = self.socket.recv(1 << 20)
        if not got:
            raise RuntimeError("nats-server closed the connection")
        self.buffer += got

    def line(self):
        while b"\r\n" not in self.buffer:
            self.more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def message(self):
        """The payload of the next message."""
        while True:
            line = self.line()
            if line == b"PING":
                self.send(b"PONG\r\n")
            if line.startswith(b"-ERR"):
                raise RuntimeError(line.decode())
            if line.startswith(b"MSG "):
                size = int(line.rsplit(b" ", 1)[1])
                while len(self.buffer) < size + 2:
                    self.more()
                payload, self.buffer = self.buffer[:size], self.buffer[size + 2:]
                return payload

    def ask(self, subject, request):
        data = json.dumps(request).encode() if request is not None else b""
        self.send(b"PUB %s %s.ask %d\r\n%s\r\n" % (subject.encode(), self.inbox, len(data), data))
        answer = json.loads(self.message())
        if "error" in answer:
            raise RuntimeError(f"{subject}: {answer['error']}")
        return answer

    def publish(self, messages, window=4096):
        """Publishes and waits for the acknowledgements; at most `window` of them are outstanding."""
        outstanding = 0
        batch = []
        for subject, data in messages:
            batch.append(b"PUB %s %s.ack %d\r\n%s\r\n" % (subject, self.inbox, len(data), data))
            if len(batch) == 256:
                self.send(b"".join(batch))
                outstanding += len(batch)
                batch = []
                while outstanding > window:
                    self.message()
                    outstanding -= 1
        self.send(b"".join(batch))
        for _ in range(outstanding + len(batch)):
            self.message()


def nats_config(folder, name, port, leaf, certificates):
    tls = (f'tls {{ cert_file: "{certificates}/node.pem", key_file: "{certificates}/node.key", '
           f'ca_file: "{certificates}/ca.pem", verify: true }}')
    leafnodes = leaf.format(tls=tls)
    path = folder / f"{name}.conf"
    path.write_text(f'server_name: {name}\nhost: 127.0.0.1\nport: {port}\n{tls}\n'
                    f'jetstream {{ store_dir: "{folder}/{name}", domain: {name}, max_file_store: 20GB }}\n'
                    f'leafnodes {{ {leafnodes} }}\n')
    return path


def nats(run, size, live_count):
    if not shutil.which("nats-server"):
        return run.progress("nats-server is not installed: its figures are left out")
    run.progress(f"NATS JetStream, {size:,} records")
    certificates = run.programs.certificates()
    all_records = [(b"r.%d" % i, text.encode()) for i, text in records(run, size)]
    with run.folder() as folder:
        ports, leaf = {"a": free_port(), "b": free_port()}, free_port()
        configs = {"a": nats_config(folder, "a", ports["a"], f"host: 127.0.0.1, port: {leaf}, {{tls}}",
                                    certificates),
                   "b": nats_config(folder, "b", ports["b"],
                                    f'remotes: [ {{{{ url: "tls://localhost:{leaf}", {{tls}} }}}} ]', certificates)}
        servers, clients = {}, {}
        try:
            for name in ("a", "b"):
                log = open(folder / f"{name}.log", "wb")
                servers[name] = subprocess.Popen(["nats-server", "-c", configs[name]], stdout=log, stderr=log)
                log.close()
                if not until("nats", lambda n=name: answers(ports[n]), 20):
                    raise RuntimeError((folder / f"{name}.log").read_text()[-800:])
                clients[name] = Nats(ports[name], certificates)
            a, b = clients["a"], clients["b"]
            a.ask("$JS.API.STREAM.CREATE.S", {"name": "S", "subjects": ["r.>"], "storage": "file"})
            begin = time.monotonic()
            a.publish(all_records)
            found = {"ingest": [size / (time.monotonic() - begin)]}
            spent = {n: cpu_seconds(s.pid) for n, s in servers.items()}
            begin = time.monotonic()
            b.ask("$JS.API.STREAM.CREATE.S", {"name": "S", "storage": "file", "mirror": {
                "name": "S", "external": {"api": "$JS.a.API", "deliver": ""}}})
            mirrored(b, size, 0.005)
            found["catchup"] = [size / (time.monotonic() - begin)]
            found["cpu"] = [1e6 * sum(cpu_seconds(s.pid) - spent[n] for n, s in servers.items()) / size]
            found["memory"] = [resident(servers["b"].pid) / MIB]
            found["disk"] = [disk(folder / "b") / size]
            seconds = []
            for i in range(live_count + 3):
                begin = time.monotonic()
                a.publish([(b"r.live%d" % i, all_records[0][1])])
                mirrored(b, size + i + 1)
                seconds.append(time.monotonic() - begin)
            found["live"] = [1000 * s for s in seconds[3:]]
        finally:
            stop(servers.values())
    report(run, "nats", size, found)


def mirrored(client, count, pause=0.0):
    begin = time.monotonic()
    while client.ask("$JS.API.STREAM.INFO.S", None)["state"]["messages"] < count:
        if time.monotonic() - begin > 300:
            raise RuntimeError("the mirror does not fill")
        time.sleep(pause)


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def stop(processes):
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


# --- PostgreSQL -----------------------------------------------------------------------------------------------------

class Postgres:
    """A cluster of its own; as root it runs as the user `postgres`, because it refuses to be root."""

    def __init__(self, folder, name, certificates):
        found = shutil.which("pg_ctl") or "/usr/lib/postgresql/15/bin/pg_ctl"
        beside = pathlib.Path("/usr/lib/postgresql/15/bin")
        self.bin = beside if (beside / "initdb").exists() else pathlib.Path(found).resolve().parent
        self.data, self.port, self.folder, self.sessions = folder / name, free_port(), folder, []
        self.keys = folder / f"{name}-keys"
        shutil.copytree(certificates, self.keys)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                        "2", "-subj", "/CN=postgres", "-keyout", self.keys / "user.key", "-out", self.keys / "user.pem"],
                       check=True, capture_output=True)
        (self.keys / "clients.pem").write_bytes((self.keys / "user.pem").read_bytes())
        for key in self.keys.glob("*.key"):
            key.chmod(0o600)
        if os.geteuid() == 0:
            folder.chmod(0o755)
            self.data.mkdir()
            for path in (self.data, self.keys, *self.keys.iterdir()):
                shutil.chown(path, "postgres", "postgres")

    def command(self, *words):
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        return [str(word) for word in (*user, *words)]

    def trust(self, other):
        """Both clusters accept the other's user certificate."""
        text = (self.keys / "user.pem").read_text() + (other.keys / "user.pem").read_text()
        (self.keys / "clients.pem").write_text(text)

    def start(self):
        subprocess.run(self.command(self.bin / "initdb", "-D", self.data, "-U", "postgres", "--no-locale", "-E", "UTF8"),
                       check=True, capture_output=True, cwd="/")
        (self.data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 cert\nhostssl replication all 127.0.0.1/32 cert\n")
        options = {"port": self.port, "listen_addresses": "'127.0.0.1'", "unix_socket_directories": "''", "ssl": "on",
                   "ssl_cert_file": f"'{self.keys}/node.pem'", "ssl_key_file": f"'{self.keys}/node.key'",
                   "ssl_ca_file": f"'{self.keys}/clients.pem'", "wal_level": "logical", "max_wal_size": "'4GB'"}
        with open(self.data / "postgresql.conf", "a") as file:
            file.writelines(f"{key} = {value}\n" for key, value in options.items())
        log = open(self.folder / f"{self.data.name}.log", "wb")
        self.process = subprocess.Popen(self.command(self.bin / "postgres", "-D", self.data), stdout=log, stderr=log, cwd="/")
        log.close()
        pid_file = self.data / "postmaster.pid"
        if not until("postgres", lambda: pid_file.exists() and answers(self.port), 30):
            raise RuntimeError((self.folder / f"{self.data.name}.log").read_text()[-800:])
        self.pid = int(pid_file.read_text().split()[0])

    def dsn(self):
        return (f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres sslmode=verify-ca "
                f"sslrootcert={self.keys}/ca.pem sslcert={self.keys}/user.pem sslkey={self.keys}/user.key")

    def sql(self, text, stdin=None):
        done = subprocess.run(self.command("psql", self.dsn(), "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", text), cwd="/",
                              capture_output=True, text=True, stdin=stdin, timeout=600)
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr[-500:]}")
        return done.stdout.strip()

    def session(self):
        process = subprocess.Popen(self.command("psql", self.dsn(), "-qAtX"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   text=True, bufsize=1, cwd="/")
        self.sessions.append(process)

        def ask(text):
            process.stdin.write(text + ";\n\\echo end\n")
            process.stdin.flush()
            lines = []
            while (line := process.stdout.readline().strip()) != "end":
                if not line and process.poll() is not None:
                    raise RuntimeError("psql ended")
                lines.append(line)
            return lines
        ask("select 1")
        return ask

    def children(self):
        listing = subprocess.run(["ps", "--ppid", str(self.pid), "-o", "pid="], capture_output=True, text=True).stdout
        return [int(pid) for pid in listing.split()]

    def cpu(self):
        """CPU seconds of the server and its processes, including processes that have ended."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        ended = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
        return ended + sum(cpu_seconds(pid) for pid in (self.pid, *self.children()) if pathlib.Path(f"/proc/{pid}").exists())

    def memory(self):
        return sum(resident(pid) for pid in (self.pid, *self.children()) if pathlib.Path(f"/proc/{pid}").exists())

    def stop(self):
        for session in self.sessions:
            session.stdin.close()
            session.wait(timeout=20)
        if hasattr(self, "process"):
            subprocess.run(self.command(self.bin / "pg_ctl", "-D", self.data, "-m", "immediate", "stop"), capture_output=True,
                           cwd="/")
            self.process.wait(timeout=30)


TABLE = """create table r (id text primary key, body jsonb not null);
create index on r ((body->>'number')); create index on r ((body->>'kind'), (body->>'origin'));
create index on r ((body->>'first_seen')); create index on r using gin (jsonb_to_tsvector('simple', body, '["string"]'))"""
WORDS = "jsonb_to_tsvector('simple', body, '[\"string\"]') @@ to_tsquery('simple', '{}')"


MOST_REPLICATED = 100_000  # larger sizes measure queries of PostgreSQL alone: replicating more records shows nothing new


def postgres(run, size, live_count):
    if not shutil.which("psql"):
        return run.progress("PostgreSQL is not installed: its figures are left out")
    if size > MOST_REPLICATED:
        return report(run, "postgres", size, one_postgres(run, size, live_count))
    run.progress(f"PostgreSQL logical replication, {size:,} records")
    certificates = run.programs.certificates()
    with run.folder() as folder:
        a, b = (Postgres(folder, name, certificates) for name in ("a", "b"))
        try:
            a.trust(b), b.trust(a)
            a.start(), b.start()
            a.sql(TABLE), b.sql(TABLE)
            asked, seconds = fill(run, a, size, live_count, folder)
            found = {"ingest": [size / seconds]}
            a.sql("create publication p for table r")
            spent = a.cpu() + b.cpu()
            begin = time.monotonic()
            b.sql(f"create subscription s connection '{b_to_a(a, b)}' publication p")
            ask_b = b.session()
            while ask_b("select srsubstate from pg_subscription_rel")[0] != "r" or int(ask_b("select count(*) from r")[0]) < size:
                if time.monotonic() - begin > 600:
                    raise RuntimeError("the subscription does not fill")
                time.sleep(0.02)
            found["catchup"] = [size / (time.monotonic() - begin)]
            found["cpu"] = [1e6 * (a.cpu() + b.cpu() - spent) / size]
            found["memory"] = [b.memory() / MIB]
            found["disk"] = [int(b.sql("select pg_total_relation_size('r')")) / size]
            ask_a = a.session()
            live = []
            for i in range(live_count):
                begin = time.monotonic()
                ask_a(f"insert into r select 'live{i}', body from r where id = '0'")
                while not ask_b(f"select 1 from r where id = 'live{i}'"):
                    if time.monotonic() - begin > 30:
                        raise RuntimeError("an insert was not replicated")
                live.append(1000 * (time.monotonic() - begin))
            found["live"] = live
            found.update(postgres_queries(b, ask_b, asked))
        finally:
            a.stop(), b.stop()
    report(run, "postgres", size, found)


def one_postgres(run, size, count):
    run.progress(f"PostgreSQL queries, {size:,} records")
    with run.folder() as folder:
        server = Postgres(folder, "a", run.programs.certificates())
        try:
            server.start()
            server.sql(TABLE)
            asked, seconds = fill(run, server, size, count, folder)
            return {"ingest": [size / seconds], **postgres_queries(server, server.session(), asked)}
        finally:
            server.stop()


def fill(run, server, size, count, folder):
    """Copies the records into the table. Gives the bodies that `count` questions ask for, and the seconds of the copy."""
    wanted, bodies = {i * 7919 % size for i in range(count)}, {}
    table = folder / "records.csv"
    with open(table, "w") as out:
        for i, text in records(run, size):
            out.write(f"{i},\"{text.replace(chr(34), chr(34) * 2)}\"\n")
            if i in wanted:
                bodies[i] = json.loads(text)
    begin = time.monotonic()
    with open(table) as stdin:
        server.sql("copy r from stdin with (format csv)", stdin)
    return [bodies[i * 7919 % size] for i in range(count)], time.monotonic() - begin


def postgres_queries(server, ask, asked):
    """Asks the questions of `bench_operator find` about these bodies. Gives the milliseconds that each took."""
    server.sql("analyze r")
    found = {name: [] for name in figures.QUERIES}
    for body in asked:
        day, rare, spot = body["first_seen"], body["subscriber"].lower(), body["place"].split()[0]
        questions = {"query": "select * from r where body->>'kind' = 'phone' and body->>'origin' = 'author' limit 20",
                     "identifier": f"select * from r where body->>'number' = '{body['number']}'",
                     "words": f"select * from r where {WORDS.format(rare + ' & quay')} limit 20",
                     "range": f"select * from r where body->>'first_seen' between '{day[:8]}01' and '{day}' limit 20",
                     "phrase": f"select * from r where {WORDS.format(spot + ' <-> quay')} limit 20",
                     "filter": f"select * from r where {WORDS.format('leeds')} and body->>'kind' = 'phone' and "
                               "body->>'tlp' = 'GREEN' and body->>'exploitation' = 'labour.personal-services' limit 100",
                     "count": f"select count(*) from r where {WORDS.format('leeds')}"}
        for name, question in questions.items():
            begin = time.monotonic()
            answer = ask(question)
            found[name].append(1000 * (time.monotonic() - begin))
            if not answer or answer == ["0"]:
                raise RuntimeError(f"postgres found nothing: {question}")
    return found


def b_to_a(a, b):
    return (f"host=127.0.0.1 port={a.port} user=postgres dbname=postgres sslmode=verify-ca sslrootcert={b.keys}/ca.pem "
            f"sslcert={b.keys}/user.pem sslkey={b.keys}/user.key")
