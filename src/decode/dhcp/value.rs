//! What an option says: its data in the form that its code asks for. What does
//! not fit the form stays bytes.

use std::fmt;
use std::net::Ipv4Addr;

use super::domains::domains;
use super::message::MessageType;
use super::options::{Form, OptionName, option_name};
use crate::escape;

/// An option's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing: its presence says it.
    Nothing,
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(u64),
    /// Numbers.
    Numbers(Vec<u16>),
    /// Seconds; `u32::MAX` is for ever.
    Seconds(u32),
    /// Seconds with a sign.
    SignedSeconds(i32),
    /// An address.
    Address(Ipv4Addr),
    /// Addresses.
    Addresses(Vec<Ipv4Addr>),
    /// Pairs of addresses.
    Pairs(Vec<[Ipv4Addr; 2]>),
    /// Text without the zeros at its end.
    Text(&'a [u8]),
    /// What the message is.
    MessageType(MessageType),
    /// Codes of options.
    Parameters(&'a [u8]),
    /// A hardware type and its address.
    Hardware(u8, &'a [u8]),
    /// Domain names.
    Domains(Vec<String>),
    /// Routes.
    Routes(Vec<Route>),
    /// A relay's own options.
    Relay(Vec<(u8, &'a [u8])>),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// One classless route (RFC 3442).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The destination's network.
    pub destination: Ipv4Addr,
    /// Bits of it that count.
    pub prefix_length: u8,
    /// The way there; 0.0.0.0 is the link itself.
    pub router: Ipv4Addr,
}

impl<'a> Value<'a> {
    /// Reads the data of an option of this code.
    #[must_use]
    pub fn of(code: u8, data: &'a [u8]) -> Self {
        match option_name(code) {
            Some(OptionName { form, .. }) => Self::read(form, data),
            None => Self::Bytes(data),
        }
    }

    /// Reads data of this form.
    #[must_use]
    pub fn read(form: Form, data: &'a [u8]) -> Self {
        Self::fits(form, data).unwrap_or(Self::Bytes(data))
    }

    fn fits(form: Form, data: &'a [u8]) -> Option<Self> {
        let four = || <[u8; 4]>::try_from(data).ok();
        Some(match form {
            Form::Nothing if data.is_empty() => Self::Nothing,
            Form::Flag => match data {
                [byte] => Self::Flag(*byte != 0),
                _ => return None,
            },
            Form::Number if matches!(data.len(), 1 | 2 | 4) => {
                let number = data.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
                Self::Number(number)
            }
            Form::Numbers if !data.is_empty() && data.len().is_multiple_of(2) => {
                let pairs = data.as_chunks::<2>().0.iter();
                Self::Numbers(pairs.map(|pair| u16::from_be_bytes(*pair)).collect())
            }
            Form::Seconds => Self::Seconds(u32::from_be_bytes(four()?)),
            Form::SignedSeconds => Self::SignedSeconds(i32::from_be_bytes(four()?)),
            Form::Address | Form::Mask => Self::Address(four()?.into()),
            Form::Addresses if !data.is_empty() && data.len().is_multiple_of(4) => {
                let addresses = data.as_chunks::<4>().0.iter();
                Self::Addresses(addresses.map(|bytes| Ipv4Addr::from(*bytes)).collect())
            }
            Form::AddressPairs if !data.is_empty() && data.len().is_multiple_of(8) => {
                let pairs = data.as_chunks::<8>().0.iter();
                let pair = |bytes: &[u8; 8]| {
                    let [a, b, c, d, e, f, g, h] = *bytes;
                    [[a, b, c, d].into(), [e, f, g, h].into()]
                };
                Self::Pairs(pairs.map(pair).collect())
            }
            Form::Text if !data.is_empty() => Self::Text(text(data)),
            Form::MessageType => match data {
                [number] => Self::MessageType(MessageType(*number)),
                _ => return None,
            },
            Form::Parameters => Self::Parameters(data),
            Form::Identifier => match data {
                [kind @ 1..=15, address @ ..] if address.len() == 6 => {
                    Self::Hardware(*kind, address)
                }
                _ => return None,
            },
            Form::Domains => Self::Domains(domains(data)).some_unless_empty()?,
            Form::Routes => Self::Routes(routes(data)?),
            Form::Relay => Self::Relay(sub_options(data)?),
            Form::HostName => match data {
                // The third bit of the flags: labels as DNS writes them.
                [flags, _, _, name @ ..] if flags & 4 != 0 => {
                    Self::Domains(domains(name)).some_unless_empty()?
                }
                [_, _, _, name @ ..] if !name.is_empty() => Self::Text(text(name)),
                _ => return None,
            },
            _ => return None,
        })
    }

    fn some_unless_empty(self) -> Option<Self> {
        match &self {
            Self::Domains(names) if names.is_empty() => None,
            _ => Some(self),
        }
    }
}

/// Text as it is shown, without the zeros that some put at its end.
fn text(data: &[u8]) -> &[u8] {
    let zeros = data.iter().rev().take_while(|byte| **byte == 0).count();
    data.get(..data.len() - zeros).unwrap_or_default()
}

/// Routes whose destination takes only the bytes that count; `None` where they do
/// not fill the data.
pub(super) fn routes(data: &[u8]) -> Option<Vec<Route>> {
    let mut found = Vec::new();
    let mut rest = data;
    while let Some((length, behind)) = rest.split_first() {
        let bytes = usize::from(length.div_ceil(8));
        if *length > 32 {
            return None;
        }
        let mut destination = [0; 4];
        destination
            .get_mut(..bytes)?
            .copy_from_slice(behind.get(..bytes)?);
        let router = behind.get(bytes..)?.first_chunk::<4>()?;
        found.push(Route {
            destination: destination.into(),
            prefix_length: *length,
            router: (*router).into(),
        });
        rest = behind.get(bytes + 4..)?;
    }
    (!found.is_empty()).then_some(found)
}

/// A relay's options; `None` where they do not fill the data.
fn sub_options(data: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut found = Vec::new();
    let mut rest = data;
    while let [code, length, behind @ ..] = rest {
        let length = usize::from(*length);
        found.push((*code, behind.get(..length)?));
        rest = behind.get(length..)?;
    }
    rest.is_empty().then_some(found)
}

/// Bytes as readers see them: text where they are text, else hexadecimal.
pub(super) struct Shown<'a>(pub &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let printable = |text: &&str| !text.is_empty() && text.chars().all(|c| !c.is_control());
        match str::from_utf8(self.0).ok().filter(printable) {
            Some(text) => f.write_str(&escape::escape(text)),
            None => self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

/// The parts with a comma between them.
fn joined<T: fmt::Display>(f: &mut fmt::Formatter<'_>, parts: &[T]) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{part}")?;
    }
    Ok(())
}

/// Colons between the bytes of a hardware address.
pub(super) fn hardware(f: &mut fmt::Formatter<'_>, address: &[u8]) -> fmt::Result {
    for (index, byte) in address.iter().enumerate() {
        if index > 0 {
            f.write_str(":")?;
        }
        write!(f, "{byte:02x}")?;
    }
    Ok(())
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            destination,
            prefix_length,
            router,
        } = self;
        write!(f, "{destination}/{prefix_length} via {router}")
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Flag(yes) => write!(f, "{yes}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Numbers(numbers) => joined(f, numbers),
            Self::Seconds(seconds) => write!(f, "{seconds} s"),
            Self::SignedSeconds(seconds) => write!(f, "{seconds} s"),
            Self::Address(address) => write!(f, "{address}"),
            Self::Addresses(addresses) => joined(f, addresses),
            Self::Pairs(pairs) => {
                let pairs: Vec<_> = pairs.iter().map(|[a, b]| format!("{a} {b}")).collect();
                joined(f, &pairs)
            }
            Self::Text(text) => write!(f, "{}", Shown(text)),
            Self::MessageType(kind) => write!(f, "{kind}"),
            Self::Parameters(codes) => {
                let names: Vec<_> = codes.iter().map(|code| spoken_name(*code)).collect();
                joined(f, &names)
            }
            Self::Hardware(_, address) => hardware(f, address),
            Self::Domains(names) => joined(f, names),
            Self::Routes(routes) => joined(f, routes),
            Self::Relay(options) => {
                let options: Vec<_> = options
                    .iter()
                    .map(|(code, data)| sub_option(*code, data))
                    .collect();
                joined(f, &options)
            }
            Self::Bytes(bytes) => write!(f, "{}", Shown(bytes)),
        }
    }
}

/// An option's name in a sentence.
fn spoken_name(code: u8) -> String {
    match option_name(code) {
        Some(OptionName { name, .. }) => name.replace('_', " "),
        None => format!("option {code}"),
    }
}

fn sub_option(code: u8, data: &[u8]) -> String {
    match super::sub_option_name(code) {
        Some(OptionName { name, form }) => {
            format!("{} {}", name.replace('_', " "), Value::read(form, data))
        }
        None => format!("sub-option {code} {}", Shown(data)),
    }
}
