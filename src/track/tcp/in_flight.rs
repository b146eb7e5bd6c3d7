//! The segments of one direction that are in flight, and the last that were
//! acknowledged: what a retransmission repeats, what an acknowledgment takes.

use super::segment::Segment;
use super::send_order::Mark;
use super::sequence::{after, before};
use crate::track::PacketNumber;
use crate::track::dormant::near;
use serde::{Deserialize, Serialize};

/// Acknowledged segments that are still remembered, so that needless copies
/// of them find their original.
const KEPT_ACKNOWLEDGED: usize = 3;

/// Acknowledged segments are forgotten once one that was first sent so long
/// after them is acknowledged: a sender that did not get their acknowledgment
/// would have sent them again before (RFC 6298, section 2.1: after 1 s at
/// first).
const KEPT_NS: u64 = 3_000_000_000;

/// Segments that are remembered at the most: some 12 MB of full segments.
const AT_MOST: usize = 8192;

/// A segment as it was first (and maybe again) sent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Sent {
    #[serde(with = "near::sequence")]
    pub start: u32,
    #[serde(with = "near::sequence")]
    pub end: u32,
    /// The packet that first carried it.
    #[serde(with = "near::packet")]
    pub packet: PacketNumber,
    /// When it was first sent.
    #[serde(with = "near::time")]
    pub time_ns: u64,
    /// Sent more than once: no round-trip sample (Karn's rule), unless the
    /// timestamp that is echoed tells which transmission arrived.
    again: Option<Box<Again>>,
    /// The first transmission's timestamp, where it bears one.
    timestamp: u32,
    /// The first transmission's IP identification.
    pub identification: u16,
    /// What else is known, in bits.
    known: u8,
    /// What tells its data from other data.
    data: Data,
}

/// What tells data from other data: its sum, and its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Data {
    sum: Option<u16>,
    /// Of the first [`BEGINNING`] bytes.
    beginning: Option<u32>,
}

/// So much of a segment's data is told from other data where the segments are
/// cut in different ways.
const BEGINNING: usize = 32;

impl Data {
    /// Of a segment.
    pub fn of(segment: &Segment<'_>) -> Self {
        let first = segment.payload.first_chunk::<BEGINNING>();
        Self {
            sum: segment.data_sum,
            beginning: first.map(mixed),
        }
    }

    /// Whether it is other data that begins at the same number.
    pub fn differs(&self, other: &Self, same_length: bool) -> bool {
        let sums = self.sum.zip(other.sum).filter(|_| same_length);
        let beginnings = self.beginning.zip(other.beginning);
        sums.is_some_and(|(one, other)| one != other)
            || beginnings.is_some_and(|(one, other)| one != other)
    }
}

/// A number in which any change of the bytes shows, but for one in 2^32.
fn mixed(bytes: &[u8; BEGINNING]) -> u32 {
    let (words, _) = bytes.as_chunks::<8>();
    let mix = |mixed: u64, word: &[u8; 8]| {
        (mixed ^ u64::from_ne_bytes(*word))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
    };
    (words.iter().fold(0, mix) >> 32) as u32
}

/// The last transmission of a segment that was sent more than once.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Again {
    #[serde(with = "near::packet")]
    packet: PacketNumber,
    #[serde(with = "near::time")]
    time_ns: u64,
    timestamp: Option<u32>,
}

/// It bears a timestamp.
const STAMPED: u8 = 1;
/// It was sent more than once.
const AGAIN: u8 = 2;
/// The peer has it: a SACK told.
const SACKED: u8 = 4;
/// The peer has it: an acknowledgment told.
const ACKNOWLEDGED: u8 = 8;
/// Its data is whole, and not damaged as far as can be told.
const SOUND: u8 = 16;

impl Sent {
    /// As it is first sent.
    pub fn new(start: u32, end: u32, packet: PacketNumber, time_ns: u64, mark: Mark) -> Self {
        Self {
            start,
            end,
            packet,
            time_ns,
            again: None,
            timestamp: mark.timestamp.unwrap_or_default(),
            identification: mark.identification,
            known: if mark.timestamp.is_some() { STAMPED } else { 0 },
            data: Data::default(),
        }
    }

