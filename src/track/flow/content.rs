//! What the data of a conversation are, where nothing here reads them: the
//! service is found in its first data and then holds for all of it.

use serde::{Deserialize, Serialize};

use crate::decode::{Packet, Protocol, Service, Undecoded, recognise, undecoded};

/// So many packets with data are looked at before it is given up.
const LOOKED_AT: u8 = 3;

/// What is known of a conversation's data.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(in crate::track) struct Content {
    service: Option<Service>,
    looked_at: u8,
    /// What is read of them, where each packet tells it.
    spoken: Option<Protocol>,
}

impl Content {
    /// What is spoken in it, where that is read.
    pub fn spoken(&self) -> Option<Protocol> {
        self.spoken
    }

    /// This is spoken in it.
    pub fn speaks(&mut self, protocol: Protocol) {
        self.spoken = Some(protocol);
    }

    /// What a packet of the conversation carries that is not read.
    pub fn undecoded(&mut self, packet: &Packet<'_>) -> Option<Undecoded> {
        if let Some(innermost) = packet.layers.last()
            && innermost.protocol.osi_layer() == Some(7)
        {
            self.spoken = Some(innermost.protocol);
        }
        let found = undecoded(packet)?;
        if !matches!(found, Undecoded::Data(_)) {
            return Some(found);
        }
        if self.service.is_none() && self.looked_at < LOOKED_AT {
            self.looked_at += 1;
            let recognised = recognise(&packet.transport, packet.payload_bytes());
            self.service = recognised.map(|(service, _)| service);
        }
        match self.service {
            Some(service) if service.is_read_over_tcp() && packet.tcp().is_some() => None,
            service => Some(service.map_or(found, Undecoded::Service)),
        }
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
