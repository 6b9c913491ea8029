#!/usr/bin/env python3
"""A second implementation of the formats, written from the pages alone: CRYPTO.md, RECORD.md, PARCEL.md, PARTNER.md,
FEED.md, and the catalogue's data. It shares no code with the node.

    second_writer.py                writes answers.json: bytes that a node must read, and what they say
    second_writer.py --check        says whether answers.json is what this program writes

pages_test reads answers.json with the node's own code and writes the same bytes again."""

import base64
import json
import pathlib
import re
import sys

from primitives import HpkeSender, ed25519_public, ed25519_sign, hkdf_expand, hkdf_extract, sha256, x25519
from primitives import xchacha20_poly1305

HERE = pathlib.Path(__file__).parent
CATALOGUE = HERE.parents[2] / "node/record/catalogue"
SENT_MS = 1_772_000_000_000


def u(width, number):
    return number.to_bytes(width // 8, "big")


def lp(width, data):
    data = data.encode() if isinstance(data, str) else data
    return u(width, len(data)) + data


def label(seven):
    assert len(seven) == 7
    return seven.encode() + b"\0"


def invented(name):
    """32 bytes that stand for randomness."""
    return sha256(b"tests/conformance/pages: " + name.encode())


# --- CRYPTO.md, "Trees" ---


def leaf_hash(data):
    return sha256(b"\0", data)


def root_of(leaves):
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1", root_of(leaves[:left]), root_of(leaves[left:]))


def multiproof(leaves, opened, begin=0):
    inside = [position for position in opened if begin <= position < begin + len(leaves)]
    if not inside:
        return [root_of(leaves)]
    if len(leaves) == 1:
        return []
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return multiproof(leaves[:left], inside, begin) + multiproof(leaves[left:], inside, begin + left)


# --- CRYPTO.md, "Fingerprints"; PARTNER.md, "Names" and "Notices" ---

LOG, KEM, DELIVERY, GOVERNANCE = 1, 2, 3, 4


def fingerprint(kind, name, key):
    return sha256(label("TDGkey1"), u(8, kind), lp(16, name), key)


class Node:
    def __init__(self, organisation, sector):
        self.organisation_name = "tidegate.example/" + organisation
        self.name = self.organisation_name + "/node1"
        self.log_name = self.name + "/log/1"
        self.seeds = {use: invented(organisation + " " + use) for use in ("governance", "log", "delivery", "kem")}
        self.governance, self.log, self.delivery = (ed25519_public(self.seeds[k]) for k in ("governance", "log", "delivery"))
        self.kem = x25519(self.seeds["kem"])
        self.governance_fpr = fingerprint(GOVERNANCE, self.organisation_name, self.governance)
        self.log_fpr = fingerprint(LOG, self.log_name, self.log)
        self.delivery_fpr = fingerprint(DELIVERY, self.name, self.delivery)
        self.kem_fpr = fingerprint(KEM, self.name, self.kem)
        self.kem_id = sha256(label("TDGkem1"), self.kem)[:8]
        key_id = sha256(self.log_name.encode(), b"\n\x01", self.log)[:4]
        printed = base64.b64encode(b"\x01" + self.log).decode()
        self.vkey = f"{self.log_name}+{key_id.hex()}+{printed}"
        self.note_key_id = key_id
        self.tls_spki = invented(organisation + " tls")
        self.key_notice = (
            label("TDGknt1") + u(32, 1) + bytes(32) + lp(16, self.name) + lp(8, sector) + lp(8, "GB") + self.governance
            + lp(16, self.vkey) + self.delivery + self.tls_spki + u(64, SENT_MS)
        )
        self.kem_notice = label("TDGkmn1") + lp(16, self.name) + self.kem + u(64, SENT_MS) + u(64, SENT_MS + 1)

    def sign(self, use, message):
        return ed25519_sign(self.seeds[use], message)

    def signed(self, use, notice):
        return lp(16, notice) + self.sign(use, notice)

    def checkpoint(self, leaves):
        """CRYPTO.md, "Checkpoint"."""
        text = f"{self.log_name}\n{len(leaves)}\n{base64.b64encode(root_of(leaves)).decode()}\n"
        line = base64.b64encode(self.note_key_id + self.sign("log", text.encode())).decode()
        return f"{text}\n\u2014 {self.log_name} {line}\n"


# --- RECORD.md, "Encodings" and "Ladders" ---

TEXT, CODE, QUANTITY, TIME, PLACE, IDENTIFIER, REFERENCE, ATTACHMENT, TRISTATE, NARRATIVE = range(1, 11)
MINUTE, DAY, MONTH, YEAR = range(4)


def known(body):
    return b"\1" + body


def listed(items):
    return u(16, len(items)) + b"".join(lp(32, item) for item in items)


def moment(precision, year, month=0, day=0, minute=0):
    return u(8, precision) + u(16, year) + u(8, month) + u(8, day) + u(16, minute)


def interval(first, last):
    return known(u(8, 3) + first + last)


def place(name, locality, region, country, latitude=None, longitude=None):
    where = b"\0" if latitude is None else b"\1" + u(32, latitude % 2**32) + u(32, longitude % 2**32)
    return known(lp(16, name) + lp(16, locality) + lp(16, region) + lp(8, country) + where)


def quantity(flags, bounds, unit):
    return known(u(8, flags) + b"".join(u(64, mantissa % 2**64) + u(8, scale) for mantissa, scale in bounds) + unit)


def narrative(text, sanitised, heading):
    return known(lp(32, text) + lp(32, sanitised) + lp(32, heading))


PARENTS = dict(
    re.findall(r'code \{ id: "([^"]+)".*?parent: "([^"]+)"', (CATALOGUE / "codes/exploitation.textproto").read_text())
)

# Each field of the report by its rungs, the finest first.
REPORT = {
    "title": (TEXT, [known(b"Men seen working at a hand car wash")]),
    "narrative": (
        NARRATIVE,
        [
            narrative("Workers said their papers are kept.", "Papers are kept.", "Papers kept"),
            narrative("", "Papers are kept.", "Papers kept"),
            narrative("", "", "Papers kept"),
        ],
    ),
    "exploitation": (
        0x80 | CODE,
        [listed([known(b"labour.personal-services")]), listed([known(PARENTS["labour.personal-services"].encode())])],
    ),
    "victim_count": (QUANTITY, [quantity(3, [(3, 0), (5, 0)], b"persons")]),
    "place": (
        PLACE,
        [
            place("14 Harbour Lane", "Grimsby", "Lincolnshire", "GB", 53567500, -80300),
            place("", "Grimsby", "Lincolnshire", "GB"),
            place("", "", "Lincolnshire", "GB"),
            place("", "", "", "GB"),
        ],
    ),
    "observed": (
        TIME,
        [
            interval(moment(MINUTE, 2026, 3, 4, 1335), moment(MINUTE, 2026, 3, 4, 1335)),
            interval(moment(DAY, 2026, 3, 4), moment(DAY, 2026, 3, 4)),
            interval(moment(MONTH, 2026, 3), moment(MONTH, 2026, 3)),
            interval(moment(YEAR, 2026), moment(YEAR, 2026)),
        ],
    ),
}
# What goes to the partner: slot and rung.
GOES = {"title": 0, "narrative": 1, "exploitation": 1, "place": 2, "observed": 2}


def slots_of(kind):
    text = (CATALOGUE / f"{kind}.textproto").read_text()
    slots = re.findall(r'slot \{\s*number: (\d+) name: "([^"]+)"(.*)', text)
    return {name: int(number) for number, name, rest in slots if not re.search(r"since: [2-9]", rest)}


def tlv(tag, value):
    return u(8, tag) + lp(16, value)


HANDLING = (
    tlv(1, "GREEN") + tlv(2, "P") + tlv(3, "1") + tlv(4, "B") + tlv(5, lp(8, "prevention") + lp(8, "safeguarding"))
    + tlv(7, "no") + tlv(8, u(64, 1_900_000_000_000)) + tlv(11, "AMBER")
)
ATTRIBUTES = {"place": tlv(2, "fact"), "title": tlv(1, "GREEN") + tlv(5, "Volunteer 7")}


# --- CRYPTO.md, "Record" ---


def next_salt(salt):
    return sha256(label("TDGslt1"), salt)[:16]


def rung_hash(salt, slot, rung, kind, attributes, value):
    return sha256(
        label("TDGrng1"), salt, u(16, slot), u(8, rung), u(8, kind), lp(16, attributes), lp(32, value)
    )


def leb128(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def statement(kind, version, record_id, revision, prev_leaf, author, act, handling, n, root):
    return (
        label("TDGstm1") + u(8, 1) + u(32, kind) + u(16, version) + record_id + u(32, revision) + prev_leaf + author
        + u(64, SENT_MS) + u(8, act) + lp(16, handling) + u(16, n) + root
    )


class Record:
    """A report and the view of it that a partner gets."""

    def __init__(self, author, name):
        numbers = slots_of("report")
        names = {number: slot for slot, number in numbers.items()}
        leaves, opened, positions = [], b"", []
        for slot in range(len(numbers)):
            field = names[slot]
            if field not in REPORT:
                leaves.append(invented(f"{name} absent {slot}"))
                continue
            kind, values = REPORT[field]
            attributes = ATTRIBUTES.get(field, b"")
            salt, salts, rungs = invented(f"{name} salt {slot}")[:16], [], []
            for rung, value in enumerate(values):
                salts.append(salt)
                rungs.append(rung_hash(salt, slot, rung, kind, attributes, value))
                salt = next_salt(salt)
            leaves.append(leaf_hash(label("TDGfld1") + u(16, slot) + u(8, len(rungs)) + b"".join(rungs)))
            if field not in GOES:
                continue
            rung = GOES[field]
            positions.append(slot)
            opened += u(8, slot) + u(8, rung) + b"".join(rungs[:rung]) + salts[rung] + u(8, kind)
            opened += leb128(len(attributes)) + attributes + leb128(len(values[rung])) + values[rung]
        self.statement = statement(
            1, 1, invented(name + " id")[:16], 0, bytes(32), author.log_fpr, 0, HANDLING, len(leaves), root_of(leaves)
        )
        self.log_leaf = leaf_hash(self.statement)
        proof = multiproof(leaves, positions)
        self.view = (
            u(8, 2) + lp(16, self.statement) + u(16, len(positions)) + opened + u(16, len(proof)) + b"".join(proof)
        )
        self.openings = b"".join(u(16, numbers[field]) + u(8, rung) for field, rung in
                                 sorted(GOES.items(), key=lambda item: numbers[item[0]]))
        self.recall = statement(
            1, 1, invented(name + " id")[:16], 1, self.log_leaf, author.log_fpr, 2, tlv(1, "GREEN"), 0, sha256(b"")
        )


# --- CRYPTO.md, "Invitation and pairing" ---


class Pair:
    def __init__(self, a, b, secret_a, secret_b):
        (low, r_low), (high, r_high) = sorted([(a.governance_fpr, secret_a), (b.governance_fpr, secret_b)])
        self.id = sha256(label("TDGpai1"), low, high)[:16]
        self.psk_0 = hkdf_expand(hkdf_extract(low + high, r_low + r_high), b"TDG pair psk", 32)

    def psk(self, epoch):
        psk = self.psk_0
        for _ in range(epoch):
            psk = hkdf_expand(psk, b"TDG psk next", 32)
        return psk

    def feed(self, sender):
        return sha256(label("TDGfee1"), sender.log_fpr, self.id)[:16]

    def proof(self, prover, verifier, transcript):
        return hkdf_expand(
            self.psk_0, b"TDG pair proof" + prover.governance_fpr + verifier.governance_fpr + transcript, 32
        )


# --- PARCEL.md, "Plaintext"; CRYPTO.md, "Parcel" and "Envelope" ---


def parcel(sender, recipient, pair, epoch, after, cursor):
    kept, recalled = Record(sender, "kept"), Record(sender, "recalled")
    log = [kept.log_leaf, recalled.log_leaf, leaf_hash(recalled.recall)]
    salt = invented("parcel salt")[:16]
    purpose = "prevention"
    proof = multiproof(log, [0, 2])
    section = (
        lp(16, sender.vkey) + lp(16, sender.checkpoint(log)) + u(64, 0) + u(8, 0) + u(32, len(proof)) + b"".join(proof)
        + u(32, 1) + u(64, 0) + lp(16, purpose) + lp(32, kept.view) + u(32, 1) + u(64, 2) + lp(16, recalled.recall)
    )
    withdrawals = recalled.log_leaf + u(16, 0) + kept.log_leaf + u(16, 1) + u(16, slots_of("report")["title"]) + u(8, 0)
    instants = kept.log_leaf + u(8, 2) + u(64, 1_900_000_000_000)
    plaintext = (
        label("TDGpcl1") + salt + u(16, 1) + section + u(32, 2) + withdrawals + u(32, 1) + instants + lp(16, cursor)
    )
    contents = root_of([leaf_hash(label("TDGcon1") + salt + kept.log_leaf + lp(16, kept.openings) + lp(16, purpose))])
    feed, seq = pair.feed(sender), 7
    info = label("TDGhpk1") + sender.log_fpr + recipient.kem_fpr + recipient.kem_id + feed + u(64, seq)
    psk_id = label("TDGpsk1") + pair.id + u(32, epoch)
    hpke = HpkeSender(recipient.kem, invented("ephemeral"), info, pair.psk(epoch), psk_id)
    size = max(4096, 1 << len(plaintext).bit_length())
    padded = plaintext + b"\x80" + bytes(size - len(plaintext) - 1)
    chunk = hpke.seal(label("TDGchk1") + u(32, 0) + u(8, 1), padded)
    manifest = (
        label("TDGman1") + u(8, 3) + sender.log_fpr + recipient.kem_fpr + sender.delivery_fpr + feed + u(64, seq)
        + sha256(after) + u(64, SENT_MS) + recipient.kem_id + u(32, epoch) + u(32, 1) + contents + hpke.enc
        + hpke.export(b"TDG key commitment", 32) + u(32, 1) + sha256(chunk)
    )
    return {
        "manifest": manifest, "signature": sender.sign("delivery", manifest), "chunk": chunk, "plaintext": plaintext,
        "statement": kept.statement, "view": kept.view, "leaf": kept.log_leaf, "recall": recalled.recall,
        "recalled_leaf": recalled.log_leaf, "epoch": epoch, "after": after, "cursor": cursor,
    }


def receipts(signer, manifest):
    def receipt(kind, counts, layer, unwanted, erased):
        head = label("TDGrcp1") + u(8, kind) + sha256(manifest) + signer.delivery_fpr + u(64, SENT_MS)
        body = head + b"".join(u(32, count) for count in counts) + u(8, layer) + u(32, len(unwanted)) + b"".join(unwanted)
        body += u(32, len(erased)) + b"".join(one + u(32, 0) * 3 for one in erased) + lp(16, b"")
        return {"bytes": body, "signature": signer.sign("delivery", body)}

    return {
        "stored": receipt(1, (2, 1, 3), 0, [invented("unwanted")], [invented("erased")]),
        "refused": receipt(2, (0, 0, 0), 9, [], []),
        "erased": receipt(3, (0, 0, 0), 0, [], [invented("erased")]),
    }


def invitation(inviter, secret):
    """PARTNER.md, "Invitation": without a code."""
    return (
        label("TDGinv1") + u(8, 0) + invented("invitation")[:16] + u(64, SENT_MS) + u(64, SENT_MS + 604_800_000)
        + lp(16, "charity.example:7443") + lp(16, inviter.signed("governance", inviter.key_notice))
        + lp(16, inviter.signed("delivery", inviter.kem_notice)) + secret
    )


# --- CRYPTO.md, "At rest"; FEED.md, "What each side keeps, in bytes" ---


def keyring(master, index_key, epoch_key):
    head = label("TDGkrg1") + u(8, 0) + u(32, 0) + u(64, 0) + invented("keyring salt")[:16]
    nonce = invented("keyring nonce")[:24]
    wrap = hkdf_expand(hkdf_extract(invented("keyring salt")[:16], master), b"TDG keyring wrap", 32)
    contents = u(8, 1) + u(32, 2) + index_key + u(16, 1) + u(32, 1) + u(8, 1) + lp(8, "") + epoch_key + u(32, 0)
    return head + nonce + xchacha20_poly1305(wrap, nonce, head + nonce, contents)


def sealed_value(epoch_key, table, key, value):
    aad = label("TDGlmd1") + u(8, 1) + u(32, 1) + lp(8, table) + lp(16, key)
    nonce = invented("nonce of a value")[:24]
    return u(8, 1) + u(32, 1) + nonce + xchacha20_poly1305(epoch_key, nonce, aad, value)


def frontier():
    decided, older = invented("a decision"), invented("an older decision")
    pieces = [(2048, decided, decided), (4096, decided, bytes(32)), (4100, older, b"\xff" * 32)]
    return (
        u(8, 2) + u(64, 3000) + u(64, 7) + u(16, len(pieces))
        + b"".join(u(64, last) + tightened + of for last, tightened, of in pieces)
    )


def rows(receipt):
    return {
        "number": label("TDGnum1") + u(64, 7),
        "standing": label("TDGstd1") + u(64, 7) + lp(32, "a cursor"),
        "outbox": label("TDGout1") + lp(32, receipt["bytes"]) + receipt["signature"],
        "used": label("TDGuse1") + u(64, 12) + u(64, 3456) + u(64, 20509) + u(64, 5),
        "looked": label("TDGsee1") + u(64, 17) + u(64, 3),
    }


def answers():
    charity, bank = Node("charity", "ngo"), Node("bank", "bank")
    secret_a, secret_b = invented("secret of the charity"), invented("secret of the bank")
    pair = Pair(charity, bank, secret_a, secret_b)
    letter = invitation(charity, secret_a)
    transcript = sha256(label("TDGptr1"), sha256(letter), sha256(b"a reply"))
    epoch_key, index_key = invented("key of an epoch"), invented("index key")
    cursor = sealed_value(epoch_key, "cursor", "bank", frontier())
    sent = parcel(charity, bank, pair, 3, b"the cursor before", cursor)
    told = receipts(bank, sent["manifest"])
    report = slots_of("report")
    return {
        "nodes": {
            name: {
                "delivery_seed": node.seeds["delivery"], "kem_key": node.seeds["kem"], "kem": node.kem,
                "governance_fpr": node.governance_fpr, "log_fpr": node.log_fpr, "delivery": node.delivery,
                "delivery_fpr": node.delivery_fpr, "kem_fpr": node.kem_fpr, "kem_id": node.kem_id, "vkey": node.vkey,
                "key_notice": node.signed("governance", node.key_notice),
                "kem_notice": node.signed("delivery", node.kem_notice),
            }
            for name, node in (("charity", charity), ("bank", bank))
        },
        "pair": {
            "id": pair.id, "feed": pair.feed(charity), "secret_a": secret_a, "secret_b": secret_b, "psk_0": pair.psk(0),
            "psk_3": pair.psk(3), "reply_hash": sha256(b"a reply"), "transcript": transcript,
            "proof": pair.proof(charity, bank, transcript), "invitation": letter,
            "invitation_fpr": sha256(label("TDGivf1"), letter)[:16],
        },
        "values": [
            {"slot": report[field], "rung": rung, "value": value}
            for field, (_, rungs) in REPORT.items() for rung, value in enumerate(rungs)
        ],
        "handling": HANDLING,
        "attributes": list(ATTRIBUTES.values()),
        "parcel": sent,
        "receipts": told,
        "at_rest": {
            "master": invented("master"), "keyring": keyring(invented("master"), index_key, epoch_key),
            "frontier": frontier(), "rows": rows(told["stored"]),
        },
    }


def as_json(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: as_json(one) for key, one in value.items()}
    return [as_json(one) for one in value] if isinstance(value, list) else value


def main():
    path = HERE / "answers.json"
    text = json.dumps(as_json(answers()), indent=1) + "\n"
    if sys.argv[1:] == ["--check"]:
        if path.read_text() != text:
            sys.exit(f"{path.name} is not what this program writes: run it without --check and see what changed")
        print("1 passed, 0 failed")
        return
    path.write_text(text)


if __name__ == "__main__":
    main()
