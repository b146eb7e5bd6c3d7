//! The names of DNS's numbers, as IANA lists them.

use std::fmt;

/// A number's name: known ones by name, others as prefix and number (`TYPE123`
/// as RFC 3597 writes it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeName {
    /// The name, if the number has one.
    pub known: Option<&'static str>,
    prefix: &'static str,
    number: u16,
}

impl fmt::Display for CodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known {
            Some(name) => f.pad(name),
            None => write!(f, "{}{}", self.prefix, self.number),
        }
    }
}

macro_rules! names {
    ($(#[$doc:meta])* $function:ident($number:ty) $prefix:literal { $($code:literal $name:literal,)* }) => {
        $(#[$doc])*
        #[must_use]
        pub const fn $function(code: $number) -> CodeName {
            let known = match code {
                $($code => Some($name),)*
                _ => None,
            };
            CodeName { known, prefix: $prefix, number: code as u16 }
        }
    };
}

names! {
    /// A record or query type: `A`, `AAAA`, `TYPE123`.
    type_name(u16) "TYPE" {
        1 "A", 2 "NS", 3 "MD", 4 "MF", 5 "CNAME", 6 "SOA", 7 "MB", 8 "MG", 9 "MR", 10 "NULL",
        11 "WKS", 12 "PTR", 13 "HINFO", 14 "MINFO", 15 "MX", 16 "TXT", 17 "RP", 18 "AFSDB",
        19 "X25", 20 "ISDN", 21 "RT", 22 "NSAP", 23 "NSAP-PTR", 24 "SIG", 25 "KEY", 26 "PX",
        27 "GPOS", 28 "AAAA", 29 "LOC", 30 "NXT", 31 "EID", 32 "NIMLOC", 33 "SRV", 34 "ATMA",
        35 "NAPTR", 36 "KX", 37 "CERT", 38 "A6", 39 "DNAME", 40 "SINK", 41 "OPT", 42 "APL",
        43 "DS", 44 "SSHFP", 45 "IPSECKEY", 46 "RRSIG", 47 "NSEC", 48 "DNSKEY", 49 "DHCID",
        50 "NSEC3", 51 "NSEC3PARAM", 52 "TLSA", 53 "SMIMEA", 55 "HIP", 56 "NINFO", 57 "RKEY",
        58 "TALINK", 59 "CDS", 60 "CDNSKEY", 61 "OPENPGPKEY", 62 "CSYNC", 63 "ZONEMD", 64 "SVCB",
        65 "HTTPS", 66 "DSYNC", 99 "SPF", 100 "UINFO", 101 "UID", 102 "GID", 103 "UNSPEC",
        104 "NID", 105 "L32", 106 "L64", 107 "LP", 108 "EUI48", 109 "EUI64", 128 "NXNAME",
        249 "TKEY", 250 "TSIG", 251 "IXFR", 252 "AXFR", 253 "MAILB", 254 "MAILA", 255 "ANY",
        256 "URI", 257 "CAA", 258 "AVC", 259 "DOA", 260 "AMTRELAY", 261 "RESINFO", 262 "WALLET",
        32768 "TA", 32769 "DLV",
    }
}

names! {
    /// A class: `IN`, `CLASS7`.
    class_name(u16) "CLASS" { 1 "IN", 3 "CH", 4 "HS", 254 "NONE", 255 "ANY", }
}

names! {
    /// A response code, EDNS's upper bits included: `NOERROR`, `NXDOMAIN`.
    rcode_name(u16) "RCODE" {
        0 "NOERROR", 1 "FORMERR", 2 "SERVFAIL", 3 "NXDOMAIN", 4 "NOTIMP", 5 "REFUSED",
        6 "YXDOMAIN", 7 "YXRRSET", 8 "NXRRSET", 9 "NOTAUTH", 10 "NOTZONE", 11 "DSOTYPENI",
        16 "BADVERS", 17 "BADKEY", 18 "BADTIME", 19 "BADMODE", 20 "BADNAME", 21 "BADALG",
        22 "BADTRUNC", 23 "BADCOOKIE",
    }
}

names! {
    /// An operation: `QUERY`, `UPDATE`.
    opcode_name(u8) "OPCODE" {
        0 "QUERY", 1 "IQUERY", 2 "STATUS", 4 "NOTIFY", 5 "UPDATE", 6 "DSO",
    }
}

names! {
    /// An EDNS option (RFC 6891).
    option_name(u16) "OPT" {
        1 "LLQ", 2 "UPDATE-LEASE", 3 "NSID", 5 "DAU", 6 "DHU", 7 "N3U", 8 "CLIENT-SUBNET",
        9 "EXPIRE", 10 "COOKIE", 11 "TCP-KEEPALIVE", 12 "PADDING", 13 "CHAIN", 14 "KEY-TAG",
        15 "EXTENDED-ERROR", 16 "CLIENT-TAG", 17 "SERVER-TAG", 18 "REPORT-CHANNEL",
        19 "ZONEVERSION",
    }
}

names! {
    /// A service parameter (RFC 9460): `alpn`, `key123`.
    parameter_name(u16) "key" {
        0 "mandatory", 1 "alpn", 2 "no-default-alpn", 3 "port", 4 "ipv4hint", 5 "ech",
        6 "ipv6hint", 7 "dohpath", 8 "ohttp",
    }
}

names! {
    /// A DNSSEC algorithm.
    algorithm_name(u8) "ALG" {
        1 "RSAMD5", 3 "DSA", 5 "RSASHA1", 6 "DSA-NSEC3-SHA1", 7 "RSASHA1-NSEC3-SHA1",
        8 "RSASHA256", 10 "RSASHA512", 12 "ECC-GOST", 13 "ECDSAP256SHA256", 14 "ECDSAP384SHA384",
        15 "ED25519", 16 "ED448",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_have_their_name_and_others_their_number() {
        assert_eq!(type_name(65).to_string(), "HTTPS");
        assert_eq!(type_name(4711).to_string(), "TYPE4711");
        assert_eq!(class_name(7).to_string(), "CLASS7");
        assert_eq!(rcode_name(3).to_string(), "NXDOMAIN");
        assert_eq!(rcode_name(15).to_string(), "RCODE15");
        assert_eq!(opcode_name(5).to_string(), "UPDATE");
        assert_eq!(parameter_name(9).to_string(), "key9");
    }
}
