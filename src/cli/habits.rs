//! The flags that fingers know from tcpdump and tshark: those that do the same
//! here, and those for which another option stands here, which is then said.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use super::Refusal;
use crate::escape::shell_word;
use crate::notes::Lang;
use crate::report::{Look, PacketBytes, TimeForm};

/// How the times of packets are written.
#[derive(Debug, Args)]
pub struct TimeArgs {
    /// Times as with tcpdump, from -t to -ttttt
    ///
    /// None (-t), seconds since 1970 (-tt), since the line before (-ttt), date and
    /// time (-tttt), since the first packet (-ttttt).
    #[arg(short = 't', action = ArgAction::Count, conflicts_with = "time")]
    tcpdump_time: u8,
    /// Times as with tshark -t: since the first packet (r) or the one before (d),
    /// time of day (a), with the date (ad), since 1970 (e)
    #[arg(long, value_name = "FORM")]
    time: Option<Form>,
    #[command(flatten)]
    zone: ZoneArgs,
}

/// In which zone times of the day are read and written.
#[derive(Clone, Copy, Debug, Args)]
pub struct ZoneArgs {
    /// Times of day in UTC, not in the local zone
    #[arg(long)]
    pub utc: bool,
}

/// The forms of times that tshark has.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    R,
    A,
    Ad,
    D,
    E,
}

impl TimeArgs {
    /// The form that was chosen.
    fn form(&self) -> Option<TimeForm> {
        let as_with_tcpdump = match self.tcpdump_time {
            0 => None,
            1 => Some(TimeForm::None),
            2 => Some(TimeForm::Epoch),
            3 => Some(TimeForm::SinceLast),
            4 => Some(TimeForm::Date),
            _ => Some(TimeForm::SinceFirst),
        };
        let as_with_tshark = self.time.map(|form| match form {
            Form::R => TimeForm::SinceFirst,
            Form::A => TimeForm::Clock,
            Form::Ad => TimeForm::Date,
            Form::D => TimeForm::SinceLast,
            Form::E => TimeForm::Epoch,
        });
        as_with_tcpdump.or(as_with_tshark)
    }

    /// How times are to look.
    pub fn look(&self, look: Look) -> Look {
        Look {
            time: self.form(),
            utc: self.zone.utc,
            ..look
        }
    }
}

/// What stands in a packet's line and below it.
#[derive(Debug, Args)]
pub struct LineArgs {
    /// Each packet's bytes in hexadecimal, from the network header on (-xx: from
    /// the link layer on)
    #[arg(short = 'x', action = ArgAction::Count)]
    bytes_hex: u8,
    /// Each packet's bytes in hexadecimal and as text
    ///
    /// They begin with the network header; with -XX with the link layer.
    #[arg(short = 'X', action = ArgAction::Count)]
    bytes_hex_and_text: u8,
    /// Each packet's bytes as text, from the network header on
    #[arg(short = 'A')]
    bytes_text: bool,
    /// Each packet's link layer: MAC addresses, type, VLAN, length
    #[arg(short = 'e')]
    link_header: bool,
    /// A line for every packet, which begins with its number here anyway
    #[arg(short = '#')]
    numbers: bool,
}

impl LineArgs {
    fn bytes(&self) -> Option<PacketBytes> {
        match (self.bytes_hex_and_text, self.bytes_hex, self.bytes_text) {
            (0, 0, false) => None,
            (0, 0, true) => Some(PacketBytes::Text),
            (0, times, _) => Some(PacketBytes::Hex {
                link_layer: times > 1,
            }),
            (times, ..) => Some(PacketBytes::HexAndText {
                link_layer: times > 1,
            }),
        }
    }

    /// How the lines are to look.
    pub fn look(&self, look: Look) -> Look {
        Look {
            bytes: self.bytes(),
            link_header: self.link_header,
            ..look
        }
    }

    /// Whether something is asked for that stands in lines of packets alone.
    pub fn wants_packets(&self) -> bool {
        self.bytes().is_some() || self.link_header || self.numbers
    }
}

/// What is always so here, and what is left out on request.
#[derive(Debug, Args)]
pub struct AcceptedArgs {
    /// Accepted: names are never looked up (-nn too)
    #[arg(short = 'n', action = ArgAction::Count)]
    numeric: u8,
    /// Accepted: what is known is written before more is waited for
    #[arg(short = 'l')]
    line_buffered: bool,
    /// Accepted: -w writes each packet before the next is waited for
    #[arg(short = 'U')]
    packet_buffered: bool,
    /// Do not verify checksums, and say nothing of them
    #[arg(short = 'K')]
    pub no_checksums: bool,
}

