//! The header of a DNS message (RFC 1035, section 4.1.1).

/// The first twelve bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Transaction id: the response repeats the query's.
    pub id: u16,
    /// The sixteen flag bits as on the wire.
    pub flags: Flags,
    /// How many entries each section claims to have.
    pub counts: Counts,
}

/// How many entries each section claims to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// QDCOUNT.
    pub questions: u16,
    /// ANCOUNT.
    pub answers: u16,
    /// NSCOUNT.
    pub authorities: u16,
    /// ARCOUNT.
    pub additionals: u16,
}

/// The second word of the header (RFC 1035, section 4.1.1; RFC 4035 for AD
/// and CD).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(pub u16);

impl Flags {
    /// QR: this is a response.
    #[must_use]
    pub const fn response(self) -> bool {
        self.0 & 0x8000 != 0
    }

    /// Opcode, four bits.
    #[must_use]
    pub const fn opcode(self) -> u8 {
        ((self.0 >> 11) & 0xf) as u8
    }

    /// AA: the server is an authority for the name.
    #[must_use]
    pub const fn authoritative(self) -> bool {
        self.0 & 0x0400 != 0
    }

    /// TC: the message was cut to fit.
    #[must_use]
    pub const fn truncated(self) -> bool {
        self.0 & 0x0200 != 0
    }

    /// RD: "do it for me".
    #[must_use]
    pub const fn recursion_desired(self) -> bool {
        self.0 & 0x0100 != 0
    }

    /// RA: the server does it for others.
    #[must_use]
    pub const fn recursion_available(self) -> bool {
        self.0 & 0x0080 != 0
    }

    /// AD: the server has verified the data (DNSSEC).
    #[must_use]
    pub const fn authentic_data(self) -> bool {
        self.0 & 0x0020 != 0
    }

    /// CD: the asker verifies for itself (DNSSEC).
    #[must_use]
    pub const fn checking_disabled(self) -> bool {
        self.0 & 0x0010 != 0
    }

    /// The four bits of response code in the header, without EDNS's.
    #[must_use]
    pub const fn response_code(self) -> u8 {
        (self.0 & 0xf) as u8
    }

    /// The names of the set bits, in wire order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        [
            (0x8000, "QR"),
            (0x0400, "AA"),
            (0x0200, "TC"),
            (0x0100, "RD"),
            (0x0080, "RA"),
            (0x0020, "AD"),
            (0x0010, "CD"),
        ]
        .into_iter()
        .filter(move |(bit, _)| self.0 & bit != 0)
        .map(|(_, name)| name)
    }
}
