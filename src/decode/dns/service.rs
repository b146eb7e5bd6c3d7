//! Service parameters of SVCB and HTTPS records (RFC 9460, section 2.2): what
//! a client should know before it connects.

use std::fmt::{self, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr};

use super::data::{Hex, Quoted};
use super::parameter_name;

/// The parameters of a record, up to the first that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters<'a> {
    rest: &'a [u8],
}

impl<'a> Parameters<'a> {
    pub(super) const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// Bytes that are not read yet; behind the last parameter, those that
    /// belong to none.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Parameter<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (&[a, b, c, d], rest) = self.rest.split_first_chunk::<4>()?;
        let (data, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([c, d])))?;
        self.rest = rest;
        Some(Parameter {
            key: u16::from_be_bytes([a, b]),
            data,
        })
    }
}

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter<'a> {
    /// The parameter's key; [`parameter_name`] names it.
    pub key: u16,
    /// The parameter's raw value.
    pub data: &'a [u8],
}

/// A parameter's value by its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterValue<'a> {
    /// Keys that a client must understand, two bytes each.
    Mandatory(&'a [u8]),
    /// Protocol names, each with its length in a byte before it.
    Alpn(&'a [u8]),
    /// The default protocol is not offered.
    NoDefaultAlpn,
    /// A port other than the service's own.
    Port(u16),
    /// Addresses to try before A records are known, four bytes each.
    Ipv4Hint(&'a [u8]),
    /// Encrypted ClientHello: a list of configurations.
    Ech(&'a [u8]),
    /// Addresses to try before AAAA records are known, sixteen bytes each.
    Ipv6Hint(&'a [u8]),
    /// The URI template of DNS over HTTPS (RFC 9461).
    DohPath(&'a [u8]),
    /// Another key, or a value that does not have the form of its key.
    Other(&'a [u8]),
}

impl<'a> Parameter<'a> {
    /// The value by its key.
    #[must_use]
    pub fn value(&self) -> ParameterValue<'a> {
        let data = self.data;
        match (self.key, data.len()) {
            (0, length) if length > 0 && length % 2 == 0 => ParameterValue::Mandatory(data),
            (1, 1..) => ParameterValue::Alpn(data),
            (2, 0) => ParameterValue::NoDefaultAlpn,
            (3, 2) => ParameterValue::Port(data.iter().fold(0, |sum, b| sum << 8 | u16::from(*b))),
            (4, length) if length > 0 && length % 4 == 0 => ParameterValue::Ipv4Hint(data),
            (5, _) => ParameterValue::Ech(data),
            (6, length) if length > 0 && length % 16 == 0 => ParameterValue::Ipv6Hint(data),
            (7, _) => ParameterValue::DohPath(data),
            _ => ParameterValue::Other(data),
        }
    }
}

/// `alpn="h2,h3"`, `port=8443`, `ipv4hint=192.0.2.7`.
impl fmt::Display for Parameter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        parameter_name(self.key).fmt(f)?;
        match self.value() {
            ParameterValue::Mandatory(keys) => {
                f.write_char('=')?;
                list(f, keys.chunks_exact(2), |f, key| {
                    let key = key.iter().fold(0, |sum, b| sum << 8 | u16::from(*b));
                    parameter_name(key).fmt(f)
                })
            }
            ParameterValue::Alpn(protocols) => {
                f.write_str("=\"")?;
                list(f, Prefixed(protocols), |f, name| Quoted(name).inner(f))?;
                f.write_char('"')
            }
            ParameterValue::NoDefaultAlpn => Ok(()),
            ParameterValue::Port(port) => write!(f, "={port}"),
            ParameterValue::Ipv4Hint(addresses) => {
                f.write_char('=')?;
                let (addresses, _) = addresses.as_chunks::<4>();
                list(f, addresses.iter(), |f, address| {
                    Ipv4Addr::from(*address).fmt(f)
                })
            }
            ParameterValue::Ipv6Hint(addresses) => {
                f.write_char('=')?;
                let (addresses, _) = addresses.as_chunks::<16>();
                list(f, addresses.iter(), |f, address| {
                    Ipv6Addr::from(*address).fmt(f)
                })
            }
            ParameterValue::Ech(data) => write!(f, "=({} bytes)", data.len()),
            ParameterValue::DohPath(path) => write!(f, "={}", Quoted(path)),
            ParameterValue::Other([]) => Ok(()),
            ParameterValue::Other(data) => write!(f, "={}", Hex(data)),
        }
    }
}

fn list<T>(
    f: &mut fmt::Formatter<'_>,
    items: impl Iterator<Item = T>,
    write: impl Fn(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.enumerate() {
        if index > 0 {
            f.write_char(',')?;
        }
        write(f, item)?;
    }
    Ok(())
}

/// Strings with their length in a byte before each.
struct Prefixed<'a>(&'a [u8]);

impl<'a> Iterator for Prefixed<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (&length, rest) = self.0.split_first()?;
        let (item, rest) = rest.split_at_checked(usize::from(length))?;
        self.0 = rest;
        Some(item)
    }
}
