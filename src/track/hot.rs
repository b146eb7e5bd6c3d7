//! The conversations that are at work: a bounded number of seats whose memory
//! is used again and again, given up by a clock (a seat that was not used
//! since the hand last passed is free to be taken).

use super::entry::Entry;

/// Nobody's.
const NOBODY: u32 = u32::MAX;

#[derive(Debug)]
struct Seat {
    /// Whose it is: a place in the table.
    place: u32,
    /// Used since the hand last passed.
    used: bool,
    entry: Entry,
}

/// The seats.
#[derive(Debug)]
pub(super) struct Hot {
    seats: Vec<Seat>,
    vacant: Vec<u32>,
    /// Seats of those that will hardly say more.
    done: Vec<u32>,
    hand: usize,
    at_most: usize,
}

impl Default for Hot {
    fn default() -> Self {
        Self::new(Self::SEATS)
    }
}

impl Hot {
    /// Seats at the most. Traffic of 10,000 packets a second has fewer
    /// conversations than this within a round trip.
    pub const SEATS: usize = 2048;

    /// With so many seats at the most, at least one.
    pub fn new(seats: usize) -> Self {
        Self {
            seats: Vec::new(),
            vacant: Vec::new(),
            done: Vec::new(),
            hand: 0,
            at_most: seats.max(1),
        }
    }

    /// Who sits there.
    pub fn get(&self, seat: u32) -> Option<&Entry> {
        self.seats.get(seat as usize).map(|seat| &seat.entry)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, seat: u32) -> Option<&mut Entry> {
        self.seats
            .get_mut(seat as usize)
            .map(|seat| &mut seat.entry)
    }

    /// Who sits there, to go on.
    #[inline]
    pub fn use_seat(&mut self, seat: u32) -> Option<&mut Entry> {
        let seat = self.seats.get_mut(seat as usize)?;
        seat.used = true;
        Some(&mut seat.entry)
    }

    /// A seat for a place in the table. Whoever sat there must be put to rest
    /// before it is used: gives the seat and that place.
    pub fn take_seat(&mut self, place: u32) -> (u32, Option<u32>) {
        let seat = match self.vacant.pop().or_else(|| self.finished()) {
            Some(seat) => seat,
            None if self.seats.len() < self.at_most => {
                self.seats.push(Seat {
                    place: NOBODY,
                    used: false,
                    entry: Entry::empty(),
                });
                self.seats.len() as u32 - 1
            }
            None => self.turn(),
        };
        let Some(taken) = self.seats.get_mut(seat as usize) else {
            return (seat, None);
        };
        taken.used = true;
        let before = std::mem::replace(&mut taken.place, place);
        (seat, (before != NOBODY).then_some(before))
    }

    /// Nobody sits there any more. What was there can be read until somebody
    /// takes the seat.
    pub fn leave(&mut self, seat: u32) {
        if let Some(left) = self.seats.get_mut(seat as usize) {
            left.place = NOBODY;
            left.used = false;
            self.vacant.push(seat);
        }
    }

    /// Who sits there will hardly say more.
    pub fn finish(&mut self, seat: u32) {
        if let Some(done) = self.seats.get_mut(seat as usize) {
            done.used = false;
            if self.done.len() >= 2 * self.seats.len() {
                self.done.clear();
            }
            self.done.push(seat);
        }
    }

    /// The seat of one that has finished and was not used since.
    fn finished(&mut self) -> Option<u32> {
        while let Some(seat) = self.done.pop() {
            let is_free = |seat: &Seat| !seat.used && seat.place != NOBODY;
            if self.seats.get(seat as usize).is_some_and(is_free) {
                return Some(seat);
            }
        }
        None
    }

    fn turn(&mut self) -> u32 {
        loop {
            let at = self.hand;
            self.hand = (self.hand + 1) % self.seats.len().max(1);
            match self.seats.get_mut(at) {
                Some(seat) if seat.used => seat.used = false,
                _ => return at as u32,
            }
        }
    }
}
