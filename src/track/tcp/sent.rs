//! The segments of one direction that are in flight, and the last that were
//! acknowledged: what a retransmission repeats, what an acknowledgment takes.

use std::collections::VecDeque;

use super::sequence::{after, before};
use crate::track::PacketNumber;
use crate::track::packed::{
    Each, Identification, Kind, Maybe, Number, Packed, Packer, Pair, Sequence, Stamp, Time,
    Unpacker, Whole, packed,
};

/// Acknowledged segments that are still remembered, so that needless copies
/// of them find their original.
const KEPT_ACKNOWLEDGED: usize = 3;

/// Memory for so many is kept for the next connection.
const MEMORY_KEPT: usize = 32;

/// Segments that are remembered at the most: some 12 MB of full segments.
const AT_MOST: usize = 8192;

/// A segment as it was first (and maybe again) sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sent {
    pub start: u32,
    pub end: u32,
    /// The packet that first carried it.
    pub packet: PacketNumber,
    /// When it was first sent.
    pub time_ns: u64,
    /// The packet that last carried it, and when.
    pub last: (PacketNumber, u64),
    /// The first transmission's IP identification.
    pub identification: u16,
    /// Sent more than once: no round-trip sample (Karn's rule), unless the
    /// timestamp that is echoed tells which transmission arrived.
    pub again: bool,
    /// The timestamps of the first and of the last transmission.
    pub timestamps: (Option<u32>, Option<u32>),
    /// The peer has it: a SACK told.
    pub sacked: bool,
    /// The peer has it: an acknowledgment told.
    pub acknowledged: bool,
}

impl Packed for Sent {
    fn pack(&self, to: &mut Packer) {
        let Self {
            start,
            end,
            packet,
            time_ns,
            last,
            identification,
            again,
            timestamps,
            sacked,
            acknowledged,
        } = self;
        Sequence::pack(start, to);
        Sequence::pack(end, to);
        Number::pack(packet, to);
        Time::pack(time_ns, to);
        Identification::pack(identification, to);
        Maybe::<Stamp>::pack(&timestamps.0, to);
        let once = *last == (*packet, *time_ns) && timestamps.0 == timestamps.1;
        to.bit(once);
        if !once {
            Pair::<Number, Time>::pack(last, to);
            Maybe::<Stamp>::pack(&timestamps.1, to);
        }
        to.bit(*again);
        to.bit(*sacked);
        to.bit(*acknowledged);
    }

    fn unpack(&mut self, from: &mut Unpacker<'_>) {
        self.start = from.sequence(false);
        self.end = from.sequence(false);
        self.packet = from.number();
        self.time_ns = from.time();
        Identification::unpack(&mut self.identification, from);
        Maybe::<Stamp>::unpack(&mut self.timestamps.0, from);
        if from.bit() {
            self.last = (self.packet, self.time_ns);
            self.timestamps.1 = self.timestamps.0;
        } else {
            Pair::<Number, Time>::unpack(&mut self.last, from);
            Maybe::<Stamp>::unpack(&mut self.timestamps.1, from);
        }
        self.again = from.bit();
        self.sacked = from.bit();
        self.acknowledged = from.bit();
    }
}

impl Sent {
    /// When the transmission was sent that this timestamp names, of a segment
    /// that was sent more than once.
    fn echoed_from_ns(&self, echo: Option<u32>) -> Option<u64> {
        let (first, last) = self.timestamps;
        if !self.again || echo.is_none() || first == last {
            return None;
        }
        match echo {
            _ if echo == last => Some(self.last.1),
            _ if echo == first => Some(self.time_ns),
            _ => None,
        }
    }
}

/// What an acknowledgment took in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taken {
    /// When the newest segment that it acknowledges was sent, if none of them
    /// was sent twice; else when the transmission was sent whose timestamp it
    /// echoes (RFC 7323, section 4), if that is only one.
    pub sample_from_ns: Option<u64>,
    /// A segment among them was sent once only, and no SACK had told of it.
    pub original: bool,
    /// When the latest sent of them was sent.
    pub latest_sent_ns: u64,
}

