//! Bytes most of which are zeros, in less memory: in front of every eight stands a
//! byte that tells which of them are not 0, and only those follow. Where none is,
//! a byte tells how many such eights come behind.

/// Puts the bytes, packed, in place of what is in `packed`.
pub(super) fn pack(bytes: &[u8], packed: &mut Vec<u8>) {
    packed.clear();
    let mut eights = bytes.chunks(8).peekable();
    while let Some(eight) = eights.next() {
        let present = present(eight);
        packed.push(present);
        if present == 0 {
            let mut more = 0;
            while more < u8::MAX && eights.next_if(|eight| self::present(eight) == 0).is_some() {
                more += 1;
            }
            packed.push(more);
        }
        packed.extend(eight.iter().filter(|byte| **byte != 0));
    }
}

/// Which of the bytes are not 0, a bit each, the first the lowest.
fn present(eight: &[u8]) -> u8 {
    let bits = eight.iter().rev();
    bits.fold(0, |bits, byte| bits << 1 | u8::from(*byte != 0))
}

/// Puts the bytes that were packed in place of what is in `bytes`, with fewer than
/// eight zeros more behind them.
pub(super) fn unpack(packed: &[u8], bytes: &mut Vec<u8>) {
    bytes.clear();
    let mut rest = packed.iter().copied();
    while let Some(present) = rest.next() {
        if present == 0 {
            let more = rest.next().unwrap_or_default();
            bytes.resize(bytes.len() + 8 * (usize::from(more) + 1), 0);
            continue;
        }
        bytes.extend((0..8).map(|place| match present & 1 << place {
            0 => 0,
            _ => rest.next().unwrap_or_default(),
        }));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_packed_is_there_again(
            pieces in prop::collection::vec(
                prop_oneof![prop::collection::vec(any::<u8>(), 0..20), zeros()],
                0..8,
            ),
        ) {
            let bytes = pieces.concat();
            let (mut packed, mut again) = (vec![1, 2], vec![1, 2, 3]);
            pack(&bytes, &mut packed);
            unpack(&packed, &mut again);
            let (front, behind) = again.split_at(bytes.len());
            prop_assert_eq!(front, bytes.as_slice());
            prop_assert!(behind.len() < 8 && behind.iter().all(|byte| *byte == 0));
        }
    }

    fn zeros() -> impl Strategy<Value = Vec<u8>> {
        (0_usize..5_000).prop_map(|length| vec![0; length])
    }
}
