//! A record's data by its type: addresses, names, numbers, and how they are
//! written in master files. Types that nobody needs in full are kept as bytes
//! and shown in short.

use std::fmt::{self, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr};

use super::name::write_escaped;
use super::{
    Edns, Fault, FaultReason, Name, Parameters, Record, algorithm_name, record_type, type_name,
};

/// A record's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data<'a> {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address (RFC 3596).
    Aaaa(Ipv6Addr),
    /// NS, CNAME, PTR, DNAME: a name.
    Name(Name<'a>),
    /// A mail server; the lowest preference is tried first.
    Mx {
        /// Lower goes first.
        preference: u16,
        /// The mail server.
        exchange: Name<'a>,
    },
    /// TXT, SPF, HINFO: strings of up to 255 bytes.
    Strings(Strings<'a>),
    /// The zone's parameters.
    Soa(Soa<'a>),
    /// Where a service runs (RFC 2782).
    Srv {
        /// Lower goes first.
        priority: u16,
        /// Share among those of one priority.
        weight: u16,
        /// The service's port.
        port: u16,
        /// The host.
        target: Name<'a>,
    },
    /// SVCB and HTTPS (RFC 9460).
    Service {
        /// 0: an alias; else lower goes first.
        priority: u16,
        /// The host, or the root for the owner itself.
        target: Name<'a>,
        /// The parameters of a connection to the service.
        parameters: Parameters<'a>,
    },
    /// EDNS (RFC 6891).
    Edns(Edns<'a>),
    /// DS and CDS: the digest of a key of the child zone (RFC 4034).
    Ds {
        /// The tag of the key.
        key_tag: u16,
        /// The key's algorithm.
        algorithm: u8,
        /// The digest's algorithm.
        digest_type: u8,
        /// The digest.
        digest: &'a [u8],
    },
    /// A signature over records (RFC 4034).
    Rrsig(Rrsig<'a>),
    /// DNSKEY and CDNSKEY: a zone's public key (RFC 4034).
    Dnskey {
        /// 256: zone key, 257: key-signing key.
        flags: u16,
        /// The protocol, which is always 3.
        protocol: u8,
        /// The key's algorithm.
        algorithm: u8,
        /// The key.
        key: &'a [u8],
    },
    /// The next name of the zone: nothing stands between (RFC 4034).
    Nsec {
        /// The next name.
        next: Name<'a>,
        /// The types that this name has.
        types: TypeBitmap<'a>,
    },
    /// Which authorities may issue certificates (RFC 8659).
    Caa {
        /// 128: critical.
        flags: u8,
        /// `issue`, `issuewild`, `iodef`…
        tag: &'a [u8],
        /// The authority.
        value: &'a [u8],
    },
    /// Any other, as bytes.
    Other(&'a [u8]),
}

/// The parameters of a zone (RFC 1035, section 3.3.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Soa<'a> {
    /// The primary name server.
    pub primary: Name<'a>,
    /// Whom to write to, the first dot meaning `@`.
    pub mailbox: Name<'a>,
    /// The zone's version.
    pub serial: u32,
    /// Seconds between a secondary's looks.
    pub refresh: u32,
    /// Seconds until it looks again after a failure.
    pub retry: u32,
    /// Seconds after which a secondary gives up.
    pub expire: u32,
    /// Seconds for which a "no" may be kept (RFC 2308).
    pub minimum: u32,
}

/// A signature (RFC 4034, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rrsig<'a> {
    /// The type of the records that it signs.
    pub covered: u16,
    /// The key's algorithm.
    pub algorithm: u8,
    /// Labels of the signed name.
    pub labels: u8,
    /// The TTL that the zone gives.
    pub original_ttl: u32,
    /// Seconds since 1970 until which it holds.
    pub expiration: u32,
    /// Seconds since 1970 from which it holds.
    pub inception: u32,
    /// The tag of the key.
    pub key_tag: u16,
    /// The name whose key signs.
    pub signer: Name<'a>,
    /// The signature.
    pub signature: &'a [u8],
}

impl<'a> Data<'a> {
    pub(super) fn parse(record: &Record<'a>, message: &'a [u8]) -> Result<Self, Fault> {
        let bytes = record.data_bytes();
        // mDNS's "no data" and updates' deletions carry no data whatever the type.
        if bytes.is_empty() && record.record_type != record_type::OPT {
            return Ok(Self::Other(bytes));
        }
        let mut reader = Reader {
            // Names may point anywhere before, but not run past the data.
            message: message
                .get(..record.data_offset() + bytes.len())
                .unwrap_or_default(),
            start: record.data_offset(),
            at: record.data_offset(),
        };
        let data = reader.data(record)?;
        if reader.at < reader.message.len() && !matches!(data, Self::Other(_)) {
            return Err(reader.fault());
        }
        Ok(data)
    }
}

/// Reads the data from front to end.
struct Reader<'a> {
    message: &'a [u8],
    start: usize,
    at: usize,
}

impl<'a> Reader<'a> {
    fn data(&mut self, record: &Record<'a>) -> Result<Data<'a>, Fault> {
        use record_type as t;
        Ok(match record.record_type {
            t::A => Data::A(Ipv4Addr::from(self.array::<4>()?)),
            t::AAAA => Data::Aaaa(Ipv6Addr::from(self.array::<16>()?)),
            t::NS | t::CNAME | t::PTR | t::DNAME => Data::Name(self.name()?),
            t::MX => Data::Mx {
                preference: self.u16()?,
                exchange: self.name()?,
            },
            t::TXT | t::SPF | t::HINFO => Data::Strings(self.strings()?),
            t::SOA => self.soa()?,
            t::SRV => Data::Srv {
                priority: self.u16()?,
                weight: self.u16()?,
                port: self.u16()?,
                target: self.name()?,
            },
            t::SVCB | t::HTTPS => self.service()?,
            t::OPT => self.edns(record)?,
            t::DS | t::CDS => Data::Ds {
                key_tag: self.u16()?,
                algorithm: self.u8()?,
                digest_type: self.u8()?,
                digest: self.rest(),
            },
            t::RRSIG => self.rrsig()?,
            t::DNSKEY | t::CDNSKEY => Data::Dnskey {
                flags: self.u16()?,
                protocol: self.u8()?,
                algorithm: self.u8()?,
                key: self.rest(),
            },
            t::NSEC => Data::Nsec {
                next: self.name()?,
                types: TypeBitmap(self.rest()),
            },
            t::CAA => {
                let flags = self.u8()?;
                let length = usize::from(self.u8()?);
                let rest = self.rest();
                let (tag, value) = rest.split_at_checked(length).ok_or_else(|| self.fault())?;
                Data::Caa { flags, tag, value }
            }
            _ => Data::Other(self.rest()),
        })
    }

    fn soa(&mut self) -> Result<Data<'a>, Fault> {
        Ok(Data::Soa(Soa {
            primary: self.name()?,
            mailbox: self.name()?,
            serial: self.u32()?,
            refresh: self.u32()?,
            retry: self.u32()?,
            expire: self.u32()?,
            minimum: self.u32()?,
        }))
    }

    fn service(&mut self) -> Result<Data<'a>, Fault> {
        let priority = self.u16()?;
        let target = self.name()?;
        let parameters = Parameters::new(self.rest());
        let mut behind = parameters;
        behind.by_ref().for_each(drop);
        if behind.remaining() > 0 {
            return Err(self.fault());
        }
        Ok(Data::Service {
            priority,
            target,
            parameters,
        })
    }

    fn edns(&mut self, record: &Record<'a>) -> Result<Data<'a>, Fault> {
        self.rest();
        let edns = record.edns().ok_or_else(|| self.fault())?;
        let mut options = edns.options();
        options.by_ref().for_each(drop);
        if options.remaining() > 0 {
            return Err(self.fault());
        }
        Ok(Data::Edns(edns))
    }

    fn rrsig(&mut self) -> Result<Data<'a>, Fault> {
        Ok(Data::Rrsig(Rrsig {
            covered: self.u16()?,
            algorithm: self.u8()?,
            labels: self.u8()?,
            original_ttl: self.u32()?,
            expiration: self.u32()?,
            inception: self.u32()?,
            key_tag: self.u16()?,
            signer: self.name()?,
            signature: self.rest(),
        }))
    }

    /// All strings to the end of the data.
    fn strings(&mut self) -> Result<Strings<'a>, Fault> {
        let strings = Strings(self.rest());
        let mut behind = strings;
        behind.by_ref().for_each(drop);
        if behind.0.is_empty() {
            Ok(strings)
        } else {
            Err(self.fault())
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let array = super::array(self.message, self.at, "record data").map_err(|_| self.fault())?;
        self.at += N;
        Ok(array)
    }

    fn u8(&mut self) -> Result<u8, Fault> {
        self.array().map(u8::from_be_bytes)
    }

    fn u16(&mut self) -> Result<u16, Fault> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_be_bytes)
    }

    fn name(&mut self) -> Result<Name<'a>, Fault> {
        let name = Name::parse(self.message, self.at).map_err(|fault| match fault.reason {
            // The message goes on, only this record's data ends.
            FaultReason::TooShort { .. } => self.fault(),
            _ => fault,
        })?;
        self.at += name.length();
        Ok(name)
    }

    fn rest(&mut self) -> &'a [u8] {
        let rest = self.message.get(self.at..).unwrap_or_default();
        self.at = self.message.len();
        rest
    }

    fn fault(&self) -> Fault {
        let length = self.message.len().saturating_sub(self.start);
        Fault::new(self.start, "record data", FaultReason::Data(length as u16))
    }
}

