//! Which tool wrote a dump, by the form of its lines, and what the titles above
//! it say.

use super::Format;
use super::dump_line::DumpLine;

/// Which tool writes such lines. `start`: where the packet begins; addresses
/// are written by debuggers and devices.
pub(super) fn format(line: &DumpLine<'_>, base: u32, start: u64) -> Format {
    let text = &line.line.text;
    let bars = text.contains(&b'|');
    let upper = line.groups.iter().any(|group| {
        let digits = line.line.slice(group.start, group.end);
        digits.iter().any(u8::is_ascii_uppercase)
    });
    match (line.digits().len(), line.marked, line.group_bytes()) {
        _ if line.prefixed && is_kernel_log(line.line.slice(0, line.offset.0)) => {
            Format::KernelDump
        }
        _ if line.prefixed || start > 0 => Format::OtherDump,
        (4, true, 2) if line.hex_mark => Format::Tcpdump,
        (7 | 8, true, _) if !line.hex_mark && !bars => Format::Xxd,
        (7, false, 2) if base == 16 => Format::Hexdump,
        (6 | 7, false, _) => Format::Od,
        (8, false, 1) if bars || line.stop.is_none() => Format::HexdumpCanonical,
        (4, false, 1) if !line.hex_mark && !upper && !bars && base == 16 => Format::Wireshark,
        _ => Format::OtherDump,
    }
}

/// `[  812.000100]`, as the Linux kernel puts before its lines.
fn is_kernel_log(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let inside = text
        .split_once('[')
        .and_then(|(_, rest)| rest.split_once(']'));
    let number = inside.map(|(inside, _)| inside.trim());
    number.is_some_and(|number| number.contains('.') && number.parse::<f64>().is_ok())
}

pub(super) fn with_characters(format: Format) -> Format {
    match format {
        Format::Tcpdump => Format::TcpdumpAscii,
        other => other,
    }
}

/// `Frame (62 bytes):` → `Frame`, 62.
pub(super) fn declared(title: &str) -> (Option<&str>, Option<usize>) {
    let title = title.trim_end_matches(':');
    let parts = title
        .strip_suffix(" bytes)")
        .or_else(|| title.strip_suffix(" byte)"))
        .and_then(|rest| rest.rsplit_once(" ("));
    match parts {
        Some((name, number)) => (Some(name), number.parse().ok()),
        None => (None, None),
    }
}

/// Titles that Wireshark gives to bytes that were on no wire as they stand.
pub(super) fn made_from_others(title: &str) -> bool {
    let made = [
        "Reassembled ",
        "Decrypted ",
        "De-chunked ",
        "Uncompressed ",
        "Decompressed ",
    ];
    made.iter().any(|start| title.starts_with(start))
}
