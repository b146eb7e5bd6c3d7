//! Texts of this program in values that are written down and read again by it: what
//! is read becomes such a text again.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Deserializer};

/// A text of this program. Under this name, because `serde` would borrow a
/// `&'static str` from what it reads.
pub type Constant = &'static str;

/// Those that were read: as many as the program has, for nothing else is written.
static KNOWN: Mutex<BTreeSet<Constant>> = Mutex::new(BTreeSet::new());

fn known(text: &str) -> Constant {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(constant) = known.get(text) {
        return constant;
    }
    let constant: Constant = Box::leak(Box::from(text));
    known.insert(constant);
    constant
}

/// Reads one.
pub fn constant<'de, D: Deserializer<'de>>(from: D) -> Result<Constant, D::Error> {
    String::deserialize(from).map(|text| known(&text))
}

/// Reads one that may not be there.
pub fn optional<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Constant>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.map(|text| known(&text)))
}
