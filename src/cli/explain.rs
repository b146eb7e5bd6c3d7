//! What may be typed behind `explain`: words come in, what is to be explained
//! goes out.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::{Refusal, Surroundings};
use crate::capture::LinkType;
use crate::commands::explain::{Explain, Form, Subject};
use crate::escape::shell_word;
use crate::report::Look;

/// The examples that the help shows behind the flags.
pub(super) const EXAMPLES: &str = "\
Examples:
  wirenotes explain capture.pcap 10          packet 10, with what is around it
  wirenotes explain capture.pcap 1 4 --compare
                                             two packets side by side
  wirenotes explain capture.pcap 10 --field tcp.flags
  wirenotes explain --hex '45 00 00 30 ee e8 40 00 40 06 ...'
  tcpdump -XX -c 1 | wirenotes explain -     packets out of text
  wirenotes explain                          paste into a prompt

Pasted text may be what tcpdump, tshark, Wireshark, xxd, hexdump and od print,
plain or grouped digits, arrays and strings of source code, or base64; the link
type is guessed, aloud.

Exit status: 0 done, 1 no such packet or nothing understood, 2 wrong usage.";

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// A capture and the number of a packet in it, as analyze --packets
    /// numbers them (several may follow); or - for pasted text on standard
    /// input
    #[arg(value_name = "FILE NUMBER")]
    words: Vec<OsString>,
    /// The packet itself, as digits or any dump (may be repeated)
    #[arg(long, value_name = "TEXT", conflicts_with = "words")]
    hex: Vec<String>,
    /// How the bytes begin: ethernet, ip, linux-sll, null, or a LINKTYPE
    /// number [default: as the capture says; of pasted bytes, a guess]
    #[arg(long, value_name = "TYPE")]
    link: Option<String>,
    /// Only this field, as in tcp.flags
    #[arg(long, value_name = "NAME", conflicts_with = "compare")]
    field: Option<String>,
    /// Two packets side by side
    #[arg(long)]
    compare: bool,
    /// Only what the packet does and which rules hold or fail
    #[arg(short, long)]
    quiet: bool,
}

/// Understands the words of `explain`.
pub(super) fn explain(
    arguments: ExplainArgs,
    format: &str,
    look: Look,
    surroundings: &Surroundings,
) -> Result<Explain, Refusal> {
    let link = arguments.link.as_deref().map(link).transpose()?;
    let subject = match arguments.hex.is_empty() {
        false => Subject::Pasted(arguments.hex),
        true => from_words(&arguments.words)?,
    };
    if let Subject::Captured { numbers, .. } = &subject
        && arguments.compare
        && numbers.len() != 2
    {
        return Err(Refusal::Usage(
            "--compare needs two packets: wirenotes explain FILE NUMBER NUMBER --compare"
                .to_owned(),
        ));
    }
    Ok(Explain {
        subject,
        link,
        field: arguments.field,
        compare: arguments.compare,
        form: match format {
            "text" => Form::Text,
            "json" => Form::Document,
            _ => Form::Lines,
        },
        look: Look {
            long: !arguments.quiet,
            ..look
        },
        interrupt: Arc::clone(&surroundings.signals.stop),
    })
}

fn from_words(words: &[OsString]) -> Result<Subject, Refusal> {
    let (file, numbers) = match words {
        [] => return Ok(Subject::StandardInput),
        [only] if only == "-" => return Ok(Subject::StandardInput),
        [file, numbers @ ..] => (file, numbers),
    };
    let shown = shell_word(file);
    if numbers.is_empty() {
        return Err(Refusal::Usage(match Path::new(file).exists() {
            true => format!(
                "which packet of {shown}? Its number goes behind it: wirenotes explain {shown} 1"
            ),
            false => format!(
                "there is no file {shown}; a packet as text goes behind --hex, or into \
                 wirenotes explain -"
            ),
        }));
    }
    let number = |word: &OsString| {
        let text = word.to_string_lossy();
        match text.parse::<u64>() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(Refusal::Usage(format!(
                "\"{text}\" is no packet number: they count from 1"
            ))),
        }
    };
    Ok(Subject::Captured {
        file: PathBuf::from(file),
        numbers: numbers.iter().map(number).collect::<Result<_, _>>()?,
    })
}

/// The link types that have a name here.
const LINKS: [(&str, LinkType); 14] = [
    ("ethernet", LinkType::ETHERNET),
    ("ip", LinkType::RAW),
    ("raw", LinkType::RAW),
    ("ipv4", LinkType::IPV4),
    ("ipv6", LinkType::IPV6),
    ("null", LinkType::NULL),
    ("loop", LinkType::LOOP),
    ("linux-sll", LinkType::LINUX_SLL),
    ("linux-sll2", LinkType::LINUX_SLL2),
    ("ppp", LinkType::PPP),
    ("pppoe", LinkType::PPP_ETHER),
    ("arp", LinkType::ARP),
    ("c-hdlc", LinkType::C_HDLC),
    ("frame-relay", LinkType::FRAME_RELAY),
];

fn link(name: &str) -> Result<LinkType, Refusal> {
    let plain = name.to_ascii_lowercase().replace('_', "-");
    let known = LINKS.iter().find(|(known, _)| *known == plain);
    let known = known.map(|(_, link_type)| *link_type);
    known
        .or_else(|| name.parse().ok().map(LinkType))
        .ok_or_else(|| {
            let names: Vec<_> = LINKS.iter().map(|(name, _)| *name).collect();
            Refusal::Usage(format!(
                "there is no link type \"{name}\"; known are {}, and LINKTYPE numbers",
                names.join(", ")
            ))
        })
}
