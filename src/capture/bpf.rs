//! Runs a compiled filter (the classic BPF machine of McCanne and Jacobson,
//! USENIX 1993) over a captured packet.
//!
//! libpcap's own offline filter would do, but for the pcap crate passing the
//! captured length as the length on the wire, so that `greater 1000` fails on
//! every packet that the snapshot length cut.

/// Instructions run before a program is given up: only `protochain` jumps
/// backwards, and its loop ends with the packet.
const STEPS: u32 = 100_000;

/// One instruction, as libpcap compiles it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    /// Class, size, mode, operation.
    pub(super) code: u16,
    /// Instructions to skip when the comparison holds.
    pub(super) if_true: u8,
    /// How many instructions to skip when the comparison does not hold.
    pub(super) if_false: u8,
    /// The constant.
    pub(super) constant: u32,
}

/// Whether the packet passes. `None`, for a packet that ends before what the
/// program looks at, a division by zero, or an instruction that does not
/// exist, is a packet that does not pass.
pub(super) fn passes(program: &[Instruction], packet: &[u8], original_length: u32) -> bool {
    run(program, packet, original_length).is_some_and(|length| length > 0)
}

fn run(program: &[Instruction], packet: &[u8], original_length: u32) -> Option<u32> {
    let mut accumulator = 0_u32;
    let mut index = 0_u32;
    let mut memory = [0_u32; 16];
    let mut counter = 0_usize;
    for _ in 0..STEPS {
        let &Instruction {
            code,
            if_true,
            if_false,
            constant,
        } = program.get(counter)?;
        counter += 1;
        match code {
            // The instructions `ret k` and `ret a`.
            0x06 => return Some(constant),
            0x16 => return Some(accumulator),

            // The instructions `ld [k]`, `ldh [k]` and `ldb [k]`.
            0x20 => accumulator = word(packet, constant)?,
            0x28 => accumulator = half(packet, constant)?,
            0x30 => accumulator = byte(packet, constant)?,
            // The instructions `ld [x + k]`, `ldh [x + k]` and `ldb [x + k]`.
            0x40 => accumulator = word(packet, index.checked_add(constant)?)?,
            0x48 => accumulator = half(packet, index.checked_add(constant)?)?,
            0x50 => accumulator = byte(packet, index.checked_add(constant)?)?,
            // The instructions `ld #len` and `ldx #len`.
            0x80 => accumulator = original_length,
            0x81 => index = original_length,
            // The instructions `ld #k` and `ldx #k`.
            0x00 => accumulator = constant,
            0x01 => index = constant,
            // The instructions `ld M[k]`, `ldx M[k]`, `st M[k]` and `stx M[k]`.
            0x60 => accumulator = *memory.get(constant as usize)?,
            0x61 => index = *memory.get(constant as usize)?,
            0x02 => *memory.get_mut(constant as usize)? = accumulator,
            0x03 => *memory.get_mut(constant as usize)? = index,
            // The instruction `ldx 4 * ([k] & 0xf)` gives the length of an IPv4
            // header.
            0xb1 => index = (byte(packet, constant)? & 0x0f) << 2,

            // The instruction `ja` has a signed constant: `protochain` goes
            // back.
            0x05 => counter = counter.checked_add_signed(constant.cast_signed() as isize)?,
            // The instructions `jeq`, `jgt`, `jge` and `jset` come with a
            // constant, then with x.
            0x15 | 0x25 | 0x35 | 0x45 | 0x1d | 0x2d | 0x3d | 0x4d => {
                let other = if code & 0x08 == 0 { constant } else { index };
                let holds = match code & 0xf0 {
                    0x10 => accumulator == other,
                    0x20 => accumulator > other,
                    0x30 => accumulator >= other,
                    _ => accumulator & other != 0,
                };
                counter += usize::from(if holds { if_true } else { if_false });
            }

            // The instruction `neg`.
            0x84 => accumulator = accumulator.wrapping_neg(),
            // The other operations come with a constant, then with x.
            _ if code & 0x07 == 0x04 => {
                let other = if code & 0x08 == 0 { constant } else { index };
                accumulator = operate(code & 0xfff0, accumulator, other)?;
            }

            // The instructions `tax` and `txa`.
            0x07 => index = accumulator,
            0x87 => accumulator = index,
            _ => return None,
        }
    }
    None
}

