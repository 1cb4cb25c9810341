"""The hub's wire form: length-prefixed msgpack maps, and single values written in a chosen width."""

import struct

import msgpack


def body(message):
    """A map as msgpack; a message that is bytes already is a body made by hand."""
    return message if isinstance(message, bytes) else msgpack.packb(message, use_bin_type=True)


def frame(message):
    """4 bytes big-endian length, then the body."""
    packed = body(message)
    return struct.pack(">I", len(packed)) + packed


class NotOneMap(Exception):
    """A body from a hub that is not one msgpack map with each key once. Always the hub's fault."""


def _pairs(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise NotOneMap(f"a key appears twice: {keys}")
    return dict(pairs)


def decode(packed):
    """A body as comm-ipc reads it, and stricter: no key twice, at any depth."""
    message = msgpack.unpackb(packed, raw=False, object_pairs_hook=_pairs)
    if not isinstance(message, dict):
        raise NotOneMap(f"not a map: {packed[:32].hex()}")
    return message


def raw_values(packed):
    """{key: the value's own bytes} of a body's top level, to see widths that decoding forgets."""
    unpacker = msgpack.Unpacker(raw=False, max_buffer_size=len(packed) + 1)
    unpacker.feed(packed)
    values = {}
    for _ in range(unpacker.read_map_header()):
        key = unpacker.unpack()
        start = unpacker.tell()
        unpacker.skip()
        values[key] = packed[start:unpacker.tell()]
    return values


# Values in one particular width. A packer always chooses the narrowest, so these are written by hand.

def uint(width, value):
    return {8: b"\xcc", 16: b"\xcd", 32: b"\xce", 64: b"\xcf"}[width] + value.to_bytes(width // 8, "big")


def sint(width, value):
    return {8: b"\xd0", 16: b"\xd1", 32: b"\xd2", 64: b"\xd3"}[width] + value.to_bytes(width // 8, "big", signed=True)


def float32(value):
    return b"\xca" + struct.pack(">f", value)


def float64(value):
    return b"\xcb" + struct.pack(">d", value)


def string(width, text):
    encoded = text.encode()
    return {8: b"\xd9", 16: b"\xda", 32: b"\xdb"}[width] + len(encoded).to_bytes(width // 8, "big") + encoded


def binary(width, content):
    return {8: b"\xc4", 16: b"\xc5", 32: b"\xc6"}[width] + len(content).to_bytes(width // 8, "big") + content


def extension(width, code, content):
    head = {8: b"\xc7", 16: b"\xc8", 32: b"\xc9"}[width]
    return head + len(content).to_bytes(width // 8, "big") + struct.pack(">b", code) + content


def array(width, *items):
    return {16: b"\xdc", 32: b"\xdd"}[width] + len(items).to_bytes(width // 8, "big") + b"".join(items)


def mapping(*pairs, width=16):
    """A map of ready-made key and value bytes; a str key or any plain value is packed in the usual way."""
    packed = b"".join(body_or_packed(part) for pair in pairs for part in pair)
    return {16: b"\xde", 32: b"\xdf"}[width] + len(pairs).to_bytes(width // 8, "big") + packed


def body_or_packed(part):
    return part if isinstance(part, bytes) else msgpack.packb(part)


def message_with(fields, **values):
    """`fields` packed as usual, and further keys whose values are given as bytes of msgpack."""
    return mapping(*fields.items(), *values.items())
