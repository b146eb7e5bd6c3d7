//! What the data of a conversation are, where nothing here reads them: the
//! service is found in its first data and then holds for all of it.

use serde::{Deserialize, Serialize};

use crate::decode::{Packet, Service, Undecoded, recognise, undecoded};

/// So many packets with data are looked at before it is given up.
const LOOKED_AT: u8 = 3;

/// What is known of a conversation's data.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(in crate::track) struct Content {
    service: Option<Service>,
    looked_at: u8,
}

impl Content {
    /// What a packet of the conversation carries that is not read.
    pub fn undecoded(&mut self, packet: &Packet<'_>) -> Option<Undecoded> {
        let found = undecoded(packet)?;
        if !matches!(found, Undecoded::Data(_)) {
            return Some(found);
        }
        if self.service.is_none() && self.looked_at < LOOKED_AT {
            self.looked_at += 1;
            let recognised = recognise(&packet.transport, packet.payload_bytes());
            self.service = recognised.map(|(service, _)| service);
        }
        Some(self.service.map_or(found, Undecoded::Service))
    }
}

#[cfg(test)]
mod tests {
    use super::Content;
    use crate::track::frames::{ipv4, packet, udp};

    #[test]
    fn the_service_of_the_first_data_holds_for_the_whole_conversation() {
        let mut content = Content::default();
        let mut name = |data: &[u8]| {
            let bytes = ipv4(17, 1, 2, &udp(40_000, 69, data));
            let undecoded = content.undecoded(&packet(1, 0, &bytes));
            undecoded.map(|undecoded| undecoded.name().into_owned())
        };
        assert_eq!(name(&[9; 4]).as_deref(), Some("UDP data"));
        assert_eq!(name(&[0, 1, b'a', 0]).as_deref(), Some("TFTP"));
        assert_eq!(name(&[9; 4]).as_deref(), Some("TFTP"));
        assert_eq!(name(&[]), None);
    }
}
