//! Makes the first corpus of each target out of the samples: whole captures for
//! those that read files, single packets, dumps of packets, command lines.

use std::fs;
use std::io;
use std::path::Path;

use wirenotes::capture::{ReadOptions, Reader};

/// Packets of each sample that become seeds.
const PACKETS: usize = 12;

const COMMAND_LINES: &[&str] = &[
    "analyze a.pcap --packets --format ndjson",
    "-r a.pcap tcp port 80 -c 5 --kind tcp.*",
    "live -i eth0 --duration 90s -a packets:5 -w x.pcapng -C 1m -W 3",
    "explain a.pcap 1 2 --compare --field tcp.flags",
    "notes tcp-handshake --lang zh",
];

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in [
        "reader",
        "analysis",
        "writer",
        "paste",
        "packet",
        "command_line",
    ] {
        fs::create_dir_all(corpus.join(target))?;
    }
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples"))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if !name.contains(".pcap") {
            continue;
        }
        let bytes = fs::read(&path)?;
        fs::write(corpus.join("reader").join(name), &bytes)?;
        fs::write(corpus.join("writer").join(name), &bytes)?;
        let view = name.len() as u8;
        fs::write(
            corpus.join("analysis").join(name),
            [&[view], &bytes[..]].concat(),
        )?;
        let Ok(mut reader) = Reader::open([&path], ReadOptions::default()) else {
            continue;
        };
        for number in 0..PACKETS {
            let Ok(Some(frame)) = reader.next() else {
                break;
            };
            let packet = [&frame.link_type.0.to_be_bytes(), frame.bytes].concat();
            fs::write(
                corpus.join("packet").join(format!("{name}-{number}")),
                packet,
            )?;
            let digits = frame.bytes.chunks(16).enumerate().map(|(row, bytes)| {
                let bytes: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("{:04x}  {}\n", row * 16, bytes.join(" "))
            });
            let dump: String = digits.collect();
            fs::write(corpus.join("paste").join(format!("{name}-{number}")), dump)?;
        }
    }
    for (number, line) in COMMAND_LINES.iter().enumerate() {
        let words = line.replace(' ', "\0");
        fs::write(corpus.join("command_line").join(number.to_string()), words)?;
    }
    Ok(())
}
