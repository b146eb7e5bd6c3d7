//! One packet's compared values, from either side.

use crate::fields::FIELDS;

/// A packet as one side sees it.
#[derive(Debug, Default)]
pub struct Packet {
    /// The packet's values.
    pub values: Values,
    /// The protocols that this side saw, for explanations.
    pub stack: String,
    /// The carrier behind which nothing is compared.
    pub beyond: Option<&'static str>,
}

/// For each field its values in the packet, outermost layer first.
#[derive(Debug)]
pub struct Values(Vec<Vec<String>>);

impl Default for Values {
    fn default() -> Self {
        Self(vec![Vec::new(); FIELDS.len()])
    }
}

impl Values {
    /// Adds values of the field with this index in [`FIELDS`].
    pub fn extend(&mut self, field: usize, values: impl IntoIterator<Item = String>) {
        self.0[field].extend(values);
    }

    /// Adds a value of the field with this name.
    pub fn push(&mut self, field: &str, value: String) {
        let index = FIELDS
            .iter()
            .position(|known| known.name == field)
            .unwrap_or_else(|| panic!("{field} is not in the list of fields"));
        self.0[index].push(value);
    }

    /// The values of the field with this index.
    pub fn of(&self, field: usize) -> &[String] {
        &self.0[field]
    }
}
