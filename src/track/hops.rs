//! How far packets have come, by their time to live: what two packets of one host
//! have in common (RFC 1700: hosts begin with a few values only).

/// Paths between the same two hosts differ by fewer hops than this.
const HOPS_APART: u8 = 3;

/// Whether packets with these times to live come from two hosts.
pub(super) fn hops_differ(one: u8, other: u8) -> bool {
    hops(one).abs_diff(hops(other)) >= HOPS_APART
}

/// How many routers a packet has passed, if it began as hosts begin: with 32,
/// 64, 128 or 255. Hosts do not give all of their packets the same.
fn hops(time_to_live: u8) -> u8 {
    let began = match time_to_live {
        ..=32 => 32,
        33..=64 => 64,
        65..=128 => 128,
        129.. => 255,
    };
    began - time_to_live
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_beginning_is_no_other_host_and_another_distance_is() {
        assert!(!hops_differ(64, 255) && !hops_differ(52, 243) && !hops_differ(52, 53));
        assert!(hops_differ(53, 255) && hops_differ(128, 101));
    }
}
