//! What an option of DHCPv6 says. What does not fit the form of its code stays
//! bytes.

use std::fmt;
use std::net::Ipv6Addr;

use super::Message;
use super::duid::Duid;
use super::options::{Form, OptionName, Options, option_name};
use crate::decode::dhcp::domains::domains;
use crate::decode::dhcp::value::Shown;

/// An option's value.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// Nothing: its presence says it.
    Nothing,
    /// Who someone is.
    Duid(Duid<'a>),
    /// Addresses or prefixes to be held: IAID; T1 and T2 in seconds where they are
    /// told; options.
    Association(u32, Option<[u32; 2]>, Options<'a>),
    /// An address, its preferred and valid lifetime in seconds, options.
    Address(Ipv6Addr, [u32; 2], Options<'a>),
    /// A prefix and its length, its lifetimes, options.
    Prefix(Ipv6Addr, u8, [u32; 2], Options<'a>),
    /// Codes of options.
    Parameters(Vec<u16>),
    /// A number.
    Number(u64),
    /// Hundredths of a second.
    Hundredths(u16),
    /// Seconds.
    Seconds(u32),
    /// A whole message.
    Message(Message<'a>),
    /// Addresses.
    Servers(Vec<Ipv6Addr>),
    /// A status and its text.
    Status(u16, &'a [u8]),
    /// An enterprise's number and options of its own.
    Vendor(u32, Options<'a>),
    /// Domain names.
    Domains(Vec<String>),
    /// Text.
    Text(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
}

fn word(data: &[u8], at: usize) -> Option<u32> {
    let bytes = data.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*bytes))
}

fn address(data: &[u8], at: usize) -> Option<Ipv6Addr> {
    let bytes = data.get(at..)?.first_chunk::<16>()?;
    Some(Ipv6Addr::from(*bytes))
}

fn inner(data: &[u8], at: usize) -> Option<Options<'_>> {
    Some(Options::new(data.get(at..)?, at))
}

impl<'a> Value<'a> {
    /// Reads the data of an option of this code.
    #[must_use]
    pub fn of(code: u16, data: &'a [u8]) -> Self {
        let form = option_name(code).map_or(Form::Bytes, |name| name.form);
        Self::fits(form, data).unwrap_or(Self::Bytes(data))
    }

    fn fits(form: Form, data: &'a [u8]) -> Option<Self> {
        Some(match form {
            Form::Nothing if data.is_empty() => Self::Nothing,
            Form::Duid => Self::Duid(Duid::of(data)),
            Form::Association => Self::Association(
                word(data, 0)?,
                Some([word(data, 4)?, word(data, 8)?]),
                inner(data, 12)?,
            ),
            Form::Temporary => Self::Association(word(data, 0)?, None, inner(data, 4)?),
            Form::Address => Self::Address(
                address(data, 0)?,
                [word(data, 16)?, word(data, 20)?],
                inner(data, 24)?,
            ),
            Form::Prefix => Self::Prefix(
                address(data, 9)?,
                *data.get(8)?,
                [word(data, 0)?, word(data, 4)?],
                inner(data, 25)?,
            ),
            Form::Parameters if data.len().is_multiple_of(2) => {
                let pairs = data.as_chunks::<2>().0.iter();
                Self::Parameters(pairs.map(|pair| u16::from_be_bytes(*pair)).collect())
            }
            Form::Number if matches!(data.len(), 1 | 2 | 4) => {
                let number = data.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
                Self::Number(number)
            }
            Form::Hundredths => Self::Hundredths(u16::from_be_bytes(data.try_into().ok()?)),
            Form::Seconds => Self::Seconds(u32::from_be_bytes(data.try_into().ok()?)),
            Form::Message => Self::Message(Message::parse(data)?),
            Form::Server => Self::Servers(vec![<[u8; 16]>::try_from(data).ok()?.into()]),
            Form::Servers if !data.is_empty() && data.len().is_multiple_of(16) => {
                let addresses = data.as_chunks::<16>().0.iter();
                Self::Servers(addresses.map(|bytes| Ipv6Addr::from(*bytes)).collect())
            }
            Form::Status => match data {
                [a, b, text @ ..] => Self::Status(u16::from_be_bytes([*a, *b]), text),
                _ => return None,
            },
            Form::Vendor => Self::Vendor(word(data, 0)?, inner(data, 4)?),
            Form::Domains => Self::Domains(names(data)?),
            Form::HostName => Self::Domains(names(data.get(1..)?)?),
            Form::Text => Self::Text(data),
            _ => return None,
        })
    }

    /// The options inside.
    #[must_use]
    pub fn options(&self) -> Option<Options<'a>> {
        match self {
            Self::Association(_, _, options)
            | Self::Address(_, _, options)
            | Self::Prefix(_, _, _, options) => Some(options.clone()),
            _ => None,
        }
    }
}

fn names(data: &[u8]) -> Option<Vec<String>> {
    let names = domains(data);
    (!names.is_empty()).then_some(names)
}

/// What a status code is called (RFC 8415, section 21.13); `None` for one that has
/// no name.
#[must_use]
pub const fn status_name(code: u16) -> Option<&'static str> {
    Some(match code {
        0 => "success",
        1 => "unspecified_failure",
        2 => "no_addresses_available",
        3 => "no_binding",
        4 => "not_on_link",
        5 => "use_multicast",
        6 => "no_prefix_available",
        7 => "unknown_query_type",
        8 => "malformed_query",
        9 => "not_configured",
        10 => "not_allowed",
        11 => "query_terminated",
        _ => return None,
    })
}

fn joined<T: fmt::Display>(f: &mut fmt::Formatter<'_>, parts: &[T]) -> fmt::Result {
    let parts: Vec<_> = parts.iter().map(ToString::to_string).collect();
    f.write_str(&parts.join(", "))
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Duid(duid) => write!(f, "{duid}"),
            Self::Association(id, Some([t1, t2]), _) => {
                write!(f, "IAID {id:#010x}, T1 {t1} s, T2 {t2} s")
            }
            Self::Association(id, None, _) => write!(f, "IAID {id:#010x}"),
            Self::Address(address, [preferred, valid], _) => {
                write!(f, "{address}, preferred {preferred} s, valid {valid} s")
            }
            Self::Prefix(address, length, [preferred, valid], _) => {
                write!(
                    f,
                    "{address}/{length}, preferred {preferred} s, valid {valid} s"
                )
            }
            Self::Parameters(codes) => {
                let name = |code: &u16| match option_name(*code) {
                    Some(OptionName { name, .. }) => name.replace('_', " "),
                    None => format!("option {code}"),
                };
                let names: Vec<_> = codes.iter().map(name).collect();
                joined(f, &names)
            }
            Self::Number(number) => write!(f, "{number}"),
            Self::Hundredths(number) => write!(f, "{}.{:02} s", number / 100, number % 100),
            Self::Seconds(seconds) => write!(f, "{seconds} s"),
            Self::Message(message) => match message.message_type().name() {
                Some(name) => f.write_str(&name.replace('_', " ")),
                None => write!(f, "type {}", message.message_type().0),
            },
            Self::Servers(addresses) => joined(f, addresses),
            Self::Status(code, text) => {
                match status_name(*code) {
                    Some(name) => f.write_str(&name.replace('_', " "))?,
                    None => write!(f, "status {code}")?,
                }
                match text {
                    [] => Ok(()),
                    text => write!(f, ": {}", Shown(text)),
                }
            }
            Self::Vendor(number, options) => {
                write!(f, "enterprise {number}")?;
                let count = options.clone().map_while(Result::ok).count();
                write!(f, ", options {count}")
            }
            Self::Domains(names) => joined(f, names),
            Self::Text(text) | Self::Bytes(text) => write!(f, "{}", Shown(text)),
        }
    }
}
