//! Why ours and tshark's differ where they do. Every entry names its evidence;
//! an entry that explains nothing any more fails the test.

/// One value that differs.
#[derive(Debug)]
pub struct Difference {
    /// The capture's short name.
    pub file: String,
    /// The packet's number.
    pub packet: usize,
    /// The field's name.
    pub field: &'static str,
    /// Our values, outermost layer first.
    pub ours: Vec<String>,
    /// tshark's.
    pub theirs: Vec<String>,
    /// The protocols that we saw, and whether the packet is malformed or cut.
    pub our_stack: String,
    /// The protocols that tshark saw.
    pub their_stack: String,
}

/// A reason for differences.
pub struct Reason {
    /// Which differences it explains.
    pub explains: fn(&Difference) -> bool,
    /// Why they are right to differ, and what proves it.
    pub because: &'static str,
}

/// Every known reason.
pub const REASONS: &[Reason] = &[];
