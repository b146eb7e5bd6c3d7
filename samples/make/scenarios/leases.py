"""Addresses on loan: DHCP and DHCPv6 between real servers and clients
(dnsmasq, ISC dhclient and dhcrelay, BusyBox udhcpc, dhcpcd)."""

import time

from lab import Namespace, expect
from packets import read_pcap
from programs import Files, Program

SCRIPT = """#!/bin/sh
case "$1$reason" in
bound*|renew*|BOUND|RENEW|REBIND|REBOOT)
    address=${ip:-$new_ip_address}
    [ -n "$address" ] && ip addr replace "$address/24" dev "$interface" ;;
*6)
    [ -n "$new_ip6_address" ] && ip -6 addr replace "$new_ip6_address/64" dev "$interface" nodad ;;
esac
exit 0
"""


def serve(lab, files, host, name, *options, device="eth0"):
    """A dnsmasq that only leases addresses."""
    leases = files.path(f"{name}.leases")
    command = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--user=root",
               "--pid-file", f"--interface={device}", "--bind-interfaces", "--no-ping",
               f"--dhcp-leasefile={leases}", *options]  # fmt: skip
    program = Program(lab, host, command)
    time.sleep(0.7)
    expect(program.process.poll() is None, "dnsmasq does not run")
    return program


def dhclient(lab, files, host, *options, lease=None, name="client", device="eth0"):
    """An ISC client in the foreground, with a lease file of its own."""
    script = files.path("script", SCRIPT, executable=True)
    leases = files.path(f"{name}.leases", lease or "")
    process_id = files.path(f"{name}.pid")
    command = ["dhclient", "-d", "-sf", script, "-lf", leases, "-pf", process_id, "-cf", "/dev/null", *options]
    return Program(lab, host, [*command, device])


def messages(path):
    """What each DHCP message of a capture is, by number; other frames are 0."""
    found, _ = read_pcap(path)
    kinds = []
    for frame in found:
        at = frame.data.find(b"\x63\x82\x53\x63\x35\x01")
        kinds.append(frame.data[at + 6] if at > 0 else 0)
    return [kind for kind in kinds if kind]


def contains_in_order(kinds, wanted):
    """Whether the wanted kinds come in that order, with others between."""
    rest = iter(kinds)
    return all(kind in rest for kind in wanted)


def leased(lab):
    """A client without an address, and a server of them."""
    client, server, _ = lab.pair(delay=0.001)
    client.run("ip addr flush dev eth0")
    client.run("ip neigh flush all")
    return client, server, Files(lab)


def _bridged(lab, server):
    """A third host on the network of the server, which becomes a switch."""
    third = Namespace()
    server.run("ip link add bridge0 type bridge")
    server.run("ip addr flush dev eth0")
    lab.interface(third, "eth0", server, "eth1", mac="02:00:00:00:0a:03")
    for device in ("eth0", "eth1"):
        server.run(f"ip link set {device} master bridge0")
    server.run("ip link set bridge0 up")
    lab.address(server, "10.0.0.2/24", "bridge0")
    return third


RANGE = "--dhcp-range=10.0.0.50,10.0.0.59,255.255.255.0,2m"
SETTINGS = ("--dhcp-option=3,10.0.0.2", "--dhcp-option=6,10.0.0.53", "--dhcp-option=15,example.com")


def make_dhcp(lab):
    """Four messages give a lease; it is renewed at T1, rebound at T2 when its
    server does not answer, and given back."""
    client, server, files = leased(lab)
    serve(lab, files, server, "server", RANGE, *SETTINGS, "--dhcp-option=58,6", "--dhcp-option=59,12")
    with lab.capture(client, "dhcp.pcap", "eth0", "udp") as path:
        program = dhclient(lab, files, client, "-v")
        time.sleep(9)
        server.firewall("input", "ip daddr 10.0.0.2 udp dport 67 drop")
        time.sleep(15)
        server.run("nft flush ruleset")
        program.close()
        dhclient(lab, files, client, "-r", lease=open(lab.path("client.leases")).read()).ended()
    kinds = messages(path)
    expect(contains_in_order(kinds, [1, 2, 3, 5, 3, 5, 3, 5, 7]), f"recorded {kinds}")


