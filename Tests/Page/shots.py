"""The halves of Live Photos, as iPhones write them as far as anybody looks at them."""

import random
import struct

KEY = b"com.apple.quicktime.content.identifier"


def box(kind, *parts):
    content = b"".join(parts)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def movie(identifier=None, seconds=2.9, count=1000, seed=1):
    """QuickTime of a length, with bytes in which nothing is to be seen."""
    header = box(b"mvhd", bytes(12), struct.pack(">II", 600, round(600 * seconds)), bytes(80))
    meta = b""
    if identifier:
        data = box(b"data", struct.pack(">II", 1, 0), identifier.encode())
        meta = box(b"meta", box(b"hdlr", bytes(8), b"mdta", bytes(12)), box(b"keys", struct.pack(">II", 0, 1), box(b"mdta", KEY)),
                   box(b"ilst", box(struct.pack(">I", 1), data)))
    return box(b"ftyp", b"qt  ", bytes(4)) + box(b"mdat", random.Random(seed).randbytes(count)) + box(b"moov", header, meta)


def with_identifier(jpeg, identifier):
    """A JPEG with Exif that has Apple's maker notes."""
    text = identifier.encode() + b"\0"
    notes = b"Apple iOS\0\0\1MM" + struct.pack(">HHHIII", 1, 0x11, 2, len(text), 32, 0) + text
    first = struct.pack(">HHHIII", 1, 0x8769, 4, 1, 26, 0)
    exif = struct.pack(">HHHIII", 1, 0x927C, 7, len(notes), 44, 0)
    tiff = b"MM\0*" + struct.pack(">I", 8) + first + exif + notes
    segment = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(segment)) + segment + jpeg[2:]
