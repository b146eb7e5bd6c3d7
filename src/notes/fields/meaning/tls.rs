//! What the fields of TLS records mean (RFC 8446).

use super::super::Spot;
use crate::decode::FieldValue;

/// The meaning by what field it is.
pub fn tls(spot: &Spot<'_>) -> Option<String> {
    if spot.field.name != "tls.extension" {
        return None;
    }
    // An extension is what its type says.
    let inside = spot.field.fields.first()?;
    match inside.value {
        FieldValue::Named(_, name) => Some(name.to_owned()),
        _ => None,
    }
}