def make_dhcp_refused(lab):
    """A client comes back with an address of another network and is refused;
    then another host uses the address that it is given."""
    client, server, files = leased(lab)
    owner = _bridged(lab, server)
    lab.address(owner, "10.0.0.50/24")
    serve(lab, files, server, "server", RANGE, *SETTINGS, "--dhcp-authoritative", device="bridge0")
    old = """lease {
  interface "eth0";
  fixed-address 192.0.2.77;
  option subnet-mask 255.255.255.0;
  option dhcp-lease-time 864000;
  option dhcp-message-type 5;
  option dhcp-server-identifier 192.0.2.1;
  renew 0 2037/01/04 00:00:00;
  rebind 0 2037/01/04 00:00:00;
  expire 0 2037/01/04 00:00:00;
}
"""
    with lab.capture(client, "dhcp-refused.pcap") as path:
        program = dhclient(lab, files, client, "-v", lease=old)
        time.sleep(4)
        program.close()
        client.run("ip addr flush dev eth0")
        script = files.path("script", SCRIPT, executable=True)
        client.run("ip link set eth0 address 02:00:00:00:0a:07")
        second = Program(lab, client, ["udhcpc", "-f", "-i", "eth0", "-a", "-s", script, "-r", "10.0.0.50", "-A", "2"])
        time.sleep(7)
        second.close()
    kinds = messages(path)
    expect(contains_in_order(kinds, [3, 6, 1, 2, 3, 5]) and 4 in kinds, f"recorded {kinds}")


def make_dhcp_two_servers(lab):
    """A second server that nobody meant to be there offers another gateway."""
    client, server, files = leased(lab)
    second = _bridged(lab, server)
    lab.address(second, "10.0.0.3/24")
    serve(lab, files, server, "first", RANGE, *SETTINGS, device="bridge0")
    serve(lab, files, second, "second", "--dhcp-range=10.0.0.150,10.0.0.159,255.255.255.0,12h",
          "--dhcp-option=3,10.0.0.3", "--dhcp-option=6,10.0.0.3")  # fmt: skip
    script = files.path("script", SCRIPT, executable=True)
    with lab.capture(client, "dhcp-two-servers.pcap", "eth0", "udp") as path:
        Program(lab, client, ["udhcpc", "-f", "-q", "-i", "eth0", "-s", script]).ended()
    kinds = messages(path)
    expect(kinds.count(2) == 2 and contains_in_order(kinds, [1, 2, 2, 3, 5]) or contains_in_order(kinds, [1, 2, 3, 2, 5]),
           f"recorded {kinds}")  # fmt: skip


def make_dhcp_unanswered(lab):
    """Nobody leases addresses here: three times a client asks in vain."""
    client, _, files = leased(lab)
    script = files.path("script", SCRIPT, executable=True)
    with lab.capture(client, "dhcp-unanswered.pcap", "eth0", "udp") as path:
        Program(lab, client, ["udhcpc", "-f", "-n", "-i", "eth0", "-s", script, "-t", "3", "-T", "3"]).ended()
    kinds = messages(path)
    expect(kinds == [1, 1, 1], f"recorded {kinds}")


def make_dhcp_relay(lab):
    """The server is on another network; a relay passes on what the client
    broadcasts, and adds where it heard it. Recorded at the relay, on both sides."""
    client, relay, _ = lab.pair(delay=0.001)
    server, files = Namespace(), Files(lab)
    client.run("ip addr flush dev eth0")
    lab.interface(relay, "eth1", server, "eth0")
    lab.address(relay, "198.51.100.1/24", "eth1")
    lab.address(server, "198.51.100.2/24")
    server.run("ip route add 10.0.0.0/24 via 198.51.100.1")
    relay.sysctl("ipv4/ip_forward", 1)
    serve(lab, files, server, "server", RANGE, "--dhcp-option=3,10.0.0.2", "--dhcp-option=6,198.51.100.53")
    Program(lab, relay, ["dhcrelay", "-d", "--no-pid", "-a", "-id", "eth0", "-iu", "eth1", "198.51.100.2"])
    time.sleep(1)
    script = files.path("script", SCRIPT, executable=True)
    with lab.capture(relay, "dhcp-relay.pcap", "any", "udp") as path:
        Program(lab, client, ["udhcpc", "-f", "-q", "-i", "eth0", "-s", script]).ended()
    kinds = messages(path)
    expect(sorted(kinds) == [1, 1, 2, 2, 3, 3, 5, 5], f"recorded {kinds}")


