"""What the pages take from others' standards: RFC 8032, 7748, 8439, 5869, 9180 and XChaCha20. Slow, and for tests alone."""

import hashlib
import hmac

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# --- Ed25519 (RFC 8032) ---


def _add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(n, point):
    out = (0, 1, 1, 0)
    while n:
        if n & 1:
            out = _add(out, point)
        point = _add(point, point)
        n >>= 1
    return out


def _base():
    y = 4 * pow(5, P - 2, P) % P
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x & 1:
        x = P - x
    return x, y, 1, x * y % P


BASE = _base()


def _compressed(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _scalar(seed):
    digest = hashlib.sha512(seed).digest()
    number = int.from_bytes(digest[:32], "little")
    return number & ~(7 | 1 << 255) & (1 << 255) - 1 | 1 << 254, digest[32:]


def ed25519_public(seed):
    return _compressed(_times(_scalar(seed)[0], BASE))


def ed25519_sign(seed, message):
    scalar, prefix = _scalar(seed)
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % L
    front = _compressed(_times(r, BASE))
    k = int.from_bytes(hashlib.sha512(front + ed25519_public(seed) + message).digest(), "little") % L
    return front + ((r + k * scalar) % L).to_bytes(32, "little")


# --- X25519 (RFC 7748) ---


def x25519(scalar, point=(9).to_bytes(32, "little")):
    n = int.from_bytes(scalar, "little") & ~(7 | 1 << 255) | 1 << 254
    u = int.from_bytes(point, "little") & (1 << 255) - 1
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for bit in reversed(range(255)):
        now = n >> bit & 1
        if swap != now:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = now
        a, b = x2 + z2, x2 - z2
        aa, bb = a * a % P, b * b % P
        da, cb = (x3 - z3) * a % P, (x3 + z3) * b % P
        x3, z3 = (da + cb) ** 2 % P, u * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, (aa - bb) * (aa + 121665 * (aa - bb)) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


# --- ChaCha20-Poly1305 (RFC 8439) and XChaCha20-Poly1305 ---


def _rounds(state):
    s = list(state)

    def quarter(a, b, c, d):
        for x, y, z, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] = s[x] + s[y] & 0xFFFFFFFF
            s[z] ^= s[x]
            s[z] = (s[z] << turn | s[z] >> 32 - turn) & 0xFFFFFFFF

    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return s


def _words(data):
    return [int.from_bytes(data[i : i + 4], "little") for i in range(0, len(data), 4)]


def _bytes(words):
    return b"".join(word.to_bytes(4, "little") for word in words)


SIGMA = _words(b"expand 32-byte k")


def _chacha20(key, counter, nonce, data):
    out = bytearray()
    for i in range(0, len(data), 64):
        state = SIGMA + _words(key) + [counter + i // 64] + _words(nonce)
        stream = _bytes([a + b & 0xFFFFFFFF for a, b in zip(state, _rounds(state))])
        out += bytes(a ^ b for a, b in zip(data[i : i + 64], stream))
    return bytes(out)


def chacha20_poly1305(key, nonce, aad, plaintext):
    one_time = _chacha20(key, 0, nonce, bytes(64))
    r = int.from_bytes(one_time[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    sealed = _chacha20(key, 1, nonce, plaintext)

    def padded(data):
        return data + bytes(-len(data) % 16)

    message = padded(aad) + padded(sealed) + len(aad).to_bytes(8, "little") + len(sealed).to_bytes(8, "little")
    total = 0
    for i in range(0, len(message), 16):
        total = (total + int.from_bytes(message[i : i + 16] + b"\x01", "little")) * r % (2**130 - 5)
    tag = total + int.from_bytes(one_time[16:32], "little") & (1 << 128) - 1
    return sealed + tag.to_bytes(16, "little")


def xchacha20_poly1305(key, nonce, aad, plaintext):
    state = _rounds(SIGMA + _words(key) + _words(nonce[:16]))
    return chacha20_poly1305(_bytes(state[:4] + state[12:]), bytes(4) + nonce[16:], aad, plaintext)


# --- HKDF (RFC 5869) ---


def hkdf_extract(salt, ikm):
    return hmac.new(salt or bytes(32), ikm, hashlib.sha256).digest()


def hkdf_expand(prk, info, length):
    out, block = b"", b""
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes([len(out) // 32 + 1]), hashlib.sha256).digest()
        out += block
    return out[:length]


# --- HPKE (RFC 9180): mode_psk, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305 ---


class HpkeSender:
    def __init__(self, recipient, ephemeral, info, psk, psk_id):
        kem = b"KEM\x00\x20"
        suite = b"HPKE\x00\x20\x00\x01\x00\x03"
        self.enc = x25519(ephemeral)

        def extract(suite_id, salt, label, ikm):
            return hkdf_extract(salt, b"HPKE-v1" + suite_id + label + ikm)

        def expand(suite_id, prk, label, more, length):
            return hkdf_expand(prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite_id + label + more, length)

        prk = extract(kem, b"", b"eae_prk", x25519(ephemeral, recipient))
        shared = expand(kem, prk, b"shared_secret", self.enc + recipient, 32)
        context = b"\x01" + extract(suite, b"", b"psk_id_hash", psk_id) + extract(suite, b"", b"info_hash", info)
        secret = extract(suite, shared, b"secret", psk)
        self._key = expand(suite, secret, b"key", context, 32)
        self._nonce = int.from_bytes(expand(suite, secret, b"base_nonce", context, 12), "big")
        exporter = expand(suite, secret, b"exp", context, 32)
        self.export = lambda label, length: expand(suite, exporter, b"sec", label, length)
        self._messages = 0

    def seal(self, aad, plaintext):
        nonce = (self._nonce ^ self._messages).to_bytes(12, "big")
        self._messages += 1
        return chacha20_poly1305(self._key, nonce, aad, plaintext)
