//! Every word of the text output, both languages side by side: leaving one
//! out does not compile. The names of fields, flags, states and commands are
//! the same in every language and stand where they are used.

use std::net::IpAddr;

use crate::escape::escape;
use crate::notes::{Lang, Severity};
use crate::track::tcp::Reliability;
use crate::track::{Evicted, GivenUp, Kept, Side, Transfer};

use super::numbers::{bit_rate, grouped};
use super::{Live, Summary};

/// The words of one language.
#[derive(Clone, Copy, Debug)]
pub struct Words(pub Lang);

macro_rules! words {
    ($($name:ident $en:literal $zh:literal;)*) => {
        impl Words {
            $(#[doc = concat!("\"", $en, "\".")]
            pub const fn $name(self) -> &'static str {
                self.0.pick($en, $zh)
            })*
        }
    };
}

pub(super) use words;

words! {
    attention "What deserves attention" "值得注意的情况";
    nothing_wrong "Nothing: no warning, no error." "没有：既无警告，也无错误。";
    nothing_wrong_of_these "No warning and no error of these kinds." "这些种类中既无警告，也无错误。";
    nothing_wrong_in_the_rest "No warning and no error in what could be read." "在能够解读的部分中没有警告，也没有错误。";
    not_read "not read: " "未解读：";
    worth_knowing "Worth knowing" "还应了解";
    all_conversations "Conversations" "会话";
    listeners "Listeners" "监听端口";
    where_bytes_went "Where the bytes went" "字节用在了哪里";
    payload "payload" "载荷";
    padding "padding" "填充";
    show_them "show:" "查看：";
    look_closer "Look closer" "进一步查看";
    every_packet "every packet:" "每个报文：";
    one_conversation "one conversation:" "某个会话：";
    client "client" "客户端";
    server "server" "服务器";
    address "address" "地址";
    clients "clients" "客户端数";
    connections "connections" "连接数";
    most_at_once "most at once" "最多同时";
    ended "ended" "结束方式";
    duration "duration" "时长";
    handshake "handshake" "握手";
    packets "packets" "报文";
    bytes "bytes" "字节";
    again "sent again" "重发";
    number "#" "#";
    protocol "protocol" "协议";
    time "time" "时间";
    between "source → destination" "源 → 目的";
    info "protocol, info" "协议与内容";
    conversation "Conversation" "会话";
    verdict "Verdict" "结论";
    opened "opened" "建立";
    closed "closed" "关闭";
    carried "carried" "传输";
    round_trip "round trip" "往返";
    header_bill "headers" "头部";
    not_followed "not followed" "未跟踪";
    reliability "reliability" "可靠性";
    states "last states" "最后状态";
    rates "transfer" "传输过程";
    think_time "server took" "服务器用时";
    held_by_application "nothing to send" "无数据可发";
    held_by_window "no room at the receiver" "接收方窗口已满";
    held_by_network "waiting for the network" "等待网络";
    holds "✓" "✓";
    fails "✗" "✗";
    cannot_tell "?" "?";
    unknown "unknown" "未知";
    refused "refused" "被拒绝";
    no_answer "no answer" "无应答";
    open "open" "未关闭";
    none_again "nothing" "无";
    stays_open "not closed within the capture" "抓包期间未关闭";
    no_handshake "before the capture began: no handshake in it" "在抓包之前已建立：其中没有握手";
    no_times "No packet has a time." "报文都没有时间。";
    no_packets "No packets." "没有报文。";
    by_packets "told apart by the handshake" "由握手确定";
    by_evidence "inferred from ports and who spoke first" "由端口和先发送的一方推断";
    inferred_mark "? behind a state: inferred, the packets do not prove it." "状态后的 ? 表示推断：报文不足以证明。";
    so_far "So far" "目前情况";
    findings "What the conversation as a whole shows" "整个会话显示的情况";
}

