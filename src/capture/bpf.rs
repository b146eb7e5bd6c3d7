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
    /// And when it does not.
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
            // ret k, ret a
            0x06 => return Some(constant),
            0x16 => return Some(accumulator),

            // ld [k], ldh [k], ldb [k]
            0x20 => accumulator = word(packet, constant)?,
            0x28 => accumulator = half(packet, constant)?,
            0x30 => accumulator = byte(packet, constant)?,
            // ld [x + k], ldh [x + k], ldb [x + k]
            0x40 => accumulator = word(packet, index.checked_add(constant)?)?,
            0x48 => accumulator = half(packet, index.checked_add(constant)?)?,
            0x50 => accumulator = byte(packet, index.checked_add(constant)?)?,
            // ld #len, ldx #len
            0x80 => accumulator = original_length,
            0x81 => index = original_length,
            // ld #k, ldx #k
            0x00 => accumulator = constant,
            0x01 => index = constant,
            // ld M[k], ldx M[k], st M[k], stx M[k]
            0x60 => accumulator = *memory.get(constant as usize)?,
            0x61 => index = *memory.get(constant as usize)?,
            0x02 => *memory.get_mut(constant as usize)? = accumulator,
            0x03 => *memory.get_mut(constant as usize)? = index,
            // ldx 4 * ([k] & 0xf): the length of an IPv4 header
            0xb1 => index = (byte(packet, constant)? & 0x0f) << 2,

            // ja: the constant is signed, `protochain` goes back
            0x05 => counter = counter.checked_add_signed(constant.cast_signed() as isize)?,
            // jeq, jgt, jge, jset with a constant, then with x
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

            // neg
            0x84 => accumulator = accumulator.wrapping_neg(),
            // the other operations, with a constant, then with x
            _ if code & 0x07 == 0x04 => {
                let other = if code & 0x08 == 0 { constant } else { index };
                accumulator = operate(code & 0xfff0, accumulator, other)?;
            }

            // tax, txa
            0x07 => index = accumulator,
            0x87 => accumulator = index,
            _ => return None,
        }
    }
    None
}

fn operate(operation: u16, left: u32, right: u32) -> Option<u32> {
    Some(match operation {
        0x00 => left.wrapping_add(right),
        0x10 => left.wrapping_sub(right),
        0x20 => left.wrapping_mul(right),
        0x30 => left.checked_div(right)?,
        0x40 => left | right,
        0x50 => left & right,
        // A shift by 32 and more leaves nothing, as in libpcap.
        0x60 => left.checked_shl(right).unwrap_or(0),
        0x70 => left.checked_shr(right).unwrap_or(0),
        0x90 => left.checked_rem(right)?,
        0xa0 => left ^ right,
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