/// Segments by sequence number, none overlapping another.
#[derive(Debug, Default)]
pub(super) struct SentSegments(VecDeque<Sent>);

packed!(SentSegments(Each<Whole>));

impl SentSegments {
    /// Adds a segment whose bytes were not known before.
    pub fn add(&mut self, sent: Sent) {
        if self.0.len() == AT_MOST {
            self.0.pop_front();
        }
        match self.0.back() {
            Some(last) if !before(last.start, sent.start) => {
                let is_before = |known: &Sent| before(known.start, sent.start);
                let at = self.0.partition_point(is_before);
                self.0.insert(at, sent);
            }
            _ => self.0.push_back(sent),
        }
    }

    fn first_behind(&self, start: u32) -> usize {
        match self.0.back() {
            Some(last) if after(last.end, start) => {
                self.0.partition_point(|known| !after(known.end, start))
            }
            _ => self.0.len(),
        }
    }

    /// The segment that holds this sequence number.
    pub fn find(&self, sequence: u32) -> Option<&Sent> {
        self.0
            .get(self.first_behind(sequence))
            .filter(|sent| !after(sent.start, sequence))
    }

    /// The segments that overlap a range.
    pub fn overlapping(&mut self, start: u32, end: u32) -> impl Iterator<Item = &mut Sent> {
        let from = self.first_behind(start);
        self.0
            .range_mut(from..)
            .take_while(move |sent| before(sent.start, end))
    }

    /// How many segments lie in a range.
    pub fn count(&self, start: u32, end: u32) -> u32 {
        let from = self.first_behind(start);
        let within = self
            .0
            .range(from..)
            .take_while(|sent| before(sent.start, end));
        u32::try_from(within.count()).unwrap_or(u32::MAX)
    }

    /// Marks a range as sent again.
    pub fn send_again(
        &mut self,
        start: u32,
        end: u32,
        packet: PacketNumber,
        time_ns: u64,
        timestamp: Option<u32>,
    ) {
        for sent in self.overlapping(start, end) {
            sent.again = true;
            sent.timestamps.1 = timestamp;
            sent.last = (packet, time_ns);
        }
    }

    /// Takes in a SACK block; gives what it newly took.
    pub fn sack(&mut self, start: u32, end: u32) -> Taken {
        let mut taken = Taken::default();
        for sent in self.overlapping(start, end) {
            let whole = !before(sent.start, start) && !after(sent.end, end);
            if whole && !sent.sacked && !sent.acknowledged {
                sent.sacked = true;
                taken.original |= !sent.again;
                taken.latest_sent_ns = taken.latest_sent_ns.max(sent.last.1);
            }
        }
        taken
    }

    /// Takes in an acknowledgment.
    pub fn acknowledge(&mut self, acknowledgment: u32, echo: Option<u32>) -> Taken {
        let mut taken = Taken::default();
        let mut again = false;
        let mut echoed_ns = None;
        let mut covered = 0_usize;
        for sent in &mut self.0 {
            if after(sent.end, acknowledgment) {
                break;
            }
            covered += 1;
            if sent.acknowledged {
                continue;
            }
            sent.acknowledged = true;
            again |= sent.again;
            echoed_ns = echoed_ns.or(sent.echoed_from_ns(echo));
            taken.latest_sent_ns = taken.latest_sent_ns.max(sent.last.1);
            taken.original |= !sent.again && !sent.sacked;
            // What a SACK told before arrived before: its time is not now's.
            if !sent.sacked {
                taken.sample_from_ns = Some(sent.time_ns);
            }
        }
        if again {
            taken.sample_from_ns = echoed_ns;
        }
        for _ in KEPT_ACKNOWLEDGED..covered {
            self.0.pop_front();
        }
        taken
    }

    /// Forgets all of them, and keeps the memory unless it is much.
    pub fn forget(&mut self) {
        self.0.clear();
        self.0.shrink_to(MEMORY_KEPT);
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}
