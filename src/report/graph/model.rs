//! A graph as plain values: lines, bars and marks over time, each with its packet,
//! to be drawn on a terminal, as SVG, or by the viewer.

use super::points::{Mark, Point, Points};
use crate::notes::Kind;
use crate::track::{PacketNumber, Side};

/// Intervals of a graph of throughput.
const INTERVALS: u64 = 60;

/// What a graph shows over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GraphKind {
    /// Sequence numbers of one side, and what is said of them.
    #[default]
    Sequence,
    /// Times from a segment to its acknowledgment.
    RoundTrip,
    /// Bytes in flight.
    Flight,
    /// Bits per second.
    Throughput,
    /// The receiver's window.
    Window,
}

impl GraphKind {
    /// Each with its name on the command line.
    pub const NAMED: [(&'static str, Self); 5] = [
        ("sequence", Self::Sequence),
        ("rtt", Self::RoundTrip),
        ("flight", Self::Flight),
        ("throughput", Self::Throughput),
        ("window", Self::Window),
    ];
}

/// What a line, bar or mark stands for, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ink {
    /// Segments as they were sent first; of other graphs, the values.
    Sent,
    /// What is acknowledged.
    Acknowledged,
    /// The edge of the receiver's window, or the window.
    Window,
    /// Ranges that SACK names.
    Sacked,
    /// What deserves attention.
    Attention,
    /// What is worth knowing.
    Note,
}

impl Ink {
    /// All of them, in the order of legends.
    pub const ALL: [Self; 6] = [
        Self::Sent,
        Self::Acknowledged,
        Self::Window,
        Self::Sacked,
        Self::Attention,
        Self::Note,
    ];
}

/// The letter of an annotation kind that has a place in graphs, and its colour.
#[must_use]
pub const fn letter(kind: Kind) -> Option<(char, Ink)> {
    Some(match kind {
        Kind::TcpRetransmissionTimeout => ('T', Ink::Attention),
        Kind::TcpRetransmissionAfterTimeout => ('A', Ink::Attention),
        Kind::TcpRetransmissionFast => ('F', Ink::Attention),
        Kind::TcpRetransmissionTailLossProbe => ('P', Ink::Attention),
        Kind::TcpRetransmissionPathMtu => ('M', Ink::Attention),
        Kind::TcpRetransmissionUnknown => ('R', Ink::Attention),
        Kind::TcpRetransmissionHandshake => ('H', Ink::Attention),
        Kind::TcpRetransmissionSpurious => ('S', Ink::Attention),
        Kind::TcpGap => ('G', Ink::Attention),
        Kind::TcpAckOfUnseen => ('U', Ink::Attention),
        Kind::TcpReset => ('X', Ink::Attention),
        Kind::TcpDataDiffers => ('!', Ink::Attention),
        Kind::TcpWindowZero => ('Z', Ink::Attention),
        Kind::TcpOutOfOrder => ('o', Ink::Note),
        Kind::TcpDuplicateAck => ('d', Ink::Note),
        Kind::TcpDsack => ('D', Ink::Note),
        Kind::TcpWindowFull => ('f', Ink::Note),
        Kind::TcpWindowUpdate => ('u', Ink::Note),
        Kind::TcpWindowProbe => ('p', Ink::Note),
        Kind::TcpKeepAlive => ('k', Ink::Note),
        _ => return None,
    })
}

/// What the vertical axis counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Nanoseconds.
    Time,
    /// Bits per second.
    Rate,
}

/// A point of a line: nanoseconds since the capture's first packet, the value, and
/// the packet that shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// When.
    pub time_ns: u64,
    /// How much.
    pub value: u64,
    /// The packet.
    pub packet: PacketNumber,
}

/// A line over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it stands for.
    pub ink: Ink,
    /// Each value holds until the next; else they are points that stand alone.
    pub steps: bool,
    /// Its points.
    pub places: Vec<Place>,
}

/// A range of values at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What it stands for.
    pub ink: Ink,
    /// Where it begins.
    pub place: Place,
    /// Behind its last value.
    pub end: u64,
}

/// A mark with its letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// Where it stands.
    pub place: Place,
    /// What is said of the packet.
    pub kind: Kind,
    /// In which words.
    pub text: String,
}

/// A graph, ready to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// What it shows.
    pub kind: GraphKind,
    /// Whose bytes it is about.
    pub side: Side,
    /// What the vertical axis counts.
    pub unit: Unit,
    /// The first and the last moment.
    pub times_ns: (u64, u64),
    /// The least and the most of the vertical axis.
    pub values: (u64, u64),
    /// Lines.
    pub lines: Vec<Line>,
    /// Bars.
    pub bars: Vec<Bar>,
    /// Marks.
    pub signs: Vec<Sign>,
}

