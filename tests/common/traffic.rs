//! A capture of any size, the same for the same seed: short TCP conversations
//! that overlap, with loss and reordering, UDP and broken packets among them.

#![allow(dead_code, reason = "each test file uses a part of this")]

/// A pcap file (microseconds, Ethernet) of at least so many packets.
pub fn traffic(packets: usize, seed: u64) -> Vec<u8> {
    let mut traffic = Traffic {
        file: header(),
        random: seed | 1,
        microseconds: 1_700_000_000_000_000,
        packets: 0,
    };
    let mut open: Vec<Connection> = Vec::new();
    let mut number = 0;
    while traffic.packets < packets {
        if open.len() < 40 {
            number += 1;
            open.push(Connection::new(number));
        }
        let index = traffic.below(open.len());
        if !open[index].step(&mut traffic) {
            open.swap_remove(index);
        }
        if traffic.below(50) == 0 {
            traffic.datagram(number);
        }
    }
    traffic.file
}

struct Traffic {
    file: Vec<u8>,
    random: u64,
    microseconds: u64,
    packets: usize,
}

/// The next step of one connection, and its numbers.
struct Connection {
    number: u32,
    step: u32,
    sequence: [u32; 2],
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const PSH: u8 = 8;
const ACK: u8 = 16;

impl Connection {
    fn new(number: u32) -> Self {
        let first = number.wrapping_mul(0x9e37_79b9);
        Self {
            number,
            step: 0,
            sequence: [first, !first],
        }
    }

    /// False when it is over.
    fn step(&mut self, traffic: &mut Traffic) -> bool {
        let step = self.step;
        self.step += 1;
        match step {
            0 => self.send(traffic, 0, SYN, 0),
            1 => self.send(traffic, 1, SYN | ACK, 0),
            2 => self.send(traffic, 0, ACK, 0),
            3 => self.send(traffic, 0, PSH | ACK, 200),
            4..=14 => {
                let length = 1 + traffic.below(1_400) as u32;
                match traffic.below(20) {
                    // Sent again.
                    0 => {
                        self.sequence[1] = self.sequence[1].wrapping_sub(length);
                        self.send(traffic, 1, ACK, length);
                    }
                    // Lost by the recording.
                    1 => self.sequence[1] = self.sequence[1].wrapping_add(length),
                    2 => self.send(traffic, 0, ACK, 0),
                    _ => self.send(traffic, 1, PSH | ACK, length),
                }
            }
            15 if self.number.is_multiple_of(9) => {
                self.send(traffic, 0, RST, 0);
                return false;
            }
            15 => self.send(traffic, 0, FIN | ACK, 0),
            16 => self.send(traffic, 1, FIN | ACK, 0),
            17 => self.send(traffic, 0, ACK, 0),
            _ => return false,
        }
        true
    }

    fn send(&mut self, traffic: &mut Traffic, from: usize, flags: u8, length: u32) {
        let port = 1_024 + (self.number % 60_000) as u16;
        let ports = if from == 0 { [port, 80] } else { [80, port] };
        let mut segment = Vec::new();
        segment.extend(ports[0].to_be_bytes());
        segment.extend(ports[1].to_be_bytes());
        segment.extend(self.sequence[from].to_be_bytes());
        let acknowledged = if flags & ACK == 0 {
            0
        } else {
            self.sequence[1 - from]
        };
        segment.extend(acknowledged.to_be_bytes());
        segment.extend([0x50, flags, 0xfa, 0xf0, 0, 0, 0, 0]);
        segment.extend((0..length).map(|byte| byte as u8));
        let taken = length + u32::from(flags & (SYN | FIN) != 0);
        self.sequence[from] = self.sequence[from].wrapping_add(taken);
        let damaged = traffic.below(300) == 0;
        traffic.packet(self.number, from == 0, 6, 16, segment, damaged);
    }
}

impl Traffic {
    fn below(&mut self, limit: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random % limit as u64) as usize
    }

    fn datagram(&mut self, number: u32) {
        let data = vec![0x61; 8 + self.below(100)];
        let length = data.len() as u16 + 8;
        let mut datagram = Vec::new();
        for field in [5_000, 5_001, length, 0] {
            datagram.extend(field.to_be_bytes());
        }
        datagram.extend(data);
        self.packet(number, true, 17, 6, datagram, false);
    }

    /// Wraps it into IPv4 and Ethernet, with its checksum unless `damaged`.
    fn packet(
        &mut self,
        host: u32,
        from_client: bool,
        protocol: u8,
        field: usize,
        mut segment: Vec<u8>,
        damaged: bool,
    ) {
        let [_, _, high, low] = (host % 500).to_be_bytes();
        let (client, server) = ([10, 1, high, low], [10, 2, 0, low % 7]);
        let (source, destination) = match from_client {
            true => (client, server),
            false => (server, client),
        };
        let length = segment.len() as u16;
        let mut covered = [source, destination].concat();
        covered.extend([0, protocol]);
        covered.extend(length.to_be_bytes());
        covered.extend(&segment);
        let sum = !fold(&covered) ^ u16::from(damaged);
        segment[field..field + 2].copy_from_slice(&sum.to_be_bytes());
        let mut ip = vec![0x45, 0];
        ip.extend((length + 20).to_be_bytes());
        ip.extend((self.packets as u16).to_be_bytes());
        ip.extend([0x40, 0, 64, protocol, 0, 0]);
        ip.extend(source);
        ip.extend(destination);
        let sum = !fold(&ip);
        ip[10..12].copy_from_slice(&sum.to_be_bytes());
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
        frame.extend(ip);
        frame.extend(segment);
        self.microseconds += self.below(2_000) as u64;
        let seconds = (self.microseconds / 1_000_000) as u32;
        let rest = (self.microseconds % 1_000_000) as u32;
        let length = frame.len() as u32;
        for field in [seconds, rest, length, length] {
            self.file.extend(field.to_le_bytes());
        }
        self.file.extend(frame);
        self.packets += 1;
    }
}

fn header() -> Vec<u8> {
    let mut header = Vec::new();
    for field in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, 1] {
        header.extend(field.to_le_bytes());
    }
    header
}

/// The sum of RFC 1071.
fn fold(bytes: &[u8]) -> u16 {
    let mut sum = 0_u32;
    for pair in bytes.chunks(2) {
        let word = [pair[0], pair.get(1).copied().unwrap_or(0)];
        sum += u32::from(u16::from_be_bytes(word));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}
