//! Sequence numbers wrap at 2^32 (RFC 9293, section 3.4): before and after are
//! a question of the shorter way round.

/// Whether `a` comes before `b`.
pub(super) fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

/// Whether `a` comes after `b`.
pub(super) fn after(a: u32, b: u32) -> bool {
    before(b, a)
}

/// The later of two.
pub(super) fn later(a: u32, b: u32) -> u32 {
    if before(a, b) { b } else { a }
}

/// The earlier of two.
pub(super) fn earlier(a: u32, b: u32) -> u32 {
    if before(a, b) { a } else { b }
}

/// Numbers from `from` up to `to`; 0 when `to` does not come after.
pub(super) fn distance(from: u32, to: u32) -> u32 {
    if after(to, from) {
        to.wrapping_sub(from)
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_holds_across_the_wrap() {
        assert!(before(0xffff_fff0, 5));
        assert!(after(5, 0xffff_fff0));
        assert!(!before(7, 7));
        assert_eq!(later(0xffff_ffff, 0), 0);
        assert_eq!(earlier(0xffff_ffff, 0), 0xffff_ffff);
        assert_eq!(distance(0xffff_fffe, 3), 5);
        assert_eq!(distance(3, 0xffff_fffe), 0);
    }
}
