//! The Community ID of a flow, version 1 with seed 0, by which the logs of several
//! tools are joined (<https://github.com/corelight/community-id-spec>): the SHA-1 of
//! both ends, the smaller first, in base64.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use crate::track::{Address, Conversation, Endpoint};

/// The id of a conversation of TCP or UDP. That of ICMP rests on the types of its
/// messages, which a conversation between two hosts may have several of.
pub(super) fn of(it: &Conversation) -> Option<String> {
    let protocol = match it.protocol {
        "tcp" => 6,
        "udp" => 17,
        _ => return None,
    };
    let mut ends = [it.client?, it.server?].map(|end| Some((bytes(&end)?, end.port?)));
    ends.sort();
    let [Some((first, from)), Some((second, to))] = ends else {
        return None;
    };
    let mut sum = Sha1::new();
    sum.update([0, 0]);
    sum.update(first);
    sum.update(second);
    sum.update([protocol, 0]);
    sum.update(from.to_be_bytes());
    sum.update(to.to_be_bytes());
    Some(format!("1:{}", STANDARD.encode(sum.finalize())))
}

/// The bytes of an IP address.
fn bytes(end: &Endpoint) -> Option<Vec<u8>> {
    match end.address {
        Address::Ip(IpAddr::V4(ip)) => Some(ip.octets().to_vec()),
        Address::Ip(IpAddr::V6(ip)) => Some(ip.octets().to_vec()),
        Address::Mac(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::conversation;

    #[test]
    fn ids_are_those_of_the_specification_whoever_is_the_client() {
        for (protocol, from, to, id) in [
            (
                "tcp",
                ("128.232.110.120", 34855),
                ("66.35.250.204", 80),
                "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
            ),
            (
                "udp",
                ("192.168.1.52", 54585),
                ("8.8.8.8", 53),
                "1:d/FP5EW3wiY1vCndhwleRRKHowQ=",
            ),
        ] {
            let end = |(address, port): (&str, u16)| {
                let address = Address::Ip(address.parse().unwrap());
                let port = Some(port);
                Some(Endpoint { address, port })
            };
            let mut it = conversation(1);
            it.protocol = protocol;
            (it.client, it.server) = (end(from), end(to));
            assert_eq!(of(&it).as_deref(), Some(id));
            (it.client, it.server) = (end(to), end(from));
            assert_eq!(of(&it).as_deref(), Some(id));
            it.protocol = "arp";
            assert_eq!(of(&it), None);
        }
    }
}
