//! How the bytes were read: from where, in which format, and why they are
//! taken to begin as they are.

use std::io;

use super::{Explanation, LinkReason, Source};
use crate::capture::LinkType;
use crate::capture::pasted::Format;
use crate::capture::pasted::{PastedPacket, Problem, ProblemKind, WithoutBytes};
use crate::decode::{Because, ChecksumVerdict, Guess};
use crate::escape::escape;
use crate::notes::{Lang, protocol_name};
use crate::report::style::Paint;
use crate::report::text::screen::Screen;
use crate::report::words::Words;

pub fn write(screen: &mut Screen, explanation: &Explanation<'_>) -> io::Result<()> {
    let words = screen.words;
    let frame = &explanation.report.packet.frame;
    let is_cut = frame.captured_length() < frame.original_length;
    let reason = explanation.origin.link;
    let link = match reason {
        LinkReason::Guessed(guess) if is_cut && guess.because == Because::EtherType => {
            cut(frame.link_type, words)
        }
        _ => link(frame.link_type, reason, words),
    };
    let line = match explanation.origin.source {
        Source::Capture(_) => link,
        Source::Pasted { packet, .. } => format!(
            "{}{}{link}",
            pasted(packet, words),
            words.0.pick("; ", "；")
        ),
    };
    screen.paragraph("", "", &line)?;
    if let Some(line) = sums(screen, explanation) {
        screen.paragraph("", "  ", &line)?;
    }
    if let Some(comment) = frame.comment {
        let line = format!("{}: {}", words.the_comment(), escape(comment));
        screen.paragraph("", "", &line)?;
    }
    if let Source::Pasted { problems, .. } = explanation.origin.source {
        for problem in problems {
            let line = format!("! {}", self::problem(problem, words));
            let line = screen.style.paint(Paint::Warning, &line);
            screen.paragraph("", "  ", &line)?;
        }
    }
    Ok(())
}

/// Which checksums hold: `Checksums: IPv4 ✓, TCP ✓: all verified`.
fn sums(screen: &Screen, explanation: &Explanation<'_>) -> Option<String> {
    let words = screen.words;
    let sums = &explanation.report.packet.checksums;
    let mut all_good = true;
    let items: Vec<String> = sums
        .iter()
        .map(|sum| {
            let name = protocol_name(sum.protocol, words.0);
            all_good &= sum.verdict == ChecksumVerdict::Good;
            let (mark, paint, en, zh) = match sum.verdict {
                ChecksumVerdict::Good => ("✓", Paint::Good, "", ""),
                ChecksumVerdict::Bad { .. } => ("✗", Paint::Error, " (wrong)", "（错误）"),
                ChecksumVerdict::Offloaded { .. } => (
                    "?",
                    Paint::Faint,
                    " (left to the network card)",
                    "（留给网卡计算）",
                ),
                ChecksumVerdict::NotComputed => (
                    "–",
                    Paint::Faint,
                    " (not computed by the sender)",
                    "（发送方没有计算）",
                ),
                ChecksumVerdict::Unknown => (
                    "?",
                    Paint::Faint,
                    " (not all bytes are here)",
                    "（字节不全）",
                ),
            };
            let mark = screen.style.paint(paint, mark);
            format!("{name} {mark}{}", words.0.pick(en, zh))
        })
        .collect();
    if items.is_empty() {
        return None;
    }
    let list = items.join(words.0.pick(", ", "，"));
    let verdict = match all_good {
        true => words.0.pick("; all verified", "；全部核对无误"),
        false => "",
    };
    let title = words.0.pick("Checksums: ", "校验和：");
    Some(format!("{title}{list}{verdict}"))
}

/// `Read from the output of tcpdump -x`.
fn pasted(packet: &PastedPacket, words: Words) -> String {
    let format = format(packet.format, words);
    let mut out = match words.0 {
        Lang::En => format!("Read from {format}"),
        Lang::Zh => format!("读取自{format}"),
    };
    if let Some(bytes) = packet.swapped {
        out.push_str(&match words.0 {
            Lang::En => format!(
                " (words of {bytes} bytes in the order of a little-endian host, turned round)"
            ),
            Lang::Zh => format!("（{bytes} 字节的字，按小端主机的次序书写，已经调换过来）"),
        });
    }
    out
}

