//! A run of plain packets in a ladder as one line: `12–17  6 packets: client 8 B
//! ×2 …`. Nothing is said of any of them, so that their number and their sizes
//! are all there is to know.

use super::screen::Screen;
use crate::decode::{Packet, TcpFlags};
use crate::notes::{Lang, units};
use crate::report::PacketReport;
use crate::report::numbers::grouped;
use crate::report::style::Paint;
use crate::report::words::Words;
use crate::report::wrap::hang;
use crate::track::{PacketNumber, Side, Sides};

/// A run of fewer packets is drawn packet by packet.
const LEAST: u64 = 3;

/// Different sizes that are told of each side.
const MOST_SIZES: usize = 3;

/// Plain packets one after the other.
#[derive(Debug, Default)]
pub struct Run {
    /// The first packets as they are drawn by themselves.
    drawn: String,
    packets: u64,
    /// The first packet's time, as it is written.
    time: String,
    first: Option<(PacketNumber, u64)>,
    last: (PacketNumber, u64),
    sides: Sides<Sent>,
}

/// What one side sent in a run.
#[derive(Debug, Default)]
struct Sent {
    /// Payload lengths, and how many packets had each.
    sizes: Vec<(u32, u64)>,
    /// Packets with other payload lengths, and their bytes.
    others: (u64, u64),
    /// Packets without payload.
    empty: u64,
}

/// Whether a packet is as plain as data and its acknowledgment are.
pub fn is_plain(packet: &Packet<'_>) -> bool {
    packet.stop.is_none()
        && packet.tcp().is_some_and(|tcp| {
            let marks = [TcpFlags::SYN, TcpFlags::FIN, TcpFlags::RST, TcpFlags::URG];
            !marks.into_iter().any(|flag| tcp.flags.has(flag))
        })
}

impl Run {
    /// Adds a packet, which by itself is drawn like this.
    pub fn add(&mut self, report: &PacketReport<'_>, rung: &str, time: &str) {
        let frame = &report.packet.frame;
        if self.packets == 0 {
            self.time = time.to_owned();
        }
        self.packets += 1;
        if self.packets < LEAST {
            self.drawn.push_str(rung);
        }
        self.first.get_or_insert((frame.number, frame.time_ns));
        self.last = (frame.number, frame.time_ns);
        let sent = &mut self.sides[report.tracked.sender.unwrap_or_default()];
        let length = report.packet.payload.length;
        if length == 0 {
            sent.empty += 1;
            return;
        }
        let room = sent.sizes.len() < MOST_SIZES;
        match sent.sizes.iter_mut().find(|(size, _)| *size == length) {
            Some((_, count)) => *count += 1,
            None if room => sent.sizes.push((length, 1)),
            None => {
                sent.others.0 += 1;
                sent.others.1 += u64::from(length);
            }
        }
    }

    /// Writes the run: in a line, so many columns before its text, or packet by
    /// packet if it is short.
    pub fn write(&self, out: &mut String, screen: &Screen, margin: usize) {
        let Some((first, first_ns)) = self.first.filter(|_| self.packets >= LEAST) else {
            out.push_str(&self.drawn);
            return;
        };
        let words = screen.words;
        let (last, last_ns) = self.last;
        let before = match self.time.as_str() {
            "" => format!("{first:>5}–{last}  "),
            time => format!("{time} {first:>5}–{last}  "),
        };
        let sides: Vec<_> = Side::BOTH
            .into_iter()
            .filter_map(|side| {
                let text = self.sides[side].text(words)?;
                let paint = match side {
                    Side::Client => Paint::Client,
                    Side::Server => Paint::Server,
                };
                let side = screen.style.paint(paint, words.side(side));
                Some(format!("{side} {text}"))
            })
            .collect();
        let lasted = units::duration(last_ns.saturating_sub(first_ns));
        let text = format!(
            "{}{}{}{}{lasted}",
            words.count_packets(self.packets),
            words.0.pick(": ", "："),
            sides.join(words.0.pick("; ", "；")),
            words.0.pick("; in ", "；用时 "),
        );
        let before = screen.style.paint(Paint::Faint, &before);
        hang(out, &before, &" ".repeat(margin), &text, screen.width);
    }
}

impl Sent {
    /// `8 B ×2, 3 ACKs`; `None` if the side sent nothing.
    fn text(&self, words: Words) -> Option<String> {
        let mut each: Vec<_> = self
            .sizes
            .iter()
            .map(|(size, count)| {
                let size = units::bytes(u64::from(*size));
                match count {
                    1 => size,
                    count => format!("{size} ×{}", grouped(*count)),
                }
            })
            .collect();
        if let (packets @ 1.., bytes) = self.others {
            let (packets, bytes) = (grouped(packets), units::bytes(bytes));
            each.push(match words.0 {
                Lang::En => format!("{packets} others of {bytes}"),
                Lang::Zh => format!("另外 {packets} 个共 {bytes}"),
            });
        }
        match self.empty {
            0 => {}
            1 => each.push("ACK".to_owned()),
            count => each.push(format!("ACK ×{}", grouped(count))),
        }
        (!each.is_empty()).then(|| each.join(words.0.pick(", ", "，")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_told_by_its_sizes_and_what_has_none() {
        let sent = Sent {
            sizes: vec![(8, 2), (1_448, 1)],
            others: (3, 90),
            empty: 4,
        };
        assert_eq!(
            sent.text(Words(Lang::En)).as_deref(),
            Some("8 B ×2, 1.45 kB, 3 others of 90 B, ACK ×4")
        );
        assert_eq!(Sent::default().text(Words(Lang::Zh)), None);
    }
}