impl Graph {
    /// The graph of one side of a conversation; `None` where there is nothing to
    /// draw.
    #[must_use]
    pub fn of(points: &Points, kind: GraphKind, side: Side) -> Option<Self> {
        let mut graph = Self {
            kind,
            side,
            unit: match kind {
                GraphKind::RoundTrip => Unit::Time,
                GraphKind::Throughput => Unit::Rate,
                _ => Unit::Bytes,
            },
            times_ns: (0, 0),
            values: (0, 0),
            lines: Vec::new(),
            bars: Vec::new(),
            signs: Vec::new(),
        };
        match kind {
            GraphKind::Sequence => graph.sequence(points),
            GraphKind::RoundTrip => graph.round_trip(points),
            GraphKind::Flight => graph.flight(points),
            GraphKind::Throughput => graph.throughput(points),
            GraphKind::Window => graph.window(points),
        }
        graph.signs(points);
        graph.measure(points).then_some(graph)
    }

    fn line(&mut self, ink: Ink, steps: bool, places: impl Iterator<Item = Place>) {
        let places: Vec<Place> = places.collect();
        if !places.is_empty() {
            self.lines.push(Line { ink, steps, places });
        }
    }

    fn sequence(&mut self, points: &Points) {
        let side = self.side;
        let mut end = 0;
        for point in points.all.iter().filter(|point| point.side == side) {
            if point.length > 0 {
                let is_again = point.new == 0 && point.payload > 0 && point.start < end;
                let place = at(point, point.start);
                let behind = point.start.saturating_add(point.length.into());
                end = end.max(behind);
                self.bars.push(Bar {
                    ink: if is_again { Ink::Attention } else { Ink::Sent },
                    place,
                    end: behind,
                });
            }
        }
        let acks = || points.all.iter().filter(move |point| point.side != side);
        for point in acks() {
            for (from, to) in &point.sack {
                self.bars.push(Bar {
                    ink: Ink::Sacked,
                    place: at(point, *from),
                    end: *to,
                });
            }
        }
        let mut highest = 0;
        let acknowledged = acks().filter_map(|point| {
            highest = highest.max(point.acknowledgment?);
            Some(at(point, highest))
        });
        let acknowledged: Vec<Place> = acknowledged.collect();
        self.line(Ink::Acknowledged, true, acknowledged.into_iter());
        let mut furthest = 0;
        let edges = acks().filter_map(|point| {
            let edge = point.acknowledgment?.saturating_add(point.window?.into());
            furthest = furthest.max(edge);
            Some(at(point, furthest))
        });
        let edges: Vec<Place> = edges.collect();
        self.line(Ink::Window, true, edges.into_iter());
    }

    fn round_trip(&mut self, points: &Points) {
        let side = self.side;
        let samples = points.all.iter().filter(|point| point.side != side);
        let samples = samples.filter_map(|point| Some(at(point, point.round_trip_ns?)));
        self.line(Ink::Sent, false, samples);
    }

    fn flight(&mut self, points: &Points) {
        let side = self.side;
        let flights = points
            .all
            .iter()
            .map(|point| at(point, point.in_flight[side]));
        self.line(Ink::Sent, true, flights);
        self.line(Ink::Window, true, windows(points, side));
    }

    fn window(&mut self, points: &Points) {
        let side = self.side;
        self.line(Ink::Window, true, windows(points, side));
        let flights = points
            .all
            .iter()
            .map(|point| at(point, point.in_flight[side]));
        self.line(Ink::Sent, true, flights);
    }

    fn throughput(&mut self, points: &Points) {
        let side = self.side;
        let interval_ns = interval_ns(points);
        let of_side = || points.all.iter().filter(move |point| point.side == side);
        let (Some(first), Some(last)) = (points.all.first(), points.all.last()) else {
            return;
        };
        let intervals = (last.time_ns.saturating_sub(first.time_ns) / interval_ns + 1) as usize;
        let mut sums = vec![(0_u64, 0_u64, first.packet); intervals];
        for point in of_side() {
            let number = point.time_ns.saturating_sub(first.time_ns) / interval_ns;
            if let Some((all, new, packet)) = sums.get_mut(number as usize) {
                *all += point.payload;
                *new += point.new;
                *packet = point.packet;
            }
        }
        if sums.iter().all(|(all, ..)| *all == 0) {
            return;
        }
        let place = |number: usize, bytes: u64, packet| Place {
            time_ns: first.time_ns.saturating_add(number as u64 * interval_ns),
            value: rate(bytes, interval_ns),
            packet,
        };
        let each = || sums.iter().enumerate();
        let again = sums.iter().any(|(all, new, _)| all != new);
        if again {
            let all = each().map(|(number, (all, _, packet))| place(number, *all, *packet));
            self.line(Ink::Attention, true, all);
        }
        let new = each().map(|(number, (_, new, packet))| place(number, *new, *packet));
        self.line(Ink::Sent, true, new);
    }

