"""A run's bench: two hosts, the network between them, what is recorded.

Comes in: what a scenario asks for. Goes out: the files that run.py names.
"""

import contextlib
import json
import time

import truth
from lab import MACS, Namespace, expect
from packets import Frame, read_pcap, write_pcap
from relay import Counters, Relay, real_time

PORT = 3001
IPV4 = {"a": "10.0.0.1", "b": "10.0.0.2"}
IPV6 = {"a": "fd00::1", "b": "fd00::2"}
MOVING = ("TcpOutSegs", "TcpInSegs", "TcpRetransSegs")


class Run:
    """One scenario with one seed: two hosts, the relay, the captures."""

    def __init__(self, lab, seed):
        self.lab, self.seed, self.meta = lab, seed, {"sysctls": {}}
        self.hosts, self.relay, self.captures = {}, None, contextlib.ExitStack()
        self.client, self.addresses, self.twice = "a", IPV4, False

    def network(self, delay=0.002, sysctls=(), offload=False, split=False, twice=False, ipv6=False):
        """Makes hosts and wire and begins to record. `sysctls` for both hosts
        unless the key begins with `a:` or `b:`; `twice` leaves
        two more recordings that have every frame twice: `r.pcap`, made at the
        relay, on its way in and on its way out, and `doubled.pcap`."""
        self.relay, self.addresses = Relay(delay, split), IPV6 if ipv6 else IPV4
        self.hosts, self.twice = {side: Namespace() for side in "ab"}, twice
        for (side, host), mac, end in zip(self.hosts.items(), MACS, ("w0", "w1")):
            self.lab.interface(host, "eth0", self.relay.namespace, end, mac, offload=offload)
            if offload:
                host.run("ethtool -K eth0 tso on gso on gro on")
            host.sysctl("ipv4/tcp_no_metrics_save", 1)
            self.lab.address(host, self.addresses[side] + ("/64" if ipv6 else "/24"))
        for side, other, mac in (("a", "b", MACS[1]), ("b", "a", MACS[0])):
            self.lab.know(self.hosts[side], self.addresses[other], mac)
        for key, value in dict(sysctls).items():
            sides, key = (key[0], key[2:]) if key[1:2] == ":" else ("ab", key)
            for side in sides:
                self.hosts[side].sysctl(f"ipv4/{key}", value)
                self.meta["sysctls"][f"{side}:{key}"] = value
        self.relay.counters = {side: Counters(host) for side, host in self.hosts.items()}
        self.lab.started(self.relay)
        # Making a buffer of 32 MiB stops its CPU, real-time threads and all, for 0.2 seconds on a machine that has not used
        # that memory yet. What a small one loses, tcpdump counts.
        extra = ("-s", "66000" if offload else "2000", "-B", "4096", "--time-stamp-precision=nano")
        for side, host in self.hosts.items():
            self.captures.enter_context(self.lab.capture(host, f"{side}.pcap", "eth0", *extra, packed=offload))
        if twice:
            self.captures.enter_context(self.lab.capture(self.relay.namespace, "r.pcap", "any", *extra))
        for side in "ab":
            self.relay.sample(side)

    def fault(self, *faults):
        """Adds faults to the network."""
        self.relay.faults.extend(faults)
        return faults[0]

    def listen(self, port=PORT, backlog=64):
        """A listening socket at the server."""
        return self.lab.listen(self.hosts[self.server], (self.addresses[self.server], port), backlog)

    @property
    def server(self):
        """The side that accepts."""
        return "b" if self.client == "a" else "a"

    def connected(self, port=PORT, source=0):
        """A connection: the sockets of a and b, whoever called whom."""
        listener = self.listen(port)
        ends = self.lab.connect(self.hosts[self.client], (self.addresses[self.server], port), ("", source), listener)
        for end in ends:
            end.settimeout(60)
        return ends if self.client == "a" else ends[::-1]

    def finish(self):
        """Waits until nothing moves, ends the recording, leaves the truth."""
        relay, last = self.relay, self._moved()
        for _ in range(20):
            time.sleep(0.25)
            before, last = last, self._moved()
            if before == last:
                break
        for side in "ab":
            relay.sample(side)
        self.captures.close()
        real_time(False)  # what follows may take its time
        truth.in_time(relay.late, "the relay")
        if self.twice:
            expect(len(read_pcap(self.lab.path("r.pcap"))[0]) == len(relay.log), "r.pcap is not complete")
            self._double()
        expect(self._moved() == last, "something moved after the end")
        expect(relay.drops() == 0, "the relay's sockets dropped frames")
        return self._leave()

    def _moved(self):
        now = {side: counters.now() for side, counters in self.relay.counters.items()}
        return [now[side][name] for side in "ab" for name in MOVING]

    def _leave(self):
        relay, samples = self.relay, {"a": [], "b": []}
        for side, when, raw in relay.samples:
            samples[side].append((when, Counters.named(raw)))
        captures = {side: truth.read(self.lab.path(f"{side}.pcap")) for side in "ab"}
        found = truth.of_run(captures, relay.log, samples, relay.split)
        for side in "ab":
            self.write(f"truth_{side}.json", found[side])
        before, after = ({side: samples[side][end][1] for side in "ab"} for end in (0, -1))
        rise = {side: {k: after[side][k] - v for k, v in before[side].items() if after[side][k] != v} for side in "ab"}
        self.write("counters.json", {"before": before, "after": after, "rise": rise})
        with open(self.lab.path("relay.jsonl"), "w") as file:
            file.writelines(json.dumps(entry) + "\n" for entry in relay.log)
        faults = {}
        for entry in relay.log:
            if entry.get("fault"):
                faults[entry["fault"]] = faults.get(entry["fault"], 0) + 1
        self.meta |= {"seed": self.seed, "client": self.client, "delay": relay.delay, "faults": faults}
        self.meta["relay_late"] = relay.late
        return found, rise

    def _double(self):
        """Host a's recording as a mirrored port gives it: every frame again,
        some microseconds later."""
        frames, link = read_pcap(self.lab.path("a.pcap"))
        again = [Frame(frame.data, frame.time + 2000 + frame.time % 7000, link=link) for frame in frames]
        doubled = sorted(frames + again, key=lambda frame: frame.time)
        write_pcap(self.lab.path("doubled.pcap"), doubled, link, nano=True)

    def write(self, name, what):
        """Leaves a JSON file in the run's folder."""
        with open(self.lab.path(name), "w") as file:
            json.dump(what, file, indent=1)
            file.write("\n")