/// Master file form; long keys and signatures only as how many bytes they are.
impl fmt::Display for Data<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A(address) => address.fmt(f),
            Self::Aaaa(address) => address.fmt(f),
            Self::Name(name) => name.fmt(f),
            Self::Mx {
                preference,
                exchange,
            } => write!(f, "{preference} {exchange}"),
            Self::Strings(strings) => strings.fmt(f),
            Self::Soa(soa) => soa.fmt(f),
            Self::Srv {
                priority,
                weight,
                port,
                target,
            } => write!(f, "{priority} {weight} {port} {target}"),
            Self::Service {
                priority,
                target,
                parameters,
            } => {
                write!(f, "{priority} {target}")?;
                let mut parameters = *parameters;
                parameters.try_for_each(|parameter| write!(f, " {parameter}"))
            }
            Self::Edns(edns) => edns.fmt(f),
            Self::Ds {
                key_tag,
                algorithm,
                digest_type,
                digest,
            } => {
                let algorithm = algorithm_name(*algorithm);
                write!(f, "{key_tag} {algorithm} {digest_type} {}", Hex(digest))
            }
            Self::Rrsig(signature) => signature.fmt(f),
            Self::Dnskey {
                flags,
                protocol,
                algorithm,
                key,
            } => {
                let algorithm = algorithm_name(*algorithm);
                write!(f, "{flags} {protocol} {algorithm} ({} bytes)", key.len())
            }
            Self::Nsec { next, types } => write!(f, "{next}{types}"),
            Self::Caa { flags, tag, value } => {
                write!(f, "{flags} ")?;
                Quoted(tag).inner(f)?;
                write!(f, " {}", Quoted(value))
            }
            Self::Other([]) => Ok(()),
            // RFC 3597, section 5.
            Self::Other(bytes) => write!(f, "\\# {} {}", bytes.len(), Hex(bytes)),
        }
    }
}