    fn signs(&mut self, points: &Points) {
        for mark in &points.marks {
            if let Some(value) = self.height(mark) {
                let place = Place {
                    time_ns: mark.time_ns,
                    value,
                    packet: mark.packet,
                };
                self.signs.push(Sign {
                    place,
                    kind: mark.kind,
                    text: mark.text.clone(),
                });
            }
        }
    }

    /// How high a mark stands; `None` where it has no place in this graph.
    fn height(&self, mark: &Mark) -> Option<u64> {
        let is_own = mark.side == self.side;
        let is_of_window = mark.kind.name().starts_with("tcp.window.");
        match self.kind {
            GraphKind::Sequence if is_own => Some(mark.end),
            GraphKind::Sequence if is_of_window => {
                let window = mark.window.unwrap_or(0);
                Some(mark.acknowledgment?.saturating_add(window.into()))
            }
            GraphKind::Sequence => mark.acknowledgment,
            GraphKind::Flight if is_own => Some(mark.in_flight[self.side]),
            GraphKind::Window if is_of_window && !is_own => mark.window.map(u64::from),
            GraphKind::Window if is_of_window => Some(mark.in_flight[self.side]),
            _ => None,
        }
    }

    /// Finds how far the axes reach; gives whether there is anything to draw.
    fn measure(&mut self, points: &Points) -> bool {
        let lines = self.lines.iter().flat_map(|line| &line.places);
        let bars = self.bars.iter().map(|bar| &bar.place);
        let signs = self.signs.iter().map(|sign| &sign.place);
        let least = lines
            .clone()
            .chain(bars.clone())
            .map(|place| place.value)
            .min();
        // A window far above what was ever sent would press all else to the ground.
        let is_drawn = |line: &&Line| line.ink != Ink::Window || self.kind != GraphKind::Sequence;
        let in_lines = self.lines.iter().filter(is_drawn);
        let in_lines = in_lines.flat_map(|line| &line.places).map(|it| it.value);
        let ends = self.bars.iter().map(|bar| bar.end);
        let most = in_lines
            .chain(ends)
            .chain(signs.map(|place| place.value))
            .max();
        let (Some(least), Some(most)) = (least, most) else {
            return false;
        };
        let base = match self.kind {
            GraphKind::Sequence => least,
            _ => 0,
        };
        let most = match self.kind {
            GraphKind::Sequence => {
                let edge = self.lines.iter().filter(|line| line.ink == Ink::Window);
                let edge = edge
                    .flat_map(|line| &line.places)
                    .map(|place| place.value)
                    .max();
                let room = most.saturating_sub(base) / 4;
                edge.map_or(most, |edge| edge.clamp(most, most.saturating_add(room)))
            }
            _ => most,
        };
        let time = |point: Option<&Point>| point.map_or(0, |point| point.time_ns);
        let first_ns = time(points.all.first());
        let all = points.all.iter().map(|point| point.time_ns);
        let last_ns = all.max().unwrap_or(first_ns);
        self.times_ns = (first_ns, last_ns.max(first_ns.saturating_add(1)));
        self.values = (base, most.max(base.saturating_add(1)));
        true
    }

    /// The colours of its lines and bars, each once.
    #[must_use]
    pub fn inks(&self) -> Vec<Ink> {
        let lines = self.lines.iter().map(|line| line.ink);
        let used: Vec<Ink> = lines.chain(self.bars.iter().map(|bar| bar.ink)).collect();
        let inks = Ink::ALL.into_iter();
        inks.filter(|ink| used.contains(ink)).collect()
    }

    /// The kinds of its marks, each once, those that deserve attention first.
    #[must_use]
    pub fn kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = Vec::new();
        for sign in &self.signs {
            if !kinds.contains(&sign.kind) {
                kinds.push(sign.kind);
            }
        }
        kinds.sort_by_key(|kind| (letter(*kind).map(|(_, ink)| ink), kind.name()));
        kinds
    }
}

/// How long an interval of a graph of throughput is.
#[must_use]
pub fn interval_ns(points: &Points) -> u64 {
    let (Some(first), Some(last)) = (points.all.first(), points.all.last()) else {
        return 1;
    };
    let all_ns = last.time_ns.saturating_sub(first.time_ns);
    super::axis::step(all_ns / INTERVALS).max(1)
}

/// Bits per second.
#[must_use]
pub fn rate(bytes: u64, during_ns: u64) -> u64 {
    let bits = u128::from(bytes) * 8 * 1_000_000_000;
    let rate = bits.checked_div(u128::from(during_ns)).unwrap_or(0);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

fn at(point: &Point, value: u64) -> Place {
    Place {
        time_ns: point.time_ns,
        value,
        packet: point.packet,
    }
}

/// The windows that the receiver of a side's bytes announces.
fn windows(points: &Points, side: Side) -> impl Iterator<Item = Place> + '_ {
    let acks = points.all.iter().filter(move |point| point.side != side);
    acks.filter_map(|point| Some(at(point, point.window?.into())))
}
