//! Why ours and tshark's differ where they do. Every entry names its evidence;
//! an entry that explains nothing any more fails the test.

/// One value that differs.
#[derive(Debug)]
pub struct Difference {
    /// The capture's short name.
    pub file: String,
    /// The packet's number.
    pub packet: usize,
    /// The field's name.
    pub field: &'static str,
    /// Our values, outermost layer first.
    pub ours: Vec<String>,
    /// tshark's values, outermost layer first.
    pub theirs: Vec<String>,
    /// The protocols that we saw, and whether the packet is malformed or cut.
    pub our_stack: String,
    /// The protocols that tshark saw.
    pub their_stack: String,
}

impl Difference {
    fn is_in(&self, files: &[&str]) -> bool {
        files.contains(&self.file.as_str())
    }

    fn is_about(&self, protocol: &str) -> bool {
        self.field.split(['.', ' ']).next() == Some(protocol)
    }

    /// We stopped at a header, tshark went on: ours are the first of theirs.
    fn we_stopped(&self) -> bool {
        let stopped = self.our_stack.contains("malformed") || self.our_stack.contains("truncated");
        stopped && self.theirs.starts_with(&self.ours)
    }
}

/// A reason for differences.
pub struct Reason {
    /// The differences that the reason explains.
    pub explains: fn(&Difference) -> bool,
    /// Why they are right to differ, and what proves it.
    pub because: &'static str,
}

