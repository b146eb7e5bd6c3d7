//! The comparison's outcome as a table.

use std::io::Write;

use crate::family::FAMILIES;
use crate::reasons::REASONS;

/// One family's numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Row {
    pub both: usize,
    pub ours: usize,
    pub theirs: usize,
    pub listed: usize,
}

/// What was counted.
#[derive(Debug)]
pub struct Table {
    pub files: usize,
    pub segments: usize,
    pub flagged: usize,
    /// Packets behind a carrier that wirenotes does not read.
    pub beyond: usize,
    pub rows: [Row; FAMILIES.len()],
    /// How often each reason held.
    pub used: Vec<usize>,
    /// Packets that disagree for no listed reason.
    pub unlisted: Vec<(String, usize, String)>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            files: 0,
            segments: 0,
            flagged: 0,
            beyond: 0,
            rows: [Row::default(); FAMILIES.len()],
            used: vec![0; REASONS.len()],
            unlisted: Vec::new(),
        }
    }
}

impl Table {
    /// Counts a verdict that only one side has.
    pub fn disagreement(&mut self, row: usize, ours: bool, reason: Option<usize>) {
        let row = &mut self.rows[row];
        if ours {
            row.ours += 1;
        } else {
            row.theirs += 1;
        }
        if let Some(reason) = reason {
            row.listed += 1;
            self.used[reason] += 1;
        }
    }

    /// The share of flagged packets that disagree for no listed reason.
    pub fn unlisted_share(&self) -> f64 {
        self.unlisted.len() as f64 / self.flagged.max(1) as f64
    }

    /// Prints everything. Not with `print!`, which the test runner swallows
    /// when the test passes.
    pub fn print(&self, complete: bool) {
        let mut lines = vec![
            String::new(),
            format!(
                "{:<20}{:>8}{:>12}{:>14}{:>10}{:>10}",
                "family", "both", "only ours", "only tshark", "listed", "unlisted"
            ),
        ];
        lines.extend(FAMILIES.iter().zip(&self.rows).map(|(family, row)| {
            format!(
                "{:<20}{:>8}{:>12}{:>14}{:>10}{:>10}",
                format!("{family:?}"),
                row.both,
                row.ours,
                row.theirs,
                row.listed,
                row.ours + row.theirs - row.listed
            )
        }));
        lines.push(format!(
            "{} files, {} TCP segments, {} flagged by either; {} of them ({:.2} %) disagree for \
             no listed reason",
            self.files,
            self.segments,
            self.flagged,
            self.unlisted.len(),
            self.unlisted_share() * 100.0
        ));
        lines.push(format!(
            "{} segments behind a carrier that wirenotes does not read: not compared",
            self.beyond
        ));
        let reasons = REASONS.iter().zip(&self.used);
        lines.extend(reasons.map(|(reason, used)| format!("{used:>6}  {}", reason.name)));
        lines.extend(
            self.unlisted
                .iter()
                .map(|(file, packet, told)| format!("unlisted: {file} packet {packet}: {told}")),
        );
        if !complete {
            lines.push(
                "the captures from elsewhere: NOT RUN, ../shared/captures is absent".to_owned(),
            );
        }
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", lines.join("\n")).expect("a table on the screen");
    }
}
