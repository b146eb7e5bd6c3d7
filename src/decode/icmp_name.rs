//! What the type numbers of ICMP (RFC 792 and the IANA list) and ICMPv6 (RFC
//! 4443, RFC 4861) are called.

use super::Icmp;

impl Icmp {
    /// Whether it is a ping or its answer.
    #[must_use]
    pub const fn is_echo(&self) -> bool {
        self.is_echo_request() || self.is_echo_reply()
    }

    /// Whether it is a ping.
    #[must_use]
    pub const fn is_echo_request(&self) -> bool {
        self.kind == if self.v6 { 128 } else { 8 }
    }

    /// Whether it answers a ping.
    #[must_use]
    pub const fn is_echo_reply(&self) -> bool {
        self.kind == if self.v6 { 129 } else { 0 }
    }

    /// Whether it reports an error and quotes the packet that met it.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        match self.v6 {
            false => matches!(self.kind, 3 | 4 | 5 | 11 | 12),
            true => self.kind < 128,
        }
    }

    /// The type's name in records.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.v6 {
            false => match self.kind {
                0 => "echo_reply",
                3 => "destination_unreachable",
                4 => "source_quench",
                5 => "redirect",
                8 => "echo_request",
                9 => "router_advertisement",
                10 => "router_solicitation",
                11 => "time_exceeded",
                12 => "parameter_problem",
                13 => "timestamp_request",
                14 => "timestamp_reply",
                15 => "information_request",
                16 => "information_reply",
                17 => "address_mask_request",
                18 => "address_mask_reply",
                _ => "unknown",
            },
            true => match self.kind {
                1 => "destination_unreachable",
                2 => "packet_too_big",
                3 => "time_exceeded",
                4 => "parameter_problem",
                128 => "echo_request",
                129 => "echo_reply",
                130 => "multicast_listener_query",
                131 => "multicast_listener_report",
                132 => "multicast_listener_done",
                133 => "router_solicitation",
                134 => "router_advertisement",
                135 => "neighbor_solicitation",
                136 => "neighbor_advertisement",
                137 => "redirect",
                143 => "multicast_listener_report_v2",
                _ => "unknown",
            },
        }
    }
}
