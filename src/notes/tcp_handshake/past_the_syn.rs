//! The one number of the handshake that has some freedom: what follows the
//! client's SYN, x + 1, or with data in the SYN (RFC 7413) anything up to its
//! end.

use crate::notes::{Lang, Note, Rule};

/// A number that should be one past the client's x, or with data in the SYN
/// anything up to the end of it.
pub(super) struct PastTheSyn {
    /// The client's x.
    pub client: Option<u32>,
    /// Bytes that the SYN carried.
    pub data: u32,
    /// The number that was seen.
    pub observed: u32,
}

impl PastTheSyn {
    /// The sequence number behind the SYN, x + 1.
    fn first(&self) -> Option<u32> {
        self.client.map(|x| x.wrapping_add(1))
    }

    /// The sequence number behind the SYN's data, x + 1 + data.
    fn last(&self) -> Option<u32> {
        self.first().map(|first| first.wrapping_add(self.data))
    }

    /// How far past x + 1 (as a circle of 32 bits measures it).
    fn beyond(&self) -> Option<u32> {
        self.first().map(|first| self.observed.wrapping_sub(first))
    }

    fn holds(&self) -> Option<bool> {
        self.beyond().map(|beyond| beyond <= self.data)
    }

    /// Whether the observed number is certainly not right.
    pub fn wrong(&self) -> bool {
        self.holds() == Some(false)
    }

    /// Checks it, by the plain rule or the one for data in the SYN.
    pub fn check(&self, plain: Rule, with_data: Rule, note: &mut Note) {
        if self.data == 0 {
            note.check(plain, self.first(), self.observed);
        } else {
            // Any number in the range is right: the nearest is shown.
            let nearest = if self.wrong() {
                self.last()
            } else {
                self.client.map(|_| self.observed)
            };
            note.judge(with_data, nearest, self.observed, self.holds());
        }
    }

    /// What would have been right, for the sentence that says it was not.
    pub fn right(&self, lang: Lang) -> String {
        let (Some(first), Some(last)) = (self.first(), self.last()) else {
            return String::new();
        };
        match (self.data, lang) {
            (0, _) => format!("x + 1 = {first}"),
            (data, Lang::En) => {
                format!("x + 1 = {first} up to x + 1 + {data} = {last} (its data)")
            }
            (data, Lang::Zh) => {
                format!("x + 1 = {first} 到 x + 1 + {data} = {last}（含其数据）")
            }
        }
    }
}