/// Flags of tcpdump and tshark that mean something else, or nothing, here.
#[derive(Debug, Args)]
pub struct ForeignArgs {
    /// tshark's display filter: here -f, --kind or --conversation
    #[arg(short = 'Y', value_name = "FILTER", hide = true)]
    display_filter: Option<String>,
    /// tshark's tree of every packet: here explain
    #[arg(short = 'V', hide = true)]
    tree: bool,
    /// tshark's output format: here --format
    #[arg(short = 'T', value_name = "FORMAT", hide = true)]
    output_format: Option<String>,
    /// tshark's statistics: here conversations, hosts, follow, the summary, -v
    #[arg(short = 'z', value_name = "STATISTICS", hide = true)]
    statistics: Option<String>,
    /// tshark's ring buffer: here -C, -G and -W
    #[arg(short = 'b', value_name = "CONDITION", hide = true)]
    ring_buffer: Option<String>,
}

impl ForeignArgs {
    /// Says which option does it here, with the command to copy. `input`: how the
    /// command reads what was named.
    ///
    /// # Errors
    /// Where one of these flags was given.
    pub fn refuse(&self, input: &str, lang: Lang) -> Result<(), Refusal> {
        let said = if let Some(filter) = &self.display_filter {
            Some(display_filter(filter, input, lang))
        } else if self.tree {
            Some((
                lang.pick(
                    "-V is tshark's; here one packet is explained field by field:",
                    "-V 是 tshark 的选项；这里逐字段解释一个报文：",
                ),
                format!("wirenotes explain {input} 1"),
            ))
        } else if let Some(format) = &self.output_format {
            Some(output_format(format, input, lang))
        } else if let Some(statistics) = &self.statistics {
            Some(self::statistics(statistics, input, lang))
        } else {
            let condition = self.ring_buffer.as_deref();
            condition.map(|condition| ring_buffer(condition, input, lang))
        };
        match said {
            None => Ok(()),
            Some((why, command)) => Err(Refusal::Instead { why, command }),
        }
    }
}

