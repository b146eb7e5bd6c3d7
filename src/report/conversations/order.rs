//! The order of rows, and those that are kept of them: all, or so many that come
//! first. All rows take 64 bytes each, whatever their number; of those that come
//! first no more than twice as many are kept.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::row::{Names, Row};
use crate::notes::Severity;
use crate::report::ConversationReport;
use crate::report::table::Top;

/// Rows in one piece of memory: growing in pieces, nothing is copied.
const PIECE: usize = 1 << 14;

/// Rows that are kept beside those that come first before the others go.
const SPARE: usize = 64;

/// What a table is sorted by: the largest first, but the earliest start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The worst that happened: severity, then its time, then how often.
    #[default]
    Harm,
    /// Its first packet.
    Start,
    /// From its first packet to its last.
    Duration,
    /// Packets of both sides.
    Packets,
    /// Bytes of both sides.
    Bytes,
    /// Segments sent again.
    SentAgain,
    /// The median of its round trips.
    RoundTrip,
    /// The longest time that the server took to answer.
    Wait,
}

/// Larger ranks come first.
type Rank = (u64, u64, u64, Reverse<u32>);

impl Sort {
    /// Every order by its name on the command line.
    pub const NAMED: [(&'static str, Self); 8] = [
        ("harm", Self::Harm),
        ("start", Self::Start),
        ("duration", Self::Duration),
        ("packets", Self::Packets),
        ("bytes", Self::Bytes),
        ("sent-again", Self::SentAgain),
        ("rtt", Self::RoundTrip),
        ("wait", Self::Wait),
    ];

    fn rank(self, row: &Row) -> Rank {
        // What is not known comes behind what is nothing.
        let known = |amount: Option<u64>| amount.map_or(0, |amount| amount.saturating_add(1));
        let (first, second, third) = match self {
            Self::Harm => match row.trouble() {
                None => (0, 0, 0),
                Some(trouble) => {
                    let severity = match trouble.severity {
                        Severity::Note => 1,
                        Severity::Warning => 2,
                        Severity::Error => 3,
                    };
                    (severity, trouble.span_ns, trouble.times)
                }
            },
            Self::Start => (known(row.start_ns().map(|ns| u64::MAX - 1 - ns)), 0, 0),
            Self::Duration => (known(row.duration_ns()), 0, 0),
            Self::Packets => (row.packets(), 0, 0),
            Self::Bytes => (row.bytes(), 0, 0),
            Self::SentAgain => (known(row.sent_again()), 0, 0),
            Self::RoundTrip => (known(row.round_trip_ns()), 0, 0),
            Self::Wait => (known(row.wait_ns()), 0, 0),
        };
        (first, second, third, Reverse(row.number()))
    }
}

/// Rows of which all, or so many that come first, are kept.
pub(super) struct Kept {
    sort: Sort,
    top: Top,
    pieces: Vec<Vec<Row>>,
    names: Names,
    /// How many there were in all.
    all: u64,
}

impl Kept {
    pub(super) fn new(sort: Sort, top: Top) -> Self {
        Self {
            sort,
            top,
            pieces: Vec::new(),
            names: Names::default(),
            all: 0,
        }
    }

    /// How many rows there were in all.
    pub(super) const fn all(&self) -> u64 {
        self.all
    }

    pub(super) fn add(&mut self, it: &ConversationReport<'_>) {
        self.all += 1;
        let row = Row::new(it.conversation, it.trouble, &mut self.names);
        let (room, at_once) = match self.top {
            Top::All => (PIECE, PIECE),
            Top::Rows(most) => (usize::MAX, bound(most).min(PIECE)),
        };
        match self.pieces.last_mut() {
            Some(piece) if piece.len() < room => piece.push(row),
            _ => {
                let mut piece = Vec::with_capacity(at_once);
                piece.push(row);
                self.pieces.push(piece);
            }
        }
        if let Top::Rows(most) = self.top {
            self.keep(most);
        }
    }

    /// Lets those go that do not come first, once they are as many again.
    fn keep(&mut self, most: usize) {
        let Some(rows) = self.pieces.first_mut() else {
            return;
        };
        let bound = bound(most);
        if rows.len() < bound {
            return;
        }
        let sort = self.sort;
        rows.select_nth_unstable_by_key(most, |row| Reverse(sort.rank(row)));
        rows.truncate(most);
        if self.names.len() > bound.saturating_mul(2) {
            self.names = self.names.of_rows(rows);
        }
    }

