"""One connection from end to end, and its message over UDP."""

import gzip
import subprocess
import time
from socket import SOCK_DGRAM

from lab import MACS, expect, frames, receive, told

IDENTIFY = b"IDENTIFY:CE:96:C2:78:27:FC\n"
LOCATION = b"location"


def make_pet_collar(lab):
    """A collar names itself, reports its location, and leaves."""
    client, server, _ = lab.pair(delay=0.002, arp=True, timestamps=False)
    # The collar remembers the server's MAC, the server has to ask for the
    # collar's: so the connection is the first conversation, ARP the second.
    lab.know(client, "10.0.0.2", MACS[1])
    listener = lab.listen(server, ("10.0.0.2", 3001))
    with lab.capture(client, "pet-collar.pcap") as path:
        collar, accepted = lab.connect(client, ("10.0.0.2", 3001), ("", 3572), listener)
        time.sleep(0.1)
        collar.sendall(IDENTIFY)
        receive(accepted, len(IDENTIFY))
        accepted.sendall(b"OK\n")
        receive(collar, 3)
        time.sleep(0.5)
        collar.sendall(LOCATION)
        receive(accepted, len(LOCATION))
        time.sleep(0.5)
        collar.close()
        expect(accepted.recv(1) == b"", "no end of stream")
        time.sleep(0.2)
        accepted.close()
    found = frames(path)
    expect([f.arp for f in found[:4]] == [None, 1, 2, None], "the server does not ask after the SYN")
    lines = told(found, "10.0.0.1")
    opening, data = ["> S", "< SA", "> A"], ["> PA 27", "< A", "< PA 3", "> A", "> PA 8", "< A"]
    expect(lines == opening + data + ["> FA", "< A", "< FA", "> A"], f"recorded {lines}")
    sizes = {f.payload: f.original for f in found if f.payload}
    expect(sizes[IDENTIFY] == 81 and sizes[LOCATION] == 62, f"packet sizes {sizes}")
    with open(path, "rb") as plain, open(path + ".gz", "wb") as packed:
        packed.write(gzip.compress(plain.read(), mtime=0))
    subprocess.run(["zstd", "-q", "-19", "-o", path + ".zst", path], check=True)


def make_udp(lab):
    """The same message over UDP: 50 bytes and no connection."""
    client, server, _ = lab.pair(delay=0.002)
    service = lab.keep(server.socket(kind=SOCK_DGRAM))
    service.bind(("10.0.0.2", 3001))
    collar = lab.keep(client.socket(kind=SOCK_DGRAM))
    collar.bind(("", 3572))
    with lab.capture(client, "udp.pcap") as path:
        for _ in range(2):
            collar.sendto(LOCATION, ("10.0.0.2", 3001))
            message, sender = service.recvfrom(100)
            expect(message == LOCATION, "not the message sent")
            service.sendto(b"OK\n", sender)
            collar.recv(100)
            time.sleep(0.3)
    found = frames(path)
    expect([f.original for f in found] == [50, 45] * 2, f"packet sizes {[f.original for f in found]}")