/// What a format is called.
pub fn format(format: Format, words: Words) -> &'static str {
    let (en, zh) = match format {
        Format::Hex => ("plain hexadecimal digits", "连续的十六进制数字"),
        Format::SeparatedHex => ("hexadecimal digits in groups", "分组的十六进制数字"),
        Format::PrefixedHex => ("numbers with 0x", "带 0x 的数字"),
        Format::EscapedString => ("a string with \\x escapes", "带 \\x 转义的字符串"),
        Format::BytesLiteral => ("a Python bytes literal", "Python 字节串"),
        Format::Array => ("an array of numbers", "数字数组"),
        Format::Base64 => ("base64", "base64"),
        Format::Tcpdump => ("tcpdump -x", " tcpdump -x 的输出"),
        Format::TcpdumpAscii => ("tcpdump -X", " tcpdump -X 的输出"),
        Format::Wireshark => (
            "a hex dump of Wireshark or tshark -x",
            " Wireshark 或 tshark -x 的十六进制转储",
        ),
        Format::Xxd => ("xxd", " xxd 的输出"),
        Format::HexdumpCanonical => ("hexdump -C", " hexdump -C 的输出"),
        Format::Hexdump => ("hexdump", " hexdump 的输出"),
        Format::Od => ("od", " od 的输出"),
        Format::KernelDump => ("a dump of the Linux kernel", " Linux 内核的转储"),
        Format::OtherDump => ("a hex dump", "十六进制转储"),
    };
    words.0.pick(en, zh)
}

/// How frames of a link type begin, as people call it.
fn link_name(link_type: LinkType, lang: Lang) -> String {
    match link_type {
        LinkType::ETHERNET => lang.pick("Ethernet", "以太网").to_owned(),
        LinkType::RAW | LinkType::RAW_12 | LinkType::RAW_14 => {
            lang.pick("raw IP", "裸 IP（没有链路层）").to_owned()
        }
        LinkType::IPV4 => lang.pick("raw IPv4", "裸 IPv4").to_owned(),
        LinkType::IPV6 => lang.pick("raw IPv6", "裸 IPv6").to_owned(),
        LinkType::NULL | LinkType::LOOP => lang.pick("BSD loopback", "BSD 环回").to_owned(),
        LinkType::LINUX_SLL => lang.pick("Linux cooked", "Linux cooked（SLL）").to_owned(),
        LinkType::LINUX_SLL2 => lang
            .pick("Linux cooked v2", "Linux cooked（SLL2）")
            .to_owned(),
        LinkType::ARP => lang
            .pick("ARP without a link header", "没有链路头部的 ARP")
            .to_owned(),
        other => other.to_string(),
    }
}

/// Why a frame of which not all is there is read so: its type is known.
fn cut(link_type: LinkType, words: Words) -> String {
    let name = link_name(link_type, words.0);
    match words.0 {
        Lang::En => format!(
            "read as {name}, a guess: its EtherType is a known one, and what follows is cut off"
        ),
        Lang::Zh => format!(
            "当作{}解读，理由是：以太类型是已知的，后面的内容被截断",
            padded(&name)
        ),
    }
}

fn link(link_type: LinkType, reason: LinkReason, words: Words) -> String {
    let name = link_name(link_type, words.0);
    match (reason, words.0) {
        (LinkReason::Recorded, Lang::En) => {
            format!(
                "Read as {name}: the capture says so (link type {})",
                link_type.0
            )
        }
        (LinkReason::Recorded, Lang::Zh) => {
            format!(
                "按{}解读：抓包文件如此注明（链路类型 {}）",
                padded(&name),
                link_type.0
            )
        }
        (LinkReason::Told, Lang::En) => format!("read as {name}, as --link says"),
        (LinkReason::Written, Lang::En) => format!("read as {name}, as the text says"),
        (LinkReason::Written, Lang::Zh) => format!("按文字所说，当作{}解读", padded(&name)),
        (LinkReason::Told, Lang::Zh) => format!("按 --link 的要求当作{}解读", padded(&name)),
        (LinkReason::Guessed(guess), Lang::En) => {
            format!("read as {name}, a guess: {}", because(&guess, words))
        }
        (LinkReason::Guessed(guess), Lang::Zh) => {
            format!(
                "当作{}解读，理由是：{}",
                padded(&name),
                because(&guess, words)
            )
        }
    }
}

/// Puts spaces where Latin letters touch Chinese ones.
fn padded(name: &str) -> String {
    let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let before = if latin(name.chars().next()) { " " } else { "" };
    let after = if latin(name.chars().next_back()) {
        " "
    } else {
        ""
    };
    format!("{before}{name}{after}")
}

