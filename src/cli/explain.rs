//! What may be typed behind `explain`: words come in, what is to be explained
//! goes out.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::habits::TimeArgs;
use super::words;
use super::{Refusal, Surroundings};
use crate::capture::LinkType;
use crate::commands::explain::{Explain, Form, Subject};
use crate::escape::shell_word;
use crate::notes::Lang;
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
    /// A capture and the number of a packet in it; - is pasted text
    ///
    /// Numbers are those of analyze --packets, and several may follow; with - the
    /// text is read from standard input.
    #[arg(value_name = "FILE NUMBER")]
    words: Vec<OsString>,
    /// The packet itself, as digits or any dump (may be repeated)
    #[arg(long, value_name = "TEXT", conflicts_with = "words")]
    hex: Vec<String>,
    /// How the bytes begin: ethernet, ip, null...
    ///
    /// Also linux-sll, or a LINKTYPE number. Without it, as the capture says; of
    /// pasted bytes, a guess.
    #[arg(long, value_name = "TYPE")]
    link: Option<String>,
    /// Only this field, as in tcp.flags
    #[arg(long, value_name = "NAME", conflicts_with = "compare")]
    field: Option<String>,
    /// Two packets side by side
    #[arg(long)]
    compare: bool,
    /// Read this file
    #[arg(short = 'r', value_name = "FILE", conflicts_with = "hex")]
    read: Option<PathBuf>,
    #[command(flatten)]
    time: TimeArgs,
}

/// Understands the words of `explain`.
pub(super) fn explain(
    arguments: ExplainArgs,
    format: &str,
    look: Look,
    surroundings: &Surroundings,
) -> Result<Explain, Refusal> {
    let link = arguments.link.as_deref();
    let link = link.map(|name| self::link(name, look.lang)).transpose()?;
    let subject = match arguments.hex.is_empty() {
        false => Subject::Pasted(arguments.hex),
        true => {
            let read = arguments.read.as_deref().map(OsString::from);
            let words: Vec<_> = read.into_iter().chain(arguments.words).collect();
            from_words(&words, look.lang)?
        }
    };
    if let Subject::Captured { numbers, .. } = &subject
        && arguments.compare
        && numbers.len() != 2
    {
        return Err(Refusal::Usage(
            look.lang
                .pick(
                    "--compare needs two packets: wirenotes explain FILE NUMBER NUMBER --compare",
                    "--compare 要有两个报文：wirenotes explain FILE NUMBER NUMBER --compare",
                )
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
        look: arguments.time.look(look),
        interrupt: Arc::clone(&surroundings.signals.stop),
    })
}

fn from_words(words: &[OsString], lang: Lang) -> Result<Subject, Refusal> {
    let (file, numbers) = match words {
        [] => return Ok(Subject::StandardInput),
        [only] if only == "-" => return Ok(Subject::StandardInput),
        [file, numbers @ ..] => (file, numbers),
    };
    let shown = shell_word(file);
    if numbers.is_empty() {
        return Err(Refusal::Usage(match (Path::new(file).exists(), lang) {
            (true, Lang::En) => format!(
                "which packet of {shown}? Its number goes behind it: wirenotes explain {shown} 1"
            ),
            (true, Lang::Zh) => format!(
                "要解释 {shown} 的哪个报文？编号写在文件名后面：wirenotes explain {shown} 1"
            ),
            (false, Lang::En) => format!(
                "there is no file {shown}; a packet as text goes behind --hex, or into \
                 wirenotes explain -"
            ),
            (false, Lang::Zh) => format!(
                "没有文件 {shown}；文字形式的报文请放在 --hex 后面，或交给 wirenotes explain -"
            ),
        }));
    }
    words::divide(words, false, lang).map_err(Refusal::Word)?;
    let number = |word: &OsString| {
        let text = word.to_string_lossy();
        match text.parse::<u64>() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(Refusal::Usage(match lang {
                Lang::En => format!("\"{text}\" is no packet number: they count from 1"),
                Lang::Zh => format!("“{text}”不是报文编号：编号从 1 开始"),
            })),
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

fn link(name: &str, lang: Lang) -> Result<LinkType, Refusal> {
    let plain = name.to_ascii_lowercase().replace('_', "-");
    let known = LINKS.iter().find(|(known, _)| *known == plain);
    let known = known.map(|(_, link_type)| *link_type);
    known
        .or_else(|| name.parse().ok().map(LinkType))
        .ok_or_else(|| {
            let names: Vec<_> = LINKS.iter().map(|(name, _)| *name).collect();
            Refusal::Usage(match lang {
                Lang::En => format!(
                    "there is no link type \"{name}\"; known are {}, and LINKTYPE numbers",
                    names.join(", ")
                ),
                Lang::Zh => format!(
                    "没有链路类型“{name}”；已知的有 {}，也可以用 LINKTYPE 编号",
                    names.join("、")
                ),
            })
        })
}