    /// What tells its data from other data.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// Remembers what tells its data from other data.
    fn describe(&mut self, segment: &Segment<'_>) {
        self.data = Data::of(segment);
        if segment.is_sound {
            self.known |= SOUND;
        }
    }

    /// Whether its data is whole, and not damaged as far as can be told.
    pub fn is_sound(&self) -> bool {
        self.is(SOUND)
    }

    /// Whether it was sent more than once.
    pub fn is_again(&self) -> bool {
        self.is(AGAIN)
    }

    /// The packet that last carried it, and when.
    pub fn last(&self) -> (PacketNumber, u64) {
        match &self.again {
            Some(again) => (again.packet, again.time_ns),
            None => (self.packet, self.time_ns),
        }
    }

    fn is(&self, what: u8) -> bool {
        self.known & what != 0
    }

    fn timestamp(&self) -> Option<u32> {
        self.is(STAMPED).then_some(self.timestamp)
    }

    /// When the transmission was sent that this timestamp names, of a segment
    /// that was sent more than once.
    fn echoed_from_ns(&self, echo: Option<u32>) -> Option<u64> {
        let again = self.again.as_ref()?;
        let (first, last) = (self.timestamp(), again.timestamp);
        if echo.is_none() || first == last {
            return None;
        }
        match echo {
            _ if echo == last => Some(again.time_ns),
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
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct SentSegments {
    /// Those that are forgotten stand in front.
    all: Vec<Sent>,
    /// So many are forgotten.
    forgotten: usize,
    /// So many of the others, from the first on, are acknowledged, whether that
    /// is noted with them or not.
    taken: usize,
    /// The length of the largest segment that has arrived.
    largest: u32,
    /// Segments in flight that were one too many: they are no longer followed.
    given_up: u32,
}

impl SentSegments {
    fn known(&self) -> &[Sent] {
        self.all.get(self.forgotten..).unwrap_or_default()
    }

    fn known_mut(&mut self) -> &mut [Sent] {
        self.all.get_mut(self.forgotten..).unwrap_or_default()
    }

    /// Adds a segment whose bytes were not known before.
    pub fn add(&mut self, sent: Sent) {
        match self.known().last() {
            Some(last) if !before(last.start, sent.start) => self.insert(sent),
            _ => self.add_last(sent),
        }
    }

    /// Adds a segment with data that is due next, at this sequence number.
    pub fn add_due(&mut self, start: u32, segment: &Segment<'_>) {
        let end = start.wrapping_add(segment.tcp.payload_length);
        let (packet, time_ns) = (segment.number, segment.time_ns);
        let mut sent = Sent::new(start, end, packet, time_ns, segment.mark());
        sent.describe(segment);
        self.add_last(sent);
    }

    /// Adds a segment that lies behind all others.
    fn add_last(&mut self, sent: Sent) {
        if self.all.len() == self.all.capacity() || self.len() >= AT_MOST {
            self.add_in_new_room(sent);
        } else {
            self.all.push(sent);
        }
    }

    fn add_in_new_room(&mut self, sent: Sent) {
        self.make_room();
        self.all.push(sent);
    }

    /// For one more: gives up the memory of what is forgotten, if that is most
    /// of it.
    fn make_room(&mut self) {
        if self.len() >= AT_MOST {
            let in_flight = u32::from(self.taken == 0);
            self.given_up = self.given_up.saturating_add(in_flight);
            self.forget_first(1);
        }
        if self.forgotten * 2 >= self.all.len() {
            self.all.drain(..self.forgotten);
            self.forgotten = 0;
        }
    }

    fn insert(&mut self, sent: Sent) {
        self.make_room();
        let is_before = |known: &Sent| before(known.start, sent.start);
        let at = self.known().partition_point(is_before);
        if at < self.taken {
            self.note_taken();
            self.taken = at;
        }
        self.all.insert(self.forgotten + at, sent);
    }

    /// Notes with those that are acknowledged that they are.
    fn note_taken(&mut self) {
        let taken = self.taken;
        for sent in self.known_mut().iter_mut().take(taken) {
            sent.known |= ACKNOWLEDGED;
        }
    }

    fn forget_first(&mut self, count: usize) {
        self.forgotten += count;
        self.taken = self.taken.saturating_sub(count);
    }

    fn first_behind(&self, start: u32) -> usize {
        match self.known().last() {
            Some(last) if after(last.end, start) => {
                let is_before = |known: &Sent| !after(known.end, start);
                self.known().partition_point(is_before)
            }
            _ => self.len(),
        }
    }

    /// Segments in flight that were one too many.
    pub fn given_up(&self) -> u32 {
        self.given_up
    }

    /// The segment that holds this sequence number.
    pub fn find(&self, sequence: u32) -> Option<&Sent> {
        self.known()
            .get(self.first_behind(sequence))
            .filter(|sent| !after(sent.start, sequence))
    }

    /// Remembers what tells the data of a segment that was just added from other
    /// data.
    pub fn describe(&mut self, start: u32, segment: &Segment<'_>) {
        let at = self.first_behind(start);
        if let Some(sent) = self.known_mut().get_mut(at)
            && sent.start == start
        {
            sent.describe(segment);
        }
    }

    /// The segments that overlap a range.
    fn overlapping(&mut self, start: u32, end: u32) -> impl Iterator<Item = &mut Sent> {
        let from = self.first_behind(start);
        self.known_mut()
            .iter_mut()
            .skip(from)
            .take_while(move |sent| before(sent.start, end))
    }

    /// How many segments lie in a range.
    pub fn count(&self, start: u32, end: u32) -> u32 {
        let behind = self.known().iter().skip(self.first_behind(start));
        let within = behind.take_while(|sent| before(sent.start, end));
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
            sent.again = Some(Box::new(Again {
                packet,
                time_ns,
                timestamp,
            }));
            sent.known |= AGAIN;
        }
    }

    /// Takes in a SACK block; gives what it newly took.
    pub fn sack(&mut self, start: u32, end: u32) -> Taken {
        let mut taken = Taken::default();
        self.note_taken();
        let mut largest = self.largest;
        for sent in self.overlapping(start, end) {
            let whole = !before(sent.start, start) && !after(sent.end, end);
            if whole && !sent.is(SACKED | ACKNOWLEDGED) {
                sent.known |= SACKED;
                taken.original |= !sent.is_again();
                taken.latest_sent_ns = taken.latest_sent_ns.max(sent.last().1);
                largest = largest.max(sent.end.wrapping_sub(sent.start));
            }
        }
        self.largest = largest;
        taken
    }

    /// The length of the largest segment that has arrived, as far as was seen.
    pub fn largest_acknowledged(&self) -> u32 {
        self.largest
    }

    /// Takes in an acknowledgment.
    pub fn acknowledge(&mut self, acknowledgment: u32, echo: Option<u32>) -> Taken {
        let from = self.forgotten + self.taken;
        let mut taken = Taken::default();
        let (mut count, mut largest) = (0, self.largest);
        for sent in self.all.get(from..).unwrap_or_default() {
            if after(sent.end, acknowledgment) {
                break;
            }
            if sent.is(AGAIN | SACKED | ACKNOWLEDGED) {
                return self.acknowledge_any(acknowledgment, echo);
            }
            taken.latest_sent_ns = taken.latest_sent_ns.max(sent.time_ns);
            taken.sample_from_ns = Some(sent.time_ns);
            taken.original = true;
            largest = largest.max(sent.end.wrapping_sub(sent.start));
            count += 1;
        }
        self.largest = largest;
        self.take(count);
        taken
    }

    /// So many more are acknowledged.
    fn take(&mut self, count: usize) {
        self.taken += count;
        self.forget_first(self.taken.saturating_sub(KEPT_ACKNOWLEDGED));
        while let Some([first, .., last]) = self.known().get(..self.taken)
            && last.time_ns > first.time_ns.saturating_add(KEPT_NS)
        {
            self.forget_first(1);
        }
    }

    /// Takes in an acknowledgment of segments of which some were sent again, or
    /// acknowledged in part before.
    fn acknowledge_any(&mut self, acknowledgment: u32, echo: Option<u32>) -> Taken {
        let mut taken = Taken::default();
        let (mut again, mut echoed_ns) = (false, None);
        let from = self.taken;
        let (mut count, mut largest) = (0, self.largest);
        for sent in self.known_mut().iter_mut().skip(from) {
            if after(sent.end, acknowledgment) {
                break;
            }
            count += 1;
            if sent.is(ACKNOWLEDGED) {
                continue;
            }
            // Of what was cut anew the pieces have arrived, not the whole.
            if !sent.is_again() {
                largest = largest.max(sent.end.wrapping_sub(sent.start));
            }
            again |= sent.is_again();
            echoed_ns = echoed_ns.or(sent.echoed_from_ns(echo));
            taken.latest_sent_ns = taken.latest_sent_ns.max(sent.last().1);
            taken.original |= !sent.is(AGAIN | SACKED);
            // What a SACK told before arrived before: its time is not now's.
            if !sent.is(SACKED) {
                taken.sample_from_ns = Some(sent.time_ns);
            }
        }
        if again {
            taken.sample_from_ns = echoed_ns;
        }
        self.largest = largest;
        self.take(count);
        taken
    }

    /// Whether something below this number was sent again and is not yet
    /// acknowledged, before this packet.
    pub fn waits_for_acknowledgment(&self, below: u32) -> bool {
        let unacknowledged = self.known().iter().skip(self.taken);
        unacknowledged
            .take_while(|sent| before(sent.start, below))
            .any(|sent| sent.is_again() && !sent.is(SACKED | ACKNOWLEDGED))
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.all.len() - self.forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(start: u32, time_ns: u64) -> Sent {
        Sent::new(start, start + 100, time_ns, time_ns, Mark::default())
    }

    #[test]
    fn what_comes_late_among_acknowledged_segments_is_taken_alone() {
        let mut segments = SentSegments::default();
        for (start, time_ns) in [(0, 1), (200, 2), (300, 3)] {
            segments.add(sent(start, time_ns));
        }
        assert_eq!(segments.acknowledge(400, None).sample_from_ns, Some(3));
        segments.add(sent(100, 4));
        assert_eq!(segments.acknowledge(400, None).sample_from_ns, Some(4));
        assert_eq!(segments.len(), 3);
        assert_eq!(segments.acknowledge(400, None).sample_from_ns, None);
    }

    #[test]
    fn acknowledged_segments_are_remembered_until_one_sent_long_after_is_taken() {
        let mut segments = SentSegments::default();
        segments.add(sent(0, 1));
        segments.add(sent(100, KEPT_NS));
        segments.acknowledge(200, None);
        segments.add(sent(200, KEPT_NS + 1));
        segments.acknowledge(300, None);
        assert_eq!(segments.find(0).map(|found| found.time_ns), Some(1));
        segments.add(sent(300, 2 * KEPT_NS + 1));
        assert_eq!(segments.len(), 4, "nothing is acknowledged of the last");
        segments.acknowledge(400, None);
        assert_eq!(segments.len(), 2);
        assert!(segments.find(100).is_none() && segments.find(200).is_some());
    }

    #[test]
    fn memory_is_that_of_what_is_in_flight() {
        let mut segments = SentSegments::default();
        for number in 0..10_000_u32 {
            segments.add(sent(number * 100, number.into()));
            segments.acknowledge((number * 100).saturating_sub(1000), None);
        }
        assert!(segments.len() < 16, "{}", segments.len());
        assert!(segments.all.capacity() <= 64, "{}", segments.all.capacity());
        for number in 10_000..30_000_u32 {
            segments.add(sent(number * 100, number.into()));
        }
        assert_eq!(segments.len(), AT_MOST);
        assert!(segments.all.capacity() <= 2 * AT_MOST);
        // Some ten were in flight before.
        let given_up = segments.given_up() as usize;
        assert!(
            (20_000 - AT_MOST..20_016 - AT_MOST).contains(&given_up),
            "{given_up}"
        );
    }
}