/// Why a link type was guessed.
pub fn because(guess: &Guess, words: Words) -> String {
    let (name, offset) = match guess.network {
        Some((protocol, offset)) => (protocol_name(protocol, words.0), offset),
        None => ("", 0),
    };
    let at = match (offset, words.0) {
        (0, Lang::En) => "at the very start".to_owned(),
        (0, Lang::Zh) => "最开头".to_owned(),
        (_, Lang::En) => format!("at byte {offset}"),
        (_, Lang::Zh) => format!("第 {offset} 字节处"),
    };
    let nibble = match name {
        "IPv4" => words.0.pick(" (first digit 4)", "（首位数字为 4）"),
        "IPv6" => words.0.pick(" (first digit 6)", "（首位数字为 6）"),
        _ => "",
    };
    match (guess.because, words.0) {
        (Because::HeaderChecksum, Lang::En) => {
            format!("an {name} header stands {at}{nibble}, and its checksum holds")
        }
        (Because::HeaderChecksum, Lang::Zh) => {
            format!("{at}是 {name} 头部{nibble}，而且校验和正确")
        }
        (Because::TransportChecksum, Lang::En) => format!(
            "an {name} header stands {at}{nibble}, and the checksum of what it carries holds"
        ),
        (Because::TransportChecksum, Lang::Zh) => {
            format!("{at}是 {name} 头部{nibble}，其内容的校验和正确")
        }
        (Because::Length, Lang::En) => {
            format!("an {name} header stands {at}{nibble}, and its length is right")
        }
        (Because::Length, Lang::Zh) => format!("{at}是 {name} 头部{nibble}，长度也相符"),
        (Because::Arp, Lang::En) => format!("an ARP message of the usual form stands {at}"),
        (Because::Arp, Lang::Zh) => format!("{at}是通常形式的 ARP 报文"),
        (Because::Header, Lang::En) => {
            format!("an {name} header could stand {at}{nibble}; nothing proves it")
        }
        (Because::Header, Lang::Zh) => format!("{at}可能是 {name} 头部{nibble}，没有其他证据"),
        (Because::EtherType, Lang::En) => {
            "its EtherType is a known one, though what follows is damaged".to_owned()
        }
        (Because::EtherType, Lang::Zh) => "以太类型是已知的，虽然后面的内容有损坏".to_owned(),
        (Because::Nothing, Lang::En) => {
            "nothing in the bytes speaks for anything, and most packets are; --link says otherwise"
                .to_owned()
        }
        (Because::Nothing, Lang::Zh) => {
            "字节里没有任何依据，而多数报文是如此；可用 --link 另行指定".to_owned()
        }
    }
}

/// What is wrong with a paste, where, and what had been understood before it.
pub fn problem(problem: &Problem, words: Words) -> String {
    let what = what(&problem.kind, words);
    let (line, column) = (problem.at.line, problem.at.column);
    let understood = problem.understood as u64;
    let before = match (problem.kind.is_remark() || understood == 0, words.0) {
        (true, _) => String::new(),
        (false, Lang::En) => format!("; {} before it understood", words.count_bytes(understood)),
        (false, Lang::Zh) => format!("；此前读懂了 {}", words.count_bytes(understood)),
    };
    match words.0 {
        Lang::En => format!("line {line}, character {column}: {what}{before}"),
        Lang::Zh => format!("第 {line} 行第 {column} 个字符：{what}{before}"),
    }
}

/// What a text is that holds no bytes, and how to get them.
fn without_bytes(what: WithoutBytes, lang: Lang) -> &'static str {
    let (en, zh) = match what {
        WithoutBytes::SummaryLines => (
            "these are summary lines without the packets' bytes; have them printed too: tcpdump \
             -xx (or -XX), tshark -x",
            "这是摘要行，没有报文的字节；请让工具把字节也打印出来：tcpdump -xx（或 -XX）、tshark -x",
        ),
        WithoutBytes::Dissection => (
            "this is a packet taken apart, without its bytes; have them printed too: tshark -x, \
             tcpdump -xx, or in Wireshark Copy, as Hex Dump",
            "这是拆解后的报文，没有字节；请让工具把字节也打印出来：tshark -x、tcpdump -xx，\
             或在 Wireshark 中复制为 Hex Dump",
        ),
        WithoutBytes::PythonObject => (
            "this is how Python shows an object, without the packet's bytes; print them: \
             print(bytes(packet).hex()), in scapy also hexdump(packet)",
            "这是 Python 对象的显示形式，没有报文的字节；请打印字节：print(bytes(packet).hex())，\
             在 scapy 中也可用 hexdump(packet)",
        ),
        WithoutBytes::Json => (
            "this JSON holds fields but no packet; have its bytes written too: tshark -T json -x, \
             in Suricata packet: yes",
            "这段 JSON 只有字段，没有报文；请让工具把字节也写出来：tshark -T json -x，\
             Suricata 中设 packet: yes",
        ),
    };
    lang.pick(en, zh)
}

