//! The comparison's outcome as a table.

use std::collections::BTreeMap;

use crate::explained::{Difference, REASONS};
use crate::fields::FIELDS;

/// What was counted.
#[derive(Debug)]
pub struct Table {
    files: usize,
    packets: usize,
    beyond: BTreeMap<&'static str, usize>,
    /// For each field: how many were compared, and how many agreed.
    fields: Vec<(usize, usize)>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            files: 0,
            packets: 0,
            beyond: BTreeMap::new(),
            fields: vec![(0, 0); FIELDS.len()],
        }
    }
}

impl Table {
    /// Counts a file.
    pub fn file(&mut self) {
        self.files += 1;
    }

    /// Counts a packet, and the carrier behind which it was not compared.
    pub fn packet(&mut self, beyond: Option<&'static str>) {
        self.packets += 1;
        if let Some(carrier) = beyond {
            *self.beyond.entry(carrier).or_default() += 1;
        }
    }

    /// Counts a field in a packet.
    pub fn value(&mut self, field: usize, agreed: bool) {
        let (compared, agreeing) = &mut self.fields[field];
        *compared += 1;
        *agreeing += usize::from(agreed);
    }

    fn totals(&self) -> (usize, usize) {
        self.fields
            .iter()
            .fold((0, 0), |sum, field| (sum.0 + field.0, sum.1 + field.1))
    }

    /// The share of compared values that agree, 0 to 1; nothing compared is no
    /// agreement.
    pub fn share(&self) -> f64 {
        let (compared, agreed) = self.totals();
        if compared == 0 {
            return 0.0;
        }
        agreed as f64 / compared as f64
    }

    /// The whole table; `used` counts what each reason explained.
    pub fn text(&self, used: &[usize], unexplained: usize) -> String {
        let (compared, agreed) = self.totals();
        let explained: usize = used.iter().sum();
        let head = ["field", "compared", "agreed", "differ"];
        let mut lines = vec![String::new(), row(head.map(str::to_owned))];
        lines.extend(
            FIELDS
                .iter()
                .zip(&self.fields)
                .map(|(field, (compared, agreed))| {
                    row([
                        field.name.to_owned(),
                        compared.to_string(),
                        agreed.to_string(),
                        (compared - agreed).to_string(),
                    ])
                }),
        );
        lines.push(format!(
            "{} files, {} packets: {compared} values compared with tshark, {agreed} agree \
             ({:.3} %), {explained} differences explained, {unexplained} not",
            self.files,
            self.packets,
            self.share() * 100.0,
        ));
        let beyond = self.beyond.iter();
        let beyond: Vec<_> = beyond
            .map(|(carrier, packets)| format!("{carrier} {packets}"))
            .collect();
        lines.push(format!(
            "packets compared only as far as a carrier that wirenotes does not read: {}",
            beyond.join(", ")
        ));
        let reasons = REASONS.iter().zip(used);
        lines.extend(reasons.map(|(reason, used)| format!("{used:>6}  {}", reason.because)));
        lines.join("\n") + "\n"
    }
}

fn row([field, compared, agreed, differ]: [String; 4]) -> String {
    format!("{field:<32}{compared:>10}{agreed:>10}{differ:>10}")
}

/// One difference in a line.
pub fn line(difference: &Difference) -> String {
    format!(
        "{} packet {} {}: ours {:?}, tshark {:?} (ours {}, tshark {})",
        difference.file,
        difference.packet,
        difference.field,
        difference.ours,
        difference.theirs,
        difference.our_stack,
        difference.their_stack,
    )
}