type Said = (&'static str, String);

fn display_filter(filter: &str, input: &str, lang: Lang) -> Said {
    let why = lang.pick(
        "-Y is tshark's display filter; here -f has a filter in libpcap's grammar, --kind chooses \
         by what was found:",
        "-Y 是 tshark 的显示过滤器；这里用 -f 给出 libpcap 语法的过滤器，用 --kind 按发现的内容挑选：",
    );
    let plain = filter.to_lowercase();
    let kind = if plain.contains("retransmission") {
        Some("tcp.retransmission.*")
    } else if plain.contains("flags.reset") {
        Some("tcp.reset")
    } else if plain.contains("analysis.zero_window") {
        Some("tcp.window.zero")
    } else {
        None
    };
    let command = match kind {
        Some(kind) => format!("wirenotes {input} --packets --kind '{kind}'"),
        None => {
            let filter = as_capture_filter(&plain);
            format!(
                "wirenotes {input} --packets -f {}",
                shell_word(filter.as_ref())
            )
        }
    };
    (why, command)
}

/// A plain display filter in libpcap's words: addresses, ports and protocols
/// joined by and, or, not.
fn as_capture_filter(filter: &str) -> String {
    let spaced = filter
        .replace("==", " ")
        .replace("&&", " and ")
        .replace("||", " or ")
        .replace('!', " not ");
    let words = spaced.split_whitespace().map(|word| match word {
        "ip.addr" | "ipv6.addr" => "host",
        "ip.src" | "ipv6.src" => "src host",
        "ip.dst" | "ipv6.dst" => "dst host",
        "eth.addr" => "ether host",
        "tcp.port" => "tcp port",
        "udp.port" => "udp port",
        "tcp.srcport" => "tcp src port",
        "tcp.dstport" => "tcp dst port",
        "udp.srcport" => "udp src port",
        "udp.dstport" => "udp dst port",
        "eq" => "",
        "dns" => "port 53",
        "http" => "tcp port 80",
        "tls" | "ssl" => "tcp port 443",
        "ipv6" => "ip6",
        other => other,
    });
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

fn output_format(format: &str, input: &str, lang: Lang) -> Said {
    let format = match format {
        "json" | "jsonraw" | "pdml" | "psml" => "json",
        "text" | "tabs" => "text",
        _ => "ndjson",
    };
    (
        lang.pick(
            "-T is tshark's; here --format says how it is written:",
            "-T 是 tshark 的选项；这里用 --format 指定输出格式：",
        ),
        format!("wirenotes {input} --packets --format {format}"),
    )
}

fn statistics(statistics: &str, input: &str, lang: Lang) -> Said {
    let mut parts = statistics.split(',');
    let (what, last) = (parts.next().unwrap_or_default(), parts.next_back());
    let why = lang.pick(
        "-z is tshark's; here conversations and hosts are tables, follow has the bytes of one \
         conversation, the summary the other statistics:",
        "-z 是 tshark 的选项；这里 conversations 和 hosts 列出表格，follow 写出一个会话的字节，\
         其余统计在摘要中：",
    );
    let command = match what {
        "follow" => {
            let number = last.and_then(|number| number.parse::<u64>().ok());
            let number = number.unwrap_or(0).saturating_add(1);
            let hex = if statistics.contains("hex") {
                " --hex"
            } else {
                ""
            };
            format!("wirenotes follow {input} {number}{hex}")
        }
        "conv" => format!("wirenotes conversations {input} --top all"),
        "endpoints" | "host" | "hosts" | "ip_hosts" => {
            format!("wirenotes hosts {input} --top all")
        }
        "expert" => format!("wirenotes {input}"),
        _ => format!("wirenotes {input} -v"),
    };
    (why, command)
}

fn ring_buffer(condition: &str, input: &str, lang: Lang) -> Said {
    let why = lang.pick(
        "-b is tshark's; here -C (millions of bytes), -G (seconds) and -W (files) divide what -w \
         writes:",
        "-b 是 tshark 的选项；这里用 -C（百万字节）、-G（秒）和 -W（文件数）划分 -w 写出的文件：",
    );
    let (what, value) = condition.split_once(':').unwrap_or((condition, ""));
    let number = value.parse::<u64>().unwrap_or(1);
    let flags = match what {
        "duration" | "interval" => format!("-G {number}"),
        "files" => format!("-C 100 -W {number}"),
        // tshark counts in kB.
        _ => format!("-C {}", number.div_ceil(1_000)),
    };
    (why, format!("wirenotes {input} -w packets.pcapng {flags}"))
}

/// The words of a command that read what was named: the files, or a name to put
/// there.
pub fn input(files: &[PathBuf]) -> String {
    let words = files.iter().map(|file| shell_word(file.as_os_str()));
    let words: Vec<_> = words.collect();
    match words.is_empty() {
        true => "capture.pcap".to_owned(),
        false => words.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_display_filters_become_capture_filters() {
        for (display, capture) in [
            ("tcp.port==443", "tcp port 443"),
            ("ip.addr == 10.0.0.1 && dns", "host 10.0.0.1 and port 53"),
            ("!arp", "not arp"),
            ("ip.src eq 10.0.0.1 || udp", "src host 10.0.0.1 or udp"),
        ] {
            assert_eq!(as_capture_filter(display), capture);
        }
    }

    #[test]
    fn each_foreign_flag_has_its_command() {
        let said = |said: Said| said.1;
        for (found, command) in [
            (
                said(display_filter(
                    "tcp.analysis.retransmission",
                    "a.pcap",
                    Lang::En,
                )),
                "wirenotes a.pcap --packets --kind 'tcp.retransmission.*'",
            ),
            (
                said(output_format("fields", "a.pcap", Lang::En)),
                "wirenotes a.pcap --packets --format ndjson",
            ),
            (
                said(statistics("follow,tcp,ascii,0", "a.pcap", Lang::En)),
                "wirenotes follow a.pcap 1",
            ),
            (
                said(statistics("conv,tcp", "a.pcap", Lang::En)),
                "wirenotes conversations a.pcap --top all",
            ),
            (
                said(statistics("io,phs", "a.pcap", Lang::En)),
                "wirenotes a.pcap -v",
            ),
            (
                said(ring_buffer("filesize:20000", "a.pcap", Lang::En)),
                "wirenotes a.pcap -w packets.pcapng -C 20",
            ),
            (
                said(ring_buffer("duration:60", "a.pcap", Lang::En)),
                "wirenotes a.pcap -w packets.pcapng -G 60",
            ),
        ] {
            assert_eq!(found, command);
        }
    }
}