fn what(kind: &ProblemKind, words: Words) -> String {
    let zh = words.0 == Lang::Zh;
    match kind {
        ProblemKind::Empty if zh => "没有内容".to_owned(),
        ProblemKind::Empty => "there is nothing".to_owned(),
        ProblemKind::NothingFound(found) if zh => {
            format!("这里没有字节：{found:?} 不是十六进制数字")
        }
        ProblemKind::NothingFound(found) => {
            format!("no bytes found: {found:?} is no hexadecimal digit")
        }
        ProblemKind::NoPacket if zh => {
            "文字里没有报文的字节；请粘贴转储，例如 tcpdump -xx、tshark -x 或 xxd 的输出".to_owned()
        }
        ProblemKind::NoPacket => {
            "this text holds no packet's bytes; paste a dump, as tcpdump -xx, \
             tshark -x or xxd print it"
                .to_owned()
        }
        ProblemKind::WithoutBytes(what) => without_bytes(*what, words.0).to_owned(),
        ProblemKind::UnlikeAPacket(bytes) if zh => format!(
            "这里有 {}，但看不出是报文；如果是，请用 --link 说明它如何开头（如 --link ethernet）",
            words.count_bytes(*bytes as u64)
        ),
        ProblemKind::UnlikeAPacket(bytes) => format!(
            "in the {} here nothing shows a packet; if they are one, say with --link how it \
             begins (--link ethernet)",
            words.count_bytes(*bytes as u64)
        ),
        ProblemKind::NotHex(found) if zh => format!("{found:?} 不是十六进制数字，报文到此为止"),
        ProblemKind::NotHex(found) => {
            format!("{found:?} is no hexadecimal digit; the packet ends before it")
        }
        ProblemKind::OddDigits(count) if zh => format!("{count} 个数字，是奇数：多了或少了一个"),
        ProblemKind::OddDigits(count) => {
            format!("{count} digits, which is odd: one is missing or too many")
        }
        ProblemKind::NotAByte(number) if zh => format!("{} 放不进一个字节", escape(number)),
        ProblemKind::NotAByte(number) => format!("{} does not fit into a byte", escape(number)),
        ProblemKind::Gap { expected, found } if zh => format!(
            "偏移应为 0x{expected:x}（十进制 {expected}），却是 0x{found:x}（{found}）：\
             中间缺了字节，报文到此为止"
        ),
        ProblemKind::Gap { expected, found } => format!(
            "the offset should be 0x{expected:x} ({expected}) but is 0x{found:x} ({found}): bytes \
             are missing, the packet ends before them"
        ),
        ProblemKind::LateStart(offset) if zh => {
            format!("转储从偏移 0x{offset:x} 开始：前面的部分缺失")
        }
        ProblemKind::LateStart(offset) => {
            format!("the dump begins at offset 0x{offset:x}: what stood before is missing")
        }
        ProblemKind::Length { declared, found } if zh => {
            format!("文字说有 {declared} 字节，实际有 {found}")
        }
        ProblemKind::Length { declared, found } => {
            format!("the text says {declared} bytes, but there are {found}")
        }
        ProblemKind::LastByteUncertain if zh => {
            "按字书写时，看不出最后一个零字节是否属于报文".to_owned()
        }
        ProblemKind::LastByteUncertain => {
            "written in words, so whether the last zero byte belongs to it cannot be told"
                .to_owned()
        }
        ProblemKind::NotAPacket(name) if zh => {
            format!("“{}”不是报文，而是由几个报文拼成，已略去", escape(name))
        }
        ProblemKind::NotAPacket(name) => format!(
            "\"{}\" is no packet but made from several; left out",
            escape(name)
        ),
        ProblemKind::TooLong if zh => "内容过长，后面的没有读".to_owned(),
        ProblemKind::TooLong => "too long; the rest was not read".to_owned(),
    }
}