    /// Puts them in their order, and gives the names that they refer to.
    pub(super) fn sorted(mut self) -> (Sorted, Names) {
        let sort = self.sort;
        for piece in &mut self.pieces {
            piece.sort_unstable_by_key(|row| Reverse(sort.rank(row)));
        }
        let mut first = BinaryHeap::new();
        for (piece, rows) in self.pieces.iter().enumerate() {
            let head = rows.first();
            first.extend(head.map(|row| Head {
                rank: sort.rank(row),
                piece,
                row: 0,
            }));
        }
        let sorted = Sorted {
            sort,
            pieces: self.pieces,
            first,
            remaining: self.top.most(),
        };
        (sorted, self.names)
    }
}

/// Where so many rows come first, so many are kept before the others go.
const fn bound(most: usize) -> usize {
    most.saturating_mul(2).saturating_add(SPARE)
}

/// Gives rows in their order out of pieces that are sorted.
pub(super) struct Sorted {
    sort: Sort,
    pieces: Vec<Vec<Row>>,
    /// The next of each piece.
    first: BinaryHeap<Head>,
    remaining: usize,
}

#[derive(PartialEq, Eq)]
struct Head {
    rank: Rank,
    piece: usize,
    row: usize,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank)
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Iterator for Sorted {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        self.remaining = self.remaining.checked_sub(1)?;
        let head = self.first.pop()?;
        let rows = self.pieces.get(head.piece)?;
        let row = *rows.get(head.row)?;
        let next = rows.get(head.row + 1);
        self.first.extend(next.map(|next| Head {
            rank: self.sort.rank(next),
            piece: head.piece,
            row: head.row + 1,
        }));
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::conversation;

    fn kept(sort: Sort, top: Top, numbers: impl Iterator<Item = u64>) -> Kept {
        let mut kept = Kept::new(sort, top);
        for number in numbers {
            let mut it = conversation(number);
            // Sizes go up and down, and come again.
            it.sent.client.bytes = number * 7_919 % 1_000;
            kept.add(&ConversationReport {
                conversation: &it,
                trouble: None,
            });
        }
        kept
    }

    #[test]
    fn so_many_that_come_first_are_the_first_of_all() {
        let count = 3 * PIECE as u64 + 5;
        let numbers = |top| {
            let (sorted, _) = kept(Sort::Bytes, top, 1..=count).sorted();
            sorted
                .map(|row| (Reverse(row.bytes()), row.number()))
                .collect::<Vec<_>>()
        };
        let all = numbers(Top::All);
        assert_eq!(all.len() as u64, count);
        assert!(all.is_sorted());
        assert_eq!(numbers(Top::Rows(10)), all[..10]);
    }

    #[test]
    fn those_that_come_first_take_no_more_memory_than_they_need() {
        let mut kept = Kept::new(Sort::Bytes, Top::Rows(10));
        for number in 1..=5_000_u64 {
            let mut it = conversation(number);
            it.sent.client.bytes = number;
            if let Some(client) = &mut it.client {
                let [.., a, b] = number.to_be_bytes();
                client.address = crate::track::Address::Ip([10, 0, a, b].into());
            }
            kept.add(&ConversationReport {
                conversation: &it,
                trouble: None,
            });
            assert!(kept.pieces[0].len() < 2 * 10 + SPARE);
            assert!(kept.names.len() <= 4 * (2 * 10 + SPARE));
        }
        assert_eq!(kept.all(), 5_000);
        let (sorted, _) = kept.sorted();
        let numbers: Vec<_> = sorted.map(|row| row.number()).collect();
        assert_eq!(numbers, (4_991..=5_000).rev().collect::<Vec<_>>());
    }

    #[test]
    fn the_earliest_comes_first_and_what_is_not_known_last() {
        let (sorted, _) = kept(Sort::Start, Top::All, [5, 2, 9].into_iter()).sorted();
        let numbers: Vec<_> = sorted.map(|row| row.number()).collect();
        assert_eq!(numbers, [2, 5, 9]);
        let mut kept = Kept::new(Sort::Duration, Top::All);
        for (number, duration_ns) in [(1, None), (2, Some(0)), (3, Some(5))] {
            let mut it = conversation(number);
            it.duration_ns = duration_ns;
            kept.add(&ConversationReport {
                conversation: &it,
                trouble: None,
            });
        }
        let (sorted, _) = kept.sorted();
        let numbers: Vec<_> = sorted.map(|row| row.number()).collect();
        assert_eq!(numbers, [3, 2, 1]);
    }
}