impl Words {
    /// The word of a severity.
    pub const fn severity(self, severity: Severity) -> &'static str {
        match severity {
            Severity::Note => self.0.pick("note", "说明"),
            Severity::Warning => self.0.pick("warning", "警告"),
            Severity::Error => self.0.pick("error", "错误"),
        }
    }

    /// The word of a side.
    pub const fn side(self, side: Side) -> &'static str {
        match side {
            Side::Client => self.client(),
            Side::Server => self.server(),
        }
    }

    /// `1 packet`, `2 packets`.
    pub fn count_packets(self, count: u64) -> String {
        self.counted(count, "packet", "packets", "个报文")
    }

    /// How much of a capture was not followed because it was not read.
    pub fn mostly_not_read(self, packets: u64, all: u64) -> String {
        let (some, of) = (grouped(packets), grouped(all));
        let who = match (self.0, packets == all, packets) {
            (Lang::En, true, 1) => "The only packet carries".to_owned(),
            (Lang::En, true, _) => format!("All {of} packets carry"),
            (Lang::En, false, 1) => format!("1 of {of} packets carries"),
            (Lang::En, false, _) => format!("{some} of {of} packets carry"),
            (Lang::Zh, true, 1) => "唯一的报文".to_owned(),
            (Lang::Zh, true, _) => format!("{of} 个报文全都"),
            (Lang::Zh, false, _) => format!("{of} 个报文中有 {some} 个"),
        };
        match self.0 {
            Lang::En => {
                format!("{who} what wirenotes does not read: nothing is said about that.")
            }
            Lang::Zh => format!("{who}承载着 wirenotes 不解读的内容，对其不作任何判断。"),
        }
    }

    /// `1 conversation`, `2 conversations`.
    pub fn count_conversations(self, count: u64) -> String {
        self.counted(count, "conversation", "conversations", "个会话")
    }

    /// How many packets passed a filter.
    pub fn passed(self, packets: u64, read: u64) -> String {
        let (packets, read) = (grouped(packets), grouped(read));
        match self.0 {
            Lang::En => format!("{packets} of {read} packets passed the filter"),
            Lang::Zh => format!("{read} 个报文中有 {packets} 个通过过滤器"),
        }
    }

    /// `5 packets`, or `5 of 300 packets` where a filter or a selection has not let
    /// all of them pass.
    pub fn count_packets_of(self, summary: &Summary) -> String {
        let selected = summary.selected.map(|selected| selected.of_packets);
        match (summary.read.or(selected), self.0) {
            (None, _) => self.count_packets(summary.packets),
            (Some(all), Lang::En) => format!(
                "{} of {}",
                grouped(summary.packets),
                self.count_packets(all)
            ),
            (Some(all), Lang::Zh) => format!(
                "{}中的 {} 个",
                self.count_packets(all),
                grouped(summary.packets)
            ),
        }
    }

    /// How many conversations these words selected, of how many.
    pub fn selected(self, selecting: &str, summary: &Summary) -> Option<String> {
        let all = self.count_conversations(summary.selected?.of_conversations);
        let some = grouped(summary.conversations);
        let selecting = escape(selecting);
        Some(match self.0 {
            Lang::En => format!("{some} of {all} selected by {selecting}"),
            Lang::Zh => format!("按 {selecting} 从 {all}中选出 {some} 个"),
        })
    }

    /// That these words selected none.
    pub fn none_selected(self, selecting: &str, summary: &Summary) -> String {
        let line = self.selected(selecting, summary).unwrap_or_default();
        format!("{line}{}", self.0.pick(".", "。"))
    }

    /// Which of several timelines.
    pub fn timeline(self, number: u64) -> String {
        match self.0 {
            Lang::En => format!("timeline {number}"),
            Lang::Zh => format!("时间线 {number}"),
        }
    }

    /// `1 file`, `2 files`.
    pub fn count_files(self, count: u64) -> String {
        self.counted(count, "file", "files", "个文件")
    }

    /// `1 byte`, `2 bytes`.
    pub fn count_bytes(self, count: u64) -> String {
        self.counted(count, "byte", "bytes", "字节")
    }

    /// So many of something, which has one name alone and another where it is many.
    pub fn counted(self, count: u64, one: &str, many: &str, zh: &str) -> String {
        let number = grouped(count);
        match self.0 {
            Lang::En => format!("{number} {}", if count == 1 { one } else { many }),
            Lang::Zh => format!("{number} {zh}"),
        }
    }

    /// What a running capture lost.
    pub fn losses(self, live: &Live) -> String {
        let Live {
            received,
            dropped_by_kernel: kernel,
            dropped_by_interface: interface,
            dropped_by_us: us,
            ..
        } = live;
        let [all, kernel, interface, us] = [received, kernel, interface, us].map(|n| grouped(*n));
        let none = kernel == "0" && interface == "0" && us == "0";
        match (self.0, none) {
            (Lang::En, true) => "Nothing was dropped while capturing.".to_owned(),
            (Lang::Zh, true) => "抓包期间没有丢包。".to_owned(),
            (Lang::En, false) => format!(
                "{all} received; dropped: {kernel} by the kernel, {interface} by the interface, \
                 {us} by wirenotes"
            ),
            (Lang::Zh, false) => format!(
                "收到 {all} 个；丢弃：内核 {kernel} 个，接口 {interface} 个，wirenotes {us} 个"
            ),
        }
    }

    /// The first and the last time of a capture.
    pub fn between_times(self, from: &str, to: &str) -> String {
        match self.0 {
            Lang::En => format!("{from} to {to} UTC"),
            Lang::Zh => format!("{from} 至 {to}（UTC）"),
        }
    }

    /// The numbers of the packets to look at.
    pub fn in_packets(self, packets: &[u64], more: bool) -> String {
        let comma = self.0.pick(", ", "、");
        let list = packets
            .iter()
            .map(u64::to_string)
            .collect::<Vec<_>>()
            .join(comma);
        let more = if more {
            format!("{comma}…")
        } else {
            String::new()
        };
        match (self.0, packets.len()) {
            (_, 0) => String::new(),
            (Lang::En, 1) if more.is_empty() => format!("packet {list}"),
            (Lang::En, _) => format!("packets {list}{more}"),
            (Lang::Zh, _) => format!("报文 {list}{more}"),
        }
    }

    /// Findings of a kind are not listed any more.
    pub fn counted_in_summary(self, kind: &str) -> String {
        match self.0 {
            Lang::En => format!("… the summary counts all of {kind}"),
            Lang::Zh => format!("…… 汇总中计入全部 {kind}"),
        }
    }

    /// The packet that has a note in full.
    pub fn as_in_packet(self, packet: u64) -> String {
        match self.0 {
            Lang::En => format!(" (as in {packet})"),
            Lang::Zh => format!("（同 {packet}）"),
        }
    }

    /// Puts a text in the language's own brackets, as they follow a word.
    pub fn in_brackets(self, text: &str) -> String {
        match self.0 {
            Lang::En => format!(" ({text})"),
            Lang::Zh => format!("（{text}）"),
        }
    }

    /// Says how many conversations the table leaves out.
    pub fn more_conversations(self, shown: usize, all: u64) -> String {
        match self.0 {
            Lang::En => format!("the {shown} largest of {}", grouped(all)),
            Lang::Zh => format!("共 {} 个，列出最大的 {shown} 个", grouped(all)),
        }
    }

    /// Says how many rows a table leaves out.
    pub fn and_more(self, count: usize) -> String {
        match self.0 {
            Lang::En => format!("and {count} more"),
            Lang::Zh => format!("另有 {count} 个"),
        }
    }

    /// How a TCP connection ended, in a table's cell.
    pub fn closed_by(self, how: &str, who: Option<&str>) -> String {
        match (self.0, who) {
            (_, None) => how.to_owned(),
            (Lang::En, Some(who)) => format!("{how} by {who}"),
            (Lang::Zh, Some(who)) => format!("{how}（{who}）"),
        }
    }

    /// The word for both sides.
    pub const fn both(self) -> &'static str {
        self.0.pick("both", "双方")
    }

    /// What was given up for want of memory, by kind.
    pub fn evicted(self, evicted: &Evicted) -> String {
        let by_kind = evicted.by_kind().filter(|(_, count)| *count > 0);
        let given_up: Vec<_> = by_kind
            .map(|(kind, count)| self.kept(kind, count))
            .collect();
        let given_up = given_up.join(self.0.pick(", ", "、"));
        match self.0 {
            Lang::En => format!(
                "Given up early to stay within --max-memory: {given_up}. What came of them later \
                 is counted anew."
            ),
            Lang::Zh => format!(
                "为不超出 --max-memory 的上限，提前放弃跟踪的有：{given_up}；它们之后的报文会重新计数。"
            ),
        }
    }

    /// So many of what is kept.
    fn kept(self, kind: Kept, count: u64) -> String {
        let (one, many, zh) = match kind {
            Kept::Conversations => ("conversation", "conversations", "个会话"),
            Kept::ByteStreams => ("byte stream", "byte streams", "个方向的字节流"),
            Kept::Datagrams => (
                "datagram in fragments",
                "datagrams in fragments",
                "个分片的数据报",
            ),
            Kept::Arp => ("ARP request", "ARP requests", "个 ARP 请求"),
            Kept::Ndp => (
                "neighbor solicitation",
                "neighbor solicitations",
                "个邻居请求",
            ),
            Kept::Echo => ("ping", "pings", "个 ping 请求"),
            Kept::Dns => ("DNS query", "DNS queries", "个 DNS 查询"),
            Kept::Dhcp => ("DHCP exchange", "DHCP exchanges", "次 DHCP 交互"),
        };
        self.counted(count, one, many, zh)
    }

    /// What was more than is followed of one connection, and what that means.
    pub fn given_up(self, it: GivenUp) -> String {
        let parts = [
            (it.gaps, "gap", "gaps", "个空洞"),
            (
                it.in_flight,
                "segment in flight",
                "segments in flight",
                "个在途报文段",
            ),
            (
                it.sent_again,
                "segment sent again",
                "segments sent again",
                "个重发的报文段",
            ),
        ];
        let parts = parts.into_iter().filter(|(count, ..)| *count > 0);
        let parts: Vec<_> = parts
            .map(|(count, one, many, zh)| self.counted(count.into(), one, many, zh))
            .collect();
        match self.0 {
            Lang::En => format!(
                "{}, more than is remembered of one connection: what came late or was sent again \
                 needlessly may be told wrongly here",
                parts.join(", ")
            ),
            Lang::Zh => format!(
                "{}，超过了单个连接所能记住的数量：此处对迟到或多余重发的判断可能有误",
                parts.join("、")
            ),
        }
    }

    /// How the handshake went.
    pub fn opened_by_handshake(self, first: Option<&str>, second: Option<&str>) -> String {
        let first = first.unwrap_or(self.unknown());
        let second = second.unwrap_or(self.unknown());
        match self.0 {
            Lang::En => {
                format!("by handshake: SYN → SYN-ACK {first}, SYN-ACK → ACK {second}")
            }
            Lang::Zh => format!("三次握手：SYN → SYN-ACK {first}，SYN-ACK → ACK {second}"),
        }
    }

    /// A SYN that led nowhere.
    pub fn never_opened(self, refused: bool) -> &'static str {
        if refused {
            self.0
                .pick("never: the SYN was refused", "未建立：SYN 被拒绝")
        } else {
            self.0.pick(
                "not seen: the handshake was not completed",
                "未见完成：握手没有走完",
            )
        }
    }

    /// How it was closed.
    pub fn closed_in_order(self, who: Option<&str>) -> String {
        match (self.0, who) {
            (Lang::En, Some(who)) => format!("in order (FIN), first by the {who}"),
            (Lang::En, None) => "in order (FIN)".to_owned(),
            (Lang::Zh, Some(who)) => format!("正常关闭（FIN），{who}先关闭"),
            (Lang::Zh, None) => "正常关闭（FIN）".to_owned(),
        }
    }

    /// Says that both sides closed at the same time.
    pub const fn closed_by_both(self) -> &'static str {
        self.0.pick(
            "in order (FIN), by both at once: the FINs crossed",
            "正常关闭（FIN），双方同时：两个 FIN 交错",
        )
    }

    /// Says that only one side closed.
    pub fn closed_half(self, who: &str, other: &str) -> String {
        match self.0 {
            Lang::En => format!("only by the {who} (FIN); the {other} never closed"),
            Lang::Zh => format!("只有{who}关闭（FIN），{other}始终没有关闭"),
        }
    }

    /// Says that the conversation was cut off by an RST.
    pub fn closed_by_reset(self, who: Option<&str>) -> String {
        match (self.0, who) {
            (Lang::En, Some(who)) => format!("cut off by a RST from the {who}"),
            (Lang::En, None) => "cut off by a RST".to_owned(),
            (Lang::Zh, Some(who)) => format!("被{who}的 RST 中断"),
            (Lang::Zh, None) => "被 RST 中断".to_owned(),
        }
    }

    /// Who waits, and for how long.
    pub fn time_wait(self, who: &str, endpoint: &str) -> String {
        match self.0 {
            Lang::En => format!("held by the {who} {endpoint}: 2 MSL, 60 s on Linux"),
            Lang::Zh => format!("由{who} {endpoint} 保持：2 MSL，Linux 上为 60 秒"),
        }
    }

    /// Says that no side waits in TIME_WAIT.
    pub const fn no_time_wait(self, reset: bool) -> &'static str {
        if reset {
            self.0.pick(
                "held by nobody: a RST frees both ends at once",
                "无人保持：RST 使两端立即释放",
            )
        } else {
            self.0.pick("held by nobody yet", "尚无人保持")
        }
    }

    /// That a private address cannot reach a global one as it is.
    pub fn must_be_translated(self, (client, server): (IpAddr, IpAddr)) -> String {
        match self.0 {
            Lang::En => format!(
                "between {client} and {server} the private address has to be rewritten on the way"
            ),
            Lang::Zh => format!("{client} 与 {server} 之间，私有地址在途中必须被改写"),
        }
    }

    /// What was carried, and by how many bytes.
    pub fn carried_in(self, payload: u64, bytes: u64, percent: &str) -> String {
        match self.0 {
            Lang::En => format!(
                "{} of payload in {} on the wire: {percent}",
                self.count_bytes(payload),
                self.count_bytes(bytes)
            ),
            Lang::Zh => format!(
                "线路上 {}，其中载荷 {}：{percent}",
                self.count_bytes(bytes),
                self.count_bytes(payload)
            ),
        }
    }

    /// What one side sent.
    pub fn side_sent(self, side: Side, packets: u64, payload: u64) -> String {
        match self.0 {
            Lang::En => format!(
                "{}: {}, {} of payload",
                self.side(side),
                self.count_packets(packets),
                self.count_bytes(payload)
            ),
            Lang::Zh => format!(
                "{}：{}，载荷 {}",
                self.side(side),
                self.count_packets(packets),
                self.count_bytes(payload)
            ),
        }
    }

    /// How much was sent again, and how many of the segments needlessly.
    pub fn sent_again(self, segments: u64, bytes: u64, needless: u64) -> String {
        let needlessly = match (self.0, needless) {
            (_, 0) => String::new(),
            (Lang::En, 1) if segments == 1 => ", needlessly".to_owned(),
            (Lang::En, _) => format!(", {} of them needlessly", grouped(needless)),
            (Lang::Zh, _) => format!("，其中 {} 段是多余的", grouped(needless)),
        };
        match self.0 {
            Lang::En => format!(
                "{} {}, {}{needlessly}",
                grouped(segments),
                if segments == 1 { "segment" } else { "segments" },
                self.count_bytes(bytes)
            ),
            Lang::Zh => format!(
                "{} 段，{}{needlessly}",
                grouped(segments),
                self.count_bytes(bytes)
            ),
        }
    }

    /// How much a side sent after the other's FIN.
    pub fn after_fin(self, who: &str, peer: &str, bytes: u64) -> String {
        let bytes = self.count_bytes(bytes);
        match self.0 {
            Lang::En => format!("; {bytes} of the {who} came after the {peer}'s FIN"),
            Lang::Zh => format!("；{peer}的 FIN 之后，{who}还发来 {bytes}"),
        }
    }

    /// Round-trip times.
    pub fn round_trips(self, median: &str, min: &str, max: &str, samples: u64) -> String {
        match self.0 {
            Lang::En => format!(
                "median {median}, {min} to {max} ({} measured)",
                grouped(samples)
            ),
            Lang::Zh => format!(
                "中位数 {median}，{min} 至 {max}（{} 次测量）",
                grouped(samples)
            ),
        }
    }

    /// How one side's data went; `held`: the shares of what held it back.
    pub fn transfer(self, it: &Transfer, held: Option<String>) -> String {
        let rate = it.goodput_bits_per_second.map(bit_rate);
        let rate = rate.as_deref().unwrap_or(self.unknown());
        let flight = grouped(u64::from(it.in_flight_most));
        let (rounds, growing, cuts) = (it.rounds, it.slow_start_rounds, it.cuts);
        let mut text = match self.0 {
            Lang::En => format!(
                "{rate} of payload over {rounds} round trips, at most {flight} bytes in flight; \
                 slow start for {growing} of them, cut back {cuts} times by loss"
            ),
            Lang::Zh => format!(
                "有效吞吐 {rate}，历经 {rounds} 个往返，在途最多 {flight} 字节；\
                 其中慢启动 {growing} 个往返，因丢包收缩 {cuts} 次"
            ),
        };
        if let Some(held) = held {
            text.push_str(self.0.pick("; the time went: ", "；时间分配："));
            text.push_str(&held);
        }
        text
    }

    /// How long the server took for its answers, without the network's time or
    /// with it.
    pub fn think_times(self, mean: &str, most: &str, answers: u64, network: bool) -> String {
        let answers = grouped(answers);
        let network = match network {
            true => self.0.pick("included", "包含"),
            false => self.0.pick("left out", "已扣除"),
        };
        match self.0 {
            Lang::En => format!(
                "{mean} for an answer on average, {most} at most ({answers} timed), the network's time {network}"
            ),
            Lang::Zh => {
                format!("每次应答平均 {mean}，最长 {most}（共 {answers} 次），{network}网络时间")
            }
        }
    }

    /// What a connection paid for reliability, and what its data would have cost
    /// over UDP.
    pub fn reliability_paid(self, reliability: &Reliability) -> String {
        let parts = [
            (reliability.handshake, "handshake", "握手"),
            (reliability.acknowledgments, "acknowledgments", "确认"),
            (reliability.teardown, "teardown", "挥手"),
            (reliability.sent_again, "sent again", "重发"),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(spent, _, _)| spent.packets > 0)
            .map(|(spent, en, zh)| {
                let (packets, bytes) = (grouped(spent.packets), grouped(spent.bytes));
                match self.0 {
                    Lang::En => format!("{en} {packets} ({bytes} bytes)"),
                    Lang::Zh => format!("{zh} {packets} 个（{bytes} 字节）"),
                }
            })
            .collect();
        let parts = match parts.is_empty() {
            true => self.none_again().to_owned(),
            false => parts.join(self.0.pick(" + ", " + ")),
        };
        let udp = reliability.over_udp;
        let (packets, bytes) = (grouped(udp.packets), grouped(udp.bytes));
        match (self.0, udp.packets) {
            (_, 0) => parts,
            (Lang::En, 1) => {
                format!("{parts}; over UDP the data would take 1 datagram, {bytes} bytes")
            }
            (Lang::En, _) => {
                format!("{parts}; over UDP the data would take {packets} datagrams, {bytes} bytes")
            }
            (Lang::Zh, _) => {
                format!("{parts}；同样的数据用 UDP 只需 {packets} 个数据报、{bytes} 字节")
            }
        }
    }

    /// A check with its numbers.
    pub fn expected_saw(self, expected: &str, observed: &str) -> String {
        match self.0 {
            Lang::En => format!("expected {expected}, saw {observed}"),
            Lang::Zh => format!("期望 {expected}，实际 {observed}"),
        }
    }

    /// A value without an expectation.
    pub fn saw(self, observed: &str) -> String {
        match self.0 {
            Lang::En => format!("saw {observed}; what to expect was not captured"),
            Lang::Zh => format!("实际 {observed}；期望值未捕获到"),
        }
    }

    /// The bytes of a packet, layer by layer.
    pub fn sum(self, bytes: u32, terms: &str) -> String {
        match self.0 {
            Lang::En => format!("{bytes} bytes = {terms}"),
            Lang::Zh => format!("{bytes} 字节 = {terms}"),
        }
    }

    /// How much of a cut packet was captured.
    pub fn cut_at(self, captured: u32) -> String {
        match self.0 {
            Lang::En => format!("{captured} captured"),
            Lang::Zh => format!("捕获 {captured}"),
        }
    }

    /// ARP's question.
    pub const fn who_has(self) -> &'static str {
        self.0.pick("who has", "谁有")
    }

    /// ARP's answer.
    pub const fn is_at(self) -> &'static str {
        self.0.pick("is at", "位于")
    }

    /// The words before the host that is told an ARP answer.
    pub const fn tell(self) -> &'static str {
        self.0.pick("tell", "请告诉")
    }
}
