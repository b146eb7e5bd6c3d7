//! EDNS (RFC 6891): the OPT record, which is none of a name but of the message
//! itself, and so gives class and TTL another meaning.

use std::fmt;

use super::{Record, option_name, record_type};

/// What an OPT record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edns<'a> {
    /// The largest UDP message that the sender takes, in bytes.
    pub udp_size: u16,
    /// The upper eight of the twelve bits of response code.
    pub upper_response_code: u8,
    /// EDNS version.
    pub version: u8,
    /// DO: send DNSSEC records.
    pub dnssec_ok: bool,
    options: &'a [u8],
}

impl<'a> Record<'a> {
    /// The record as EDNS, if it is an OPT record.
    #[must_use]
    pub fn edns(&self) -> Option<Edns<'a>> {
        let [upper_response_code, version, flags, _] = self.ttl.to_be_bytes();
        (self.record_type == record_type::OPT).then(|| Edns {
            udp_size: self.class,
            upper_response_code,
            version,
            dnssec_ok: flags & 0x80 != 0,
            options: self.data_bytes(),
        })
    }
}

impl<'a> Edns<'a> {
    /// The options, up to the first that does not fit into the data.
    #[must_use]
    pub const fn options(&self) -> EdnsOptions<'a> {
        EdnsOptions { rest: self.options }
    }
}

impl fmt::Display for Edns<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "version {}, UDP size {}", self.version, self.udp_size)?;
        if self.dnssec_ok {
            f.write_str(", DO")?;
        }
        for option in self.options() {
            write!(f, ", {option}")?;
        }
        Ok(())
    }
}

/// One EDNS option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdnsOption<'a> {
    /// The option's number; [`option_name`] names it.
    pub code: u16,
    /// The option's data.
    pub data: &'a [u8],
}

impl fmt::Display for EdnsOption<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", option_name(self.code), self.data.len())
    }
}

/// The options of an OPT record.
#[derive(Clone, Debug)]
pub struct EdnsOptions<'a> {
    rest: &'a [u8],
}

impl EdnsOptions<'_> {
    /// Bytes that are not read yet; behind the last option, those that belong
    /// to none.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }
}

impl<'a> Iterator for EdnsOptions<'a> {
    type Item = EdnsOption<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (&[a, b, c, d], rest) = self.rest.split_first_chunk::<4>()?;
        let (data, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([c, d])))?;
        self.rest = rest;
        Some(EdnsOption {
            code: u16::from_be_bytes([a, b]),
            data,
        })
    }
}