/// Every known reason.
pub const REASONS: &[Reason] = &[
    Reason {
        explains: |it| {
            let refused = it.is_about("frame") && it.theirs.is_empty();
            refused
                && it.is_in(&[
                    "tcpdump/brcm-tag.pcap",
                    "tcpdump/brcm-tag-prepend.pcap",
                    "tcpdump/dsa.pcap",
                    "tcpdump/dsa-high-vid.pcap",
                    "tcpdump/edsa.pcap",
                    "tcpdump/edsa-high-vid.pcap",
                    "tcpdump/frf16_magic_ie-oobr.pcap",
                    "tcpdump/hoobr_juniper3.pcap",
                    "tcpdump/juniper_es_oobr.pcap",
                    "tcpdump/juniper_monitor_invalid_cookie_length.pcap",
                    "tcpdump/kday6.pcap",
                    "tcpdump/vtp_asan.pcap",
                    "tcpdump/vtp_asan-2.pcap",
                    "tcpdump/vtp_asan-3.pcap",
                ])
        },
        because: "tshark 4.0 refuses the file (\"network type … unknown or unsupported\"); the \
                  records in it are sound, we count them and say that the link type is not read",
    },
    Reason {
        explains: |it| {
            let carried = ["tcpdump/nflog.pcap", "tcpdump/ieee802.11_htc.pcap"];
            it.is_in(&carried) && it.theirs.is_empty()
        },
        because: "inside NFLOG and 802.11 we read on, where the carrier is a plain one; tshark's \
                  values behind these carriers are left out of the comparison",
    },
    Reason {
        explains: |it| it.is_in(&["tcpdump/dns_udp_8053.pcap"]) && it.theirs.is_empty(),
        because: "DNS on a port of its own: we read it where it parses whole and is asked and \
                  answered like DNS, tshark goes by the port",
    },
    Reason {
        explains: |it| {
            it.is_in(&["tcpdump/dns-badlabel.pcap", "tcpdump/dns_fwdptr.pcap"])
                && it.ours.is_empty()
                && it.is_about("dns")
        },
        because: "port 53, but no message (opcode 15, thousands of records, names that point at \
                  themselves): we do not call it DNS, tshark reads it by the port",
    },
    Reason {
        explains: |it| {
            it.is_in(&["zeek/ipv4/fragmented-syn.pcap"]) && it.ours.is_empty() && it.is_about("tcp")
        },
        because: "the first fragment ends inside TCP's header, the rest is in the next: we do not \
                  read half a header, tshark shows the fields that are there",
    },
    Reason {
        explains: |it| {
            it.is_in(&["tcpdump/vxlan_port_8472.pcap"]) && it.ours.len() > it.theirs.len()
        },
        because: "UDP port 8472 is VXLAN too, from before RFC 7348 gave it 4789, and the Linux \
                  kernel's default; tshark reads it on 4789 alone",
    },
    Reason {
        explains: |it| {
            it.theirs.len() > it.ours.len() && it.is_in(&["zeek/tunnels/gtp_control_prime.pcap"])
        },
        because: "GTP version 0 (GSM 09.60, port 3386) is not among our protocols, version 1 is",
    },
    Reason {
        explains: |it| it.theirs.len() > it.ours.len() && it.is_in(&["tcpdump/mpls-over-udp.pcap"]),
        because: "MPLS in UDP (RFC 7510) is not among our protocols: its inside is payload",
    },
    Reason {
        explains: |it| {
            it.theirs.len() > it.ours.len() && it.is_in(&["tcpdump/wccp_redirect_gre.pcap"])
        },
        because: "WCCP's own header stands between GRE (protocol 0x883e) and IP and is not among \
                  our protocols",
    },
    Reason {
        explains: |it| {
            it.theirs.len() > it.ours.len() && it.is_in(&["tcpdump/ipv6-srh-ipproto-ether.pcap"])
        },
        because: "Ethernet directly in IPv6 (next header 143, RFC 8986) is not among our protocols",
    },
    Reason {
        explains: |it| it.field == "sll.etype" && it.is_in(&["tcpdump/babel.pcap"]),
        because: "ARPHRD 778 is a GRE tunnel: tshark calls the same two bytes sll.gretype there \
                  and shows the same 0x86dd",
    },
    Reason {
        explains: |it| it.their_stack.starts_with("juniper:") && it.ours.is_empty(),
        because: "Juniper's link types are not read, and tshark's tree does not name them so that \
                  they could be left out like the others",
    },
    Reason {
        explains: |it| {
            it.their_stack.starts_with("fr:")
                && it
                    .our_stack
                    .split(':')
                    .all(|layer| layer == "truncated" || layer.is_empty())
                && it.ours.is_empty()
        },
        because: "Frame Relay with an address of more than two bytes (the first two have no \
                  extension bit) is not read",
    },
    Reason {
        explains: |it| it.is_about("eth") && it.is_in(&["tcpdump/DTP.pcap"]),
        because: "a Cisco ISL header begins with an address that is no sender's or receiver's; we \
                  read it as the 802.3 frame that it looks like",
    },
    Reason {
        explains: |it| {
            matches!(it.field, "icmp.ident" | "icmpv6.echo.identifier")
                && it.is_in(&[
                    "tcpdump/icmp-rfc8335.pcap",
                    "tcpdump/icmp6-rfc8335.pcap",
                    "tcpdump/icmp_ext_oob_poc.pcap",
                ])
        },
        because: "the identifier of an extended echo (RFC 8335): records have one for echo only",
    },
    Reason {
        explains: |it| {
            it.is_about("dns") && it.is_in(&["zeek/dns/tkey.pcap"]) && it.ours.is_empty()
        },
        because: "a DNS message that goes on in the next TCP segment: we read whole messages, \
                  tshark (told not to join segments) as much as is there",
    },
    Reason {
        explains: |it| {
            it.is_about("dns")
                && it.our_stack.ends_with("dns:malformed")
                && it.ours.is_empty()
                && it.theirs.iter().all(|value| !value.is_empty())
                && it.is_in(&[
                    "tcpdump/dns-badlabel.pcap",
                    "tcpdump/dns_fwdptr.pcap",
                    "zeek/dns/dns-invalid-names.pcap",
                ])
        },
        because: "a name that RFC 1035 section 4.1.4 forbids (too long, or pointing forward or at \
                  itself): we stop there, tshark puts a remark in its place and reads on",
    },
    Reason {
        explains: |it| it.is_about("dns") && it.is_in(&["zeek/dns/dns-edns-bad-length.pcap"]),
        because: "an EDNS option longer than its record: the record's own length still says where \
                  the next begins (RFC 6891 section 6.1.2), we read it, tshark stops",
    },
    Reason {
        explains: |it| it.is_about("dns") && it.is_in(&["tcpdump/rtp-seg-fault-1.pcapng"]),
        because: "a UDP length of 57343 where 17 bytes are left: we call it malformed and stop, \
                  tshark reads the rest as DNS",
    },
    Reason {
        explains: |it| {
            it.field == "ip.len"
                && it.ours == ["0"]
                && it.is_in(&[
                    "tcpdump/icmp-length-zero.pcapng",
                    "tcpdump/ipv4_tcp_http_xml_tso.pcap",
                    "zeek/quic/383379789-decrypt-crash.pcap",
                ])
        },
        because: "the field holds 0 (the card would have filled it in, segmentation offload); \
                  tshark shows the captured length in its place",
    },
    Reason {
        explains: |it| it.is_about("icmpv6") && it.is_in(&["tcpdump/icmpv6-length-zero.pcapng"]),
        because: "IPv6 payload length 0 without the jumbo option: we take it for offload, as with \
                  IPv4, and read on; tshark does so for TCP only",
    },
    Reason {
        explains: |it| {
            it.field == "frame.time_epoch"
                && it.is_in(&[
                    "tcpdump/timestamp_invalid_micro.pcap",
                    "tcpdump/timestamp_invalid_nano.pcap",
                ])
        },
        because: "a fraction of ten tenths: we carry it over into the seconds, tshark prints \
                  seconds.1000000000, which is the same time",
    },
    Reason {
        explains: |it| {
            it.field == "frame.time_epoch" && it.is_in(&["tcpdump/rx_serviceid_oobr.pcap"])
        },
        because: "a fraction of more than a second is read as signed by tshark; the format's \
                  fields are unsigned",
    },
    Reason {
        explains: |it| {
            it.field == "frame.len"
                && it.is_in(&[
                    "tcpdump/aoe-oobr-1.pcap",
                    "tcpdump/icmp-icmp_print-oobr-2.pcap",
                    "tcpdump/pim_header_asan-2.pcap",
                    "tcpdump/rsvp-rsvp_obj_print-oobr.pcap",
                    "tcpdump/slip-compressed_sl_print-oobr.pcap",
                    "tcpdump/slip-sliplink_print-oobr.pcap",
                ])
        },
        because: "the record claims to be shorter than what was captured of it, which cannot be: \
                  we take the larger of the two",
    },
    Reason {
        explains: |it| {
            it.is_about("frame")
                && it.is_in(&[
                    "tcpdump/atm-heapoverflow.pcap",
                    "tcpdump/atm-oam-heapoverflow.pcap",
                    "tcpdump/atm-oam-loopback-print-overrun.pcap",
                ])
        },
        because: "tshark counts ATM's pseudo-header of four bytes off the packet, and corrects \
                  times by the drift that it thinks to see",
    },
    Reason {
        explains: |it| {
            it.field == "tcp.options.timestamp.tsval"
                && it.is_in(&["samples/snaplen.pcap"])
                && it.our_stack.ends_with("truncated")
        },
        because: "the snapshot length cuts the timestamps option in half: we show whole options, \
                  tshark the half that is there",
    },
    Reason {
        explains: |it| {
            it.field == "ip.dst" && it.is_in(&["zeek/trunc/ipv4-internally-truncated-header.pcap"])
        },
        because: "60 bytes of IPv4 header of which 20 are captured: they are the fixed part, the \
                  destination is among them; tshark gives up before it",
    },
    Reason {
        explains: |it| {
            it.we_stopped()
                && it.is_in(&[
                    "tcpdump/ipv6_39_byte_header.pcap",
                    "tcpdump/tcp_header_heapoverflow.pcap",
                    "tcpdump/udp-length-heapoverflow.pcap",
                    "zeek/trunc/icmp-header-trunc.pcap",
                    "zeek/trunc/ip4-trunc.pcap",
                    "zeek/trunc/ip6-trunc.pcap",
                    "tcpdump/bad-ipv4-version-pgm-heapoverflow.pcap",
                ])
        },
        because: "the snapshot length ends inside the fixed part of the header: we show nothing of \
                  it (of an echo, neither of its two numbers), tshark the fields before the cut",
    },
    Reason {
        explains: |it| {
            it.we_stopped()
                && it.is_in(&[
                    "tcpdump/ipv4_invalid_length.pcap",
                    "tcpdump/ipv4_invalid_total_length_2.pcap",
                    "tcpdump/ipv6_invalid_length.pcap",
                    "zeek/ipv4/fragmented-syn.pcap",
                    "zeek/trunc/ipv4-truncated-broken-header.pcap",
                    "zeek/trunc/mpls-6in6-6in6-4in6-trunc.pcap",
                ])
        },
        because: "the packet itself ends inside the fixed part of the header (RFC 791 section 3.1, \
                  RFC 8200 section 3): we show nothing of it, tshark the fields before the end",
    },
    Reason {
        explains: |it| {
            it.we_stopped()
                && it.is_in(&[
                    "tcpdump/LINKTYPE_IPV4_invalid.pcap",
                    "tcpdump/kday1.pcap",
                    "tcpdump/kday3.pcap",
                ])
        },
        because: "IPv6 where the layer below announced IPv4: we call the version wrong and stop, \
                  tshark reads on as IPv6",
    },
    Reason {
        explains: |it| {
            it.we_stopped()
                && it.is_about("udp")
                && it.is_in(&["tcpdump/quic_32_bit_pointer_overflow.pcap"])
        },
        because: "an option longer than the hop-by-hop header that holds it: we stop (RFC 8200 \
                  section 4.2), tshark reads on behind the header",
    },
    Reason {
        explains: |it| {
            it.is_about("dhcp")
                && it.ours.is_empty()
                && it.is_in(&[
                    "tcpdump/dhcp-rfc4388.pcap",
                    "zeek/dhcp/dhcp_bad_cookie_option_retention.pcap",
                ])
        },
        because: "port 67 without the magic cookie in its place (RFC 2131, section 3): we do not \
                  call it DHCP, tshark reads it by the port",
    },
    Reason {
        explains: |it| {
            it.is_about("dhcpv6")
                && it.ours.is_empty()
                && it.is_in(&["tcpdump/ip6-snmp-oid-unsigned.pcap"])
        },
        because: "a DHCPv6 message whose first option is longer than the message: we do not call \
                  it DHCPv6, tshark reads it by the port",
    },
    Reason {
        explains: |it| it.is_about("udp") && it.is_in(&["samples/crafted-malformed.pcap"]),
        because: "a UDP length of 4, less than the header's 8 bytes: we stop there, tshark shows \
                  the fields of the header",
    },
];