def make_dhcp_inform(lab):
    """A client with an address of its own asks for the settings alone."""
    client, server, files = leased(lab)
    serve(lab, files, server, "server", RANGE, *SETTINGS)
    lab.address(client, "10.0.0.9/24")
    with lab.capture(client, "dhcp-inform.pcap", "eth0", "udp") as path:
        program = Program(lab, client, ["dhcpcd", "-B", "-4", "-f", "/dev/null", "--nodev", "--inform=10.0.0.9/24",
                                        "-c", "/bin/true", "-o", "domain_name_servers", "eth0"])  # fmt: skip
        time.sleep(7)
        program.close()
    kinds = messages(path)
    expect(kinds[:2] == [8, 5], f"recorded {kinds}")


def make_dhcpv6(lab):
    """Solicit, Advertise, Request, Reply; Renew at T1; Release; and a client that
    asks for the settings alone."""
    client, server, _ = lab.pair(delay=0.001, addresses=("10.0.0.1/24", "10.0.0.2/24"))
    files = Files(lab)
    for host in (client, server):
        host.sysctl("ipv6/conf/eth0/router_solicitations", 0)
        host.sysctl("ipv6/conf/eth0/accept_dad", 0)
        host.sysctl("ipv6/conf/eth0/disable_ipv6", 0)
    server.run("ip addr add 2001:db8:1::2/64 dev eth0 nodad")
    serve(lab, files, server, "server", "--dhcp-range=2001:db8:1::50,2001:db8:1::59,64,2m",
          "--dhcp-option=option6:dns-server,[2001:db8:1::53]", "--dhcp-option=option6:domain-search,example.com")  # fmt: skip
    time.sleep(1)
    with lab.capture(client, "dhcpv6.pcap", "eth0", "udp") as path:
        program = dhclient(lab, files, client, "-6", "-v")
        time.sleep(68)
        program.close()
        dhclient(lab, files, client, "-6", "-r", lease=open(lab.path("client.leases")).read()).ended()
        dhclient(lab, files, client, "-6", "-S", name="second")
        time.sleep(3)
    found, _ = read_pcap(path)
    kinds = [frame.payload[0] for frame in found if frame.protocol == "udp" and frame.payload]
    expect(contains_in_order(kinds, [1, 2, 3, 7, 5, 7, 8, 7, 11, 7]), f"recorded {kinds}")


def make_dhcpv6_relay(lab):
    """A relay between two links passes on a Solicit with rapid commit, which is
    answered with a Reply. Recorded at the relay, on both sides."""
    client, relay, _ = lab.pair(delay=0.001)
    server, files = Namespace(), Files(lab)
    lab.interface(relay, "eth1", server, "eth0")
    for host, devices in ((client, ["eth0"]), (relay, ["eth0", "eth1"]), (server, ["eth0"])):
        for device in devices:
            host.sysctl(f"ipv6/conf/{device}/router_solicitations", 0)
            host.sysctl(f"ipv6/conf/{device}/accept_dad", 0)
            host.sysctl(f"ipv6/conf/{device}/disable_ipv6", 0)
    for host, device, address in (
        (relay, "eth0", "2001:db8:1::1"), (relay, "eth1", "2001:db8:2::1"), (server, "eth0", "2001:db8:2::2"),
    ):  # fmt: skip
        host.run(f"ip addr add {address}/64 dev {device} nodad")
    server.run("ip route add 2001:db8:1::/64 via 2001:db8:2::1")
    relay.sysctl("ipv6/conf/all/forwarding", 1)
    serve(lab, files, server, "server", "--dhcp-range=2001:db8:1::50,2001:db8:1::59,64,2m",
          "--dhcp-option=option6:dns-server,[2001:db8:2::53]")  # fmt: skip
    Program(lab, relay, ["dhcrelay", "-6", "-d", "--no-pid", "-l", "eth0", "-u", "2001:db8:2::2%eth1"])
    time.sleep(1.5)
    rapid = files.path("rapid.conf", "send dhcp6.rapid-commit;\n")
    with lab.capture(relay, "dhcpv6-relay.pcap", "any", "udp") as path:
        dhclient(lab, files, client, "-6", "-cf", rapid)
        time.sleep(4)
    found, _ = read_pcap(path)
    kinds = [frame.payload[0] for frame in found if frame.protocol == "udp" and frame.payload]
    expect(kinds[:4] == [1, 12, 13, 7], f"recorded {kinds}")