impl fmt::Display for Soa<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            primary,
            mailbox,
            serial,
            refresh,
            retry,
            expire,
            minimum,
        } = self;
        write!(
            f,
            "{primary} {mailbox} {serial} {refresh} {retry} {expire} {minimum}"
        )
    }
}

impl fmt::Display for Rrsig<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {} {} {} {} {} {} ({} bytes)",
            type_name(self.covered),
            algorithm_name(self.algorithm),
            self.labels,
            self.original_ttl,
            self.expiration,
            self.inception,
            self.key_tag,
            self.signer,
            self.signature.len()
        )
    }
}

/// The strings of a TXT record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strings<'a>(&'a [u8]);

impl<'a> Iterator for Strings<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (&length, rest) = self.0.split_first()?;
        let (string, rest) = rest.split_at_checked(usize::from(length))?;
        self.0 = rest;
        Some(string)
    }
}

impl fmt::Display for Strings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, string) in (*self).enumerate() {
            if index > 0 {
                f.write_char(' ')?;
            }
            Quoted(string).fmt(f)?;
        }
        Ok(())
    }
}

/// The types that a name has, as NSEC lists them (RFC 4034, section 4.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeBitmap<'a>(&'a [u8]);

impl TypeBitmap<'_> {
    /// Calls `each` with every type, in ascending order of their blocks, up to
    /// the first block that does not fit.
    fn try_for_each(&self, mut each: impl FnMut(u16) -> fmt::Result) -> fmt::Result {
        let mut rest = self.0;
        while let [window, length, behind @ ..] = rest {
            let Some((bits, behind)) = behind.split_at_checked(usize::from(*length)) else {
                break;
            };
            rest = behind;
            for (index, byte) in (0_u16..32).zip(bits) {
                for bit in (0..8).filter(|bit| byte & (0x80 >> bit) != 0) {
                    each(u16::from(*window) << 8 | index << 3 | bit)?;
                }
            }
        }
        Ok(())
    }
}

/// Each type's name with a space before it, the first 64.
impl fmt::Display for TypeBitmap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = 0;
        self.try_for_each(|number| {
            shown += 1;
            match shown {
                ..=64 => write!(f, " {}", type_name(number)),
                65 => f.write_str(" …"),
                _ => Ok(()),
            }
        })
    }
}

/// Text in double quotes, escaped as in master files.
pub(super) struct Quoted<'a>(pub(super) &'a [u8]);

impl Quoted<'_> {
    /// Writes the text without the quotes.
    pub(super) fn inner(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for &byte in self.0 {
            if byte == b'"' {
                f.write_str("\\\"")?;
            } else {
                write_escaped(f, byte)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        self.inner(f)?;
        f.write_char('"')
    }
}

/// Hexadecimal, the rest of what is longer than 64 bytes left out.
pub(super) struct Hex<'a>(pub(super) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.get(..64).unwrap_or(self.0);
        for byte in shown {
            write!(f, "{byte:02x}")?;
        }
        if shown.len() < self.0.len() {
            f.write_char('…')?;
        }
        Ok(())
    }
}
