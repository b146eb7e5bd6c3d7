//! Recordings of connections whose segments carry what a test says.

/// A recording that is made packet by packet.
#[derive(Default)]
pub struct Recording {
    packets: Vec<u8>,
    /// The last of them, without its record's header.
    last: Vec<u8>,
    connections: u16,
    /// Of the last packet: each has its own.
    identification: u16,
    microseconds: u32,
}

const SYN: u8 = 2;
const PSH: u8 = 8;
const ACK: u8 = 16;

impl Recording {
    /// Opens another connection; gives its number.
    pub fn connection(&mut self) -> u16 {
        self.connections += 1;
        let connection = self.connections;
        self.packet(connection, true, SYN, [0, 0], &[]);
        self.packet(connection, false, SYN | ACK, [0, 1], &[]);
        self.packet(connection, true, ACK, [1, 1], &[]);
        connection
    }

    /// Adds a segment of the client, from this byte of its stream on.
    pub fn client(&mut self, connection: u16, offset: usize, payload: &[u8]) {
        self.packet(connection, true, PSH | ACK, [1 + offset as u32, 1], payload);
    }

    /// Adds the last packet once more, as it is.
    pub fn again(&mut self) {
        let packet = std::mem::take(&mut self.last);
        self.add(packet);
    }

    /// The file: microseconds, Ethernet.
    pub fn finish(self) -> Vec<u8> {
        let mut file = Vec::new();
        for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 1] {
            file.extend(word.to_le_bytes());
        }
        file.extend(self.packets);
        file
    }

    fn packet(
        &mut self,
        connection: u16,
        from_client: bool,
        flags: u8,
        [sequence, acknowledgment]: [u32; 2],
        payload: &[u8],
    ) {
        let client = ([10, 0, 0, 1], 20_000 + connection);
        let server = ([192, 0, 2, 1], 80_u16);
        let (source, destination) = match from_client {
            true => (client, server),
            false => (server, client),
        };
        let mut packet = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0];
        packet.extend((40 + payload.len() as u16).to_be_bytes());
        self.identification += 1;
        packet.extend(self.identification.to_be_bytes());
        packet.extend([0x40, 0, 64, 6, 0, 0]);
        packet.extend(source.0);
        packet.extend(destination.0);
        packet.extend(source.1.to_be_bytes());
        packet.extend(destination.1.to_be_bytes());
        packet.extend(sequence.to_be_bytes());
        packet.extend(acknowledgment.to_be_bytes());
        packet.extend([0x50, flags, 0x20, 0, 0, 0, 0, 0]);
        packet.extend(payload);
        self.add(packet);
    }

    fn add(&mut self, packet: Vec<u8>) {
        self.microseconds += 400;
        let length = packet.len() as u32;
        for word in [1_700_000_000, self.microseconds, length, length] {
            self.packets.extend(u32::to_le_bytes(word));
        }
        self.packets.extend(&packet);
        self.last = packet;
    }
}
