//! Addresses as strings: the same texts as their `Display`, without its
//! machinery, since every packet has a handful of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::write::{Json, Shown};
use crate::track::{Address, Endpoint};

impl Json for Endpoint {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        match (self.address, self.port) {
            (Address::Ip(IpAddr::V6(_)), Some(_)) => {
                out.push(b'[');
                bare(&self.address, out);
                out.push(b']');
            }
            _ => bare(&self.address, out),
        }
        if let Some(port) = self.port {
            out.push(b':');
            port.write(out);
        }
        out.push(b'"');
    }
}

impl Json for Address {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        bare(self, out);
        out.push(b'"');
    }
}

impl Json for IpAddr {
    fn write(&self, out: &mut Vec<u8>) {
        Address::Ip(*self).write(out);
    }
}

impl Json for Ipv4Addr {
    fn write(&self, out: &mut Vec<u8>) {
        IpAddr::V4(*self).write(out);
    }
}

impl Json for Ipv6Addr {
    fn write(&self, out: &mut Vec<u8>) {
        Shown(self).write(out);
    }
}

/// A MAC address.
#[derive(Clone, Copy)]
pub struct Mac(pub [u8; 6]);

impl Json for Mac {
    fn write(&self, out: &mut Vec<u8>) {
        Address::Mac(self.0).write(out);
    }
}

/// Writes an address without the quotes.
fn bare(address: &Address, out: &mut Vec<u8>) {
    match address {
        Address::Ip(IpAddr::V4(ip)) => {
            let [a, b, c, d] = ip.octets();
            octet(a, out);
            for byte in [b, c, d] {
                out.push(b'.');
                octet(byte, out);
            }
        }
        Address::Ip(IpAddr::V6(ip)) => {
            use std::io::Write as _;
            // A vector takes whatever is written.
            let _ = write!(out, "{ip}");
        }
        Address::Mac([first, rest @ ..]) => {
            let mut text = *b"00:00:00:00:00:00";
            let (head, tail) = text.split_at_mut(2);
            head.copy_from_slice(&hex(*first));
            for (place, byte) in tail.chunks_exact_mut(3).zip(rest) {
                if let [_, high, low] = place {
                    [*high, *low] = hex(*byte);
                }
            }
            out.extend_from_slice(&text);
        }
    }
}

fn octet(byte: u8, out: &mut Vec<u8>) {
    let [hundreds, tens, ones] = [byte / 100, byte / 10 % 10, byte % 10].map(|digit| b'0' + digit);
    match byte {
        0..10 => out.push(ones),
        10..100 => out.extend_from_slice(&[tens, ones]),
        _ => out.extend_from_slice(&[hundreds, tens, ones]),
    }
}

/// Two lower-case hexadecimal digits.
fn hex(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [
        DIGITS[usize::from(byte >> 4)],
        DIGITS[usize::from(byte & 0xf)],
    ]
}

/// Bytes in lower-case hexadecimal.
pub struct Hex<'a>(pub &'a [u8]);

impl Json for Hex<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        out.extend(self.0.iter().flat_map(|byte| hex(*byte)));
        out.push(b'"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(value: &impl Json) -> String {
        let mut out = Vec::new();
        value.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn bytes_are_two_digits_each() {
        assert_eq!(text(&Hex(&[0x00, 0x0f, 0xa5])), "\"000fa5\"");
    }

    proptest! {
        #[test]
        fn addresses_read_as_they_are_displayed(
            v4 in any::<[u8; 4]>(), v6 in any::<[u8; 16]>(), mac in any::<[u8; 6]>(),
            port in any::<Option<u16>>()
        ) {
            for address in [
                Address::Ip(v4.into()),
                Address::Ip(v6.into()),
                Address::Ip(Ipv4Addr::from(v4).to_ipv6_mapped().into()),
                Address::Mac(mac),
            ] {
                prop_assert_eq!(text(&address), format!("\"{address}\""));
                let end = Endpoint { address, port };
                prop_assert_eq!(text(&end), format!("\"{end}\""));
            }
        }
    }
}