fn operate(operation: u16, first: u32, second: u32) -> Option<u32> {
    Some(match operation {
        0x00 => first.wrapping_add(second),
        0x10 => first.wrapping_sub(second),
        0x20 => first.wrapping_mul(second),
        0x30 => first.checked_div(second)?,
        0x40 => first | second,
        0x50 => first & second,
        // A shift by 32 and more leaves nothing, as in libpcap.
        0x60 => first.checked_shl(second).unwrap_or(0),
        0x70 => first.checked_shr(second).unwrap_or(0),
        0x90 => first.checked_rem(second)?,
        0xa0 => first ^ second,
        _ => return None,
    })
}

fn word(packet: &[u8], at: u32) -> Option<u32> {
    packet
        .get(at as usize..)?
        .first_chunk()
        .map(|bytes| u32::from_be_bytes(*bytes))
}

fn half(packet: &[u8], at: u32) -> Option<u32> {
    packet
        .get(at as usize..)?
        .first_chunk()
        .map(|bytes| u16::from_be_bytes(*bytes).into())
}

fn byte(packet: &[u8], at: u32) -> Option<u32> {
    packet.get(at as usize).copied().map(u32::from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::LinkType;
    use super::super::filter::{Beginning, Impossible, compile};
    use super::*;

    fn instruction(code: u16, if_true: u8, if_false: u8, constant: u32) -> Instruction {
        Instruction {
            code,
            if_true,
            if_false,
            constant,
        }
    }

    const RETURN_A: Instruction = Instruction {
        code: 0x16,
        if_true: 0,
        if_false: 0,
        constant: 0,
    };

    #[test]
    fn each_operation_computes_what_its_name_says() {
        for (code, first, second, expected) in [
            (0x04, 7, u32::MAX, Some(6)),
            (0x14, 7, 8, Some(u32::MAX)),
            (0x24, 1 << 31, 2, Some(0)),
            (0x34, 7, 2, Some(3)),
            (0x34, 7, 0, None),
            (0x44, 6, 3, Some(7)),
            (0x54, 6, 3, Some(2)),
            (0x64, 1, 31, Some(1 << 31)),
            (0x64, 1, 32, Some(0)),
            (0x74, 1 << 31, 31, Some(1)),
            (0x74, 1 << 31, 32, Some(0)),
            (0x84, 1, 0, Some(u32::MAX)),
            (0x94, 7, 4, Some(3)),
            (0x94, 7, 0, None),
            (0xa4, 6, 3, Some(5)),
            (0xb4, 6, 3, None),
        ] {
            let with_constant = [
                instruction(0x00, 0, 0, first),
                instruction(code, 0, 0, second),
                RETURN_A,
            ];
            assert_eq!(run(&with_constant, &[], 0), expected, "{code:#x}");
            let with_index = [
                instruction(0x00, 0, 0, first),
                instruction(0x01, 0, 0, second),
                instruction(code | 0x08, 0, 0, 0),
                RETURN_A,
            ];
            let expected = expected.filter(|_| code != 0x84);
            let seen = run(&with_index, &[], 0);
            assert!(seen == expected || code == 0x84, "{code:#x} with x");
        }
    }

    #[test]
    fn a_load_behind_the_captured_bytes_rejects() {
        for (code, length) in [(0x20, 4), (0x28, 2), (0x30, 1), (0xb1, 1)] {
            for at in [0, 1, u32::MAX] {
                let program = [instruction(code, 0, 0, at), instruction(0x06, 0, 0, 1)];
                let fits = at == 0;
                assert_eq!(run(&program, &[9; 8][..length], 100).is_some(), fits);
            }
        }
        let indexed = [
            instruction(0x01, 0, 0, u32::MAX),
            instruction(0x50, 0, 0, 1),
            RETURN_A,
        ];
        assert_eq!(run(&indexed, &[1, 2, 3], 3), None);
    }

    #[test]
    fn programs_without_an_end_and_without_a_return_reject() {
        let for_ever = [instruction(0x05, 0, 0, u32::MAX)];
        assert!(!passes(&for_ever, &[], 0));
        assert!(!passes(&[instruction(0x00, 0, 0, 1)], &[], 0));
        assert!(!passes(&[instruction(0x15, 255, 255, 1)], &[], 0));
        assert!(!passes(&[instruction(0x60, 0, 0, 16)], &[], 0));
        assert!(!passes(&[], &[], 0));
    }

    /// libpcap itself is asked; where captured and original length agree, the
    /// pcap crate's filter asks it rightly.
    const EXPRESSIONS: [&str; 16] = [
        "tcp",
        "udp port 53",
        "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
        "host 10.0.0.1 and not port 22",
        "net 10.0.0.0/8",
        "ip6",
        "ip6 protochain 6",
        "ip protochain 6",
        "vlan and tcp",
        "arp or icmp",
        "ether host 02:42:0a:00:00:01",
        "greater 60",
        "less 60",
        "len % 3 == 1",
        "ip[2:2] / 2 > 40 and ip[8] << 1 >= 0x80",
        "ether broadcast or portrange 1-1024",
    ];

    proptest! {
        #[test]
        fn the_verdict_is_libpcaps(
            which in prop::sample::select(&EXPRESSIONS[..]),
            head in prop::sample::select(vec![
                &b"\x02\x42\x0a\0\0\x01\x02\x42\x0a\0\0\x02\x08\0\x45\0\0\x3c\0\0\x40\0\x40\x06\0\0\x0a\0\0\x01\x0a\0\0\x02\0\x35\0\x50"[..],
                b"\xff\xff\xff\xff\xff\xff\x02\x42\x0a\0\0\x02\x08\0\x46\0\0\x3c\0\0\0\0\x40\x11",
                b"\x02\x42\x0a\0\0\x01\x02\x42\x0a\0\0\x02\x81\0\0\x05\x08\0\x45\0\0\x3c\0\0\x40\0\x40\x06",
                b"\x02\x42\x0a\0\0\x01\x02\x42\x0a\0\0\x02\x86\xdd\x60\0\0\0\0\x28\0\x40",
                b"\x02\x42\x0a\0\0\x01\x02\x42\x0a\0\0\x02\x86\xdd\x60\0\0\0\0\x28\x06\x40",
                b"\x02\x42\x0a\0\0\x01\x02\x42\x0a\0\0\x02\x08\x06\0\x01",
            ]),
            tail in prop::collection::vec(any::<u8>(), 0..80),
            cut in 0_usize..120,
        ) {
            let mut packet = [head, &tail].concat();
            packet.truncate(cut);
            let program = compile(which, Beginning::of(LinkType::ETHERNET, &packet), Impossible::Refused).unwrap();
            let theirs = pcap::Capture::dead(pcap::Linktype::ETHERNET)
                .unwrap()
                .compile(which, true)
                .unwrap();
            prop_assert_eq!(
                passes(&program, &packet, packet.len() as u32),
                theirs.filter(&packet),
                "{} on {:02x?}", which, packet
            );
        }

        #[test]
        fn arbitrary_programs_end(
            program in prop::collection::vec(
                (prop_oneof![0_u16..0xc0, any::<u16>()], any::<u8>(), any::<u8>(),
                 prop_oneof![0_u32..20, any::<u32>()]),
                0..30,
            ),
            packet in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let program: Vec<Instruction> = program
                .into_iter()
                .map(|(code, yes, no, constant)| instruction(code, yes, no, constant))
                .collect();
            passes(&program, &packet, 1_500);
        }
    }
}
