//! Who a client or a server is, whatever its address: the DHCP unique identifier
//! (RFC 8415, section 11; UUID RFC 6355).

use std::fmt;

use crate::decode::dhcp::value::{Shown, hardware};

/// An identifier by its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duid<'a> {
    /// A hardware address and the time at which the identifier was made, in seconds
    /// since 2000.
    LinkLayerTime {
        /// The hardware's type.
        hardware: u16,
        /// Seconds since 2000.
        time: u32,
        /// The hardware's address.
        address: &'a [u8],
    },
    /// A number of an enterprise.
    Enterprise {
        /// The enterprise, as IANA numbers them.
        number: u32,
        /// The identifier that it gave.
        identifier: &'a [u8],
    },
    /// A hardware address.
    LinkLayer {
        /// The hardware's type.
        hardware: u16,
        /// The hardware's address.
        address: &'a [u8],
    },
    /// A UUID.
    Uuid(&'a [u8; 16]),
    /// Anything else.
    Other(&'a [u8]),
}

impl<'a> Duid<'a> {
    /// Reads an identifier.
    #[must_use]
    pub fn of(data: &'a [u8]) -> Self {
        match data {
            [0, 1, h, i, t, u, v, w, address @ ..] => Self::LinkLayerTime {
                hardware: u16::from_be_bytes([*h, *i]),
                time: u32::from_be_bytes([*t, *u, *v, *w]),
                address,
            },
            [0, 2, a, b, c, d, identifier @ ..] => Self::Enterprise {
                number: u32::from_be_bytes([*a, *b, *c, *d]),
                identifier,
            },
            [0, 3, h, i, address @ ..] => Self::LinkLayer {
                hardware: u16::from_be_bytes([*h, *i]),
                address,
            },
            [0, 4, rest @ ..] => match <&[u8; 16]>::try_from(rest) {
                Ok(uuid) => Self::Uuid(uuid),
                Err(_) => Self::Other(data),
            },
            _ => Self::Other(data),
        }
    }

    /// The name of its type in records.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::LinkLayerTime { .. } => "link_layer_time",
            Self::Enterprise { .. } => "enterprise",
            Self::LinkLayer { .. } => "link_layer",
            Self::Uuid(_) => "uuid",
            Self::Other(_) => "other",
        }
    }

    /// The hardware address in it, where it is one of Ethernet.
    #[must_use]
    pub fn mac(&self) -> Option<[u8; 6]> {
        match self {
            Self::LinkLayerTime {
                hardware: 1,
                address,
                ..
            }
            | Self::LinkLayer {
                hardware: 1,
                address,
            } => (*address).try_into().ok(),
            _ => None,
        }
    }
}

impl fmt::Display for Duid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LinkLayerTime { address, .. } | Self::LinkLayer { address, .. }
                if address.len() <= 16 =>
            {
                hardware(f, address)
            }
            Self::LinkLayerTime { address, .. } | Self::LinkLayer { address, .. } => {
                write!(f, "{}", Shown(address))
            }
            Self::Enterprise { number, identifier } => {
                write!(f, "{number}:{}", Shown(identifier))
            }
            Self::Uuid(uuid) => {
                for (index, byte) in uuid.iter().enumerate() {
                    if matches!(index, 4 | 6 | 8 | 10) {
                        f.write_str("-")?;
                    }
                    write!(f, "{byte:02x}")?;
                }
                Ok(())
            }
            Self::Other(bytes) => write!(f, "{}", Shown(bytes)),
        }
    }
}
