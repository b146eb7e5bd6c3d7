//! The end of a ladder: how the conversation was opened and closed, which side
//! waits, what was carried, and the bill for headers.

use std::io;
use std::net::IpAddr;

use super::conversations::{close_wait, who};
use super::screen::Screen;
use crate::notes::fields::needs_translation;
use crate::notes::{protocol_name, units};
use crate::report::numbers::{grouped, percent};
use crate::report::words::Words;
use crate::report::wrap::{pad, width};
use crate::track::tcp::{Completeness, State};
use crate::track::{Address, CloseKind, Conversation, Side, TcpConversation, ThinkTime, Transfer};

/// A transfer of fewer round trips has no speed worth telling.
pub const ROUNDS_WORTH_TELLING: u32 = 3;

/// Writes the verdict on a conversation.
pub fn verdict(screen: &mut Screen, it: &Conversation) -> io::Result<()> {
    let words = screen.words;
    let mut rows: Vec<(&str, String)> = Vec::new();
    if let Some(tcp) = &it.tcp {
        rows.push((words.opened(), opened(tcp, words)));
        rows.push((words.closed(), closed(tcp, words)));
        rows.push(("TIME_WAIT", time_wait(it, tcp, words)));
        rows.push((words.states(), last_states(tcp, words)));
        if tcp.round_trip.samples > 0 {
            let times = tcp.round_trip;
            let text = words.round_trips(
                &units::duration(times.median_ns),
                &units::duration(times.min_ns),
                &units::duration(times.max_ns),
                times.samples,
            );
            rows.push((words.round_trip(), text));
        }
    }
    match &it.tcp {
        Some(tcp) => transfers(tcp, words, &mut rows),
        None => answers(it.answer_time, true, words, &mut rows),
    }
    if let Some(ends) = translated_between(it) {
        rows.push(("NAT", words.must_be_translated(ends)));
    }
    let lasted = it.duration_ns.map(units::duration);
    let lasted = lasted.unwrap_or_else(|| words.unknown().to_owned());
    rows.push((words.duration(), lasted));
    let share = percent(it.payload(), it.bytes());
    rows.push((
        words.carried(),
        words.carried_in(it.payload(), it.bytes(), &share),
    ));
    for side in [Side::Client, Side::Server] {
        let sent = it.sent[side];
        rows.push(("", words.side_sent(side, sent.packets, sent.payload)));
    }
    if let Some(tcp) = &it.tcp {
        rows.push((words.again(), sent_again(tcp, words)));
        if !tcp.given_up.is_nothing() {
            rows.push((words.not_followed(), words.given_up(tcp.given_up)));
        }
        rows.push((
            words.reliability(),
            words.reliability_paid(&tcp.reliability),
        ));
    }
    rows.push((words.header_bill(), header_bill(it, words)));
    screen.heading(words.verdict())?;
    let columns = rows.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let margin = " ".repeat(2 + columns + 2);
    for (name, text) in rows {
        let mut first = "  ".to_owned();
        pad(&mut first, name, columns);
        first.push_str("  ");
        screen.paragraph(&first, &margin, &text)?;
    }
    Ok(())
}

/// Both addresses, where one of them has to be rewritten on the way.
fn translated_between(it: &Conversation) -> Option<(IpAddr, IpAddr)> {
    let (Address::Ip(client), Address::Ip(server)) = (it.client?.address, it.server?.address)
    else {
        return None;
    };
    needs_translation(client, server).then_some((client, server))
}

/// How the data of each side went, where there was more than a little of it.
fn transfers(tcp: &TcpConversation, words: Words, rows: &mut Vec<(&str, String)>) {
    for side in Side::BOTH {
        if let Some(transfer) = &tcp.transfer[side]
            && transfer.rounds >= ROUNDS_WORTH_TELLING
        {
            let text = format!(
                "{}{}{}",
                words.side(side),
                words.0.pick(" ", "："),
                words.transfer(
                    transfer,
                    transfer.limited_by.map(|_| held_back(transfer, words))
                )
            );
            rows.push((words.rates(), text));
        }
    }
    answers(tcp.think_time, false, words, rows);
}

/// How long the server's answers took, where it gave any; with the network's
/// time, or without.
fn answers(time: Option<ThinkTime>, network: bool, words: Words, rows: &mut Vec<(&str, String)>) {
    if let Some(time) = time {
        let mean = units::duration(time.mean_ns);
        let most = units::duration(time.most_ns);
        rows.push((
            words.think_time(),
            words.think_times(&mean, &most, time.answers, network),
        ));
    }
}

/// `76 % nothing to send, 1 % receiver's window full, 23 % network`.
pub fn held_back(transfer: &Transfer, words: Words) -> String {
    let parts = [
        (transfer.idle_ns, words.held_by_application()),
        (transfer.window_limited_ns, words.held_by_window()),
        (transfer.network_limited_ns, words.held_by_network()),
    ];
    let all: u64 = parts.iter().map(|(time_ns, _)| *time_ns).sum();
    let shown: Vec<String> = parts
        .into_iter()
        .filter(|(time_ns, _)| time_ns.saturating_mul(1_000) >= all.max(1))
        .map(|(time_ns, what)| format!("{} {what}", percent(time_ns, all)))
        .collect();
    shown.join(words.0.pick(", ", "，"))
}

fn saw(tcp: &TcpConversation, part: u8) -> bool {
    tcp.completeness.0 & part != 0
}

fn opened(tcp: &TcpConversation, words: Words) -> String {
    let steps = [Completeness::SYN, Completeness::SYN_ACK, Completeness::ACK];
    if steps.into_iter().all(|part| saw(tcp, part)) {
        let first = tcp.handshake.syn_to_syn_ack_ns.map(units::duration);
        let second = tcp.handshake.syn_ack_to_ack_ns.map(units::duration);
        return words.opened_by_handshake(first.as_deref(), second.as_deref());
    }
    if saw(tcp, Completeness::SYN) || saw(tcp, Completeness::SYN_ACK) {
        let refused = tcp.close == CloseKind::Reset && !saw(tcp, Completeness::SYN_ACK);
        return words.never_opened(refused).to_owned();
    }
    words.no_handshake().to_owned()
}

fn closed(tcp: &TcpConversation, words: Words) -> String {
    let by = tcp.closed_by.and_then(|sides| who(sides, words));
    match tcp.close {
        CloseKind::Open => words.stays_open().to_owned(),
        CloseKind::Reset => words.closed_by_reset(by),
        CloseKind::Fin => {
            let mut text = match (close_wait(tcp), tcp.closed_by) {
                (Some(side), _) => words.closed_half(words.side(side.other()), words.side(side)),
                (None, Some(sides)) if sides.client && sides.server => {
                    words.closed_by_both().to_owned()
                }
                _ => words.closed_in_order(by),
            };
            for side in Side::BOTH {
                let bytes = tcp.payload_after_peer_fin[side];
                if bytes > 0 {
                    let peer = words.side(side.other());
                    text += &words.after_fin(words.side(side), peer, bytes);
                }
            }
            text
        }
    }
}

fn time_wait(it: &Conversation, tcp: &TcpConversation, words: Words) -> String {
    let held = tcp.time_wait_held_by.unwrap_or_default();
    let holders: Vec<_> = [(Side::Client, &it.client), (Side::Server, &it.server)]
        .into_iter()
        .filter(|(side, _)| held[*side])
        .map(|(side, endpoint)| {
            let endpoint = endpoint.as_ref().map(ToString::to_string);
            words.time_wait(words.side(side), &endpoint.unwrap_or_default())
        })
        .collect();
    match holders.is_empty() {
        true => words.no_time_wait(tcp.close == CloseKind::Reset).to_owned(),
        false => holders.join(words.0.pick("; ", "；")),
    }
}

fn last_states(tcp: &TcpConversation, words: Words) -> String {
    let name = |state: Option<State>| state.map_or(words.unknown(), State::name);
    format!(
        "{} {}{}{} {}",
        words.client(),
        name(tcp.state.client),
        words.0.pick(", ", "，"),
        words.server(),
        name(tcp.state.server)
    )
}

fn sent_again(tcp: &TcpConversation, words: Words) -> String {
    let again = tcp.retransmissions;
    let sides: Vec<_> = [Side::Client, Side::Server]
        .into_iter()
        .filter(|side| again[*side].segments > 0)
        .map(|side| {
            let sent = again[side];
            let needless = tcp.spurious[side].segments;
            let amount = words.sent_again(sent.segments, sent.bytes, needless);
            format!("{} {amount}", words.side(side))
        })
        .collect();
    match sides.is_empty() {
        true => words.none_again().to_owned(),
        false => sides.join(words.0.pick("; ", "；")),
    }
}

/// `672 = Ethernet 168 + IPv4 240 + TCP 264 (75.4 %)`.
fn header_bill(it: &Conversation, words: Words) -> String {
    let name = |protocol| protocol_name(protocol, words.0);
    let layers: Vec<_> = it
        .overhead
        .0
        .iter()
        .map(|(protocol, bytes)| format!("{} {}", name(*protocol), grouped(*bytes)))
        .collect();
    let all = it.overhead.total();
    format!(
        "{} = {}{}",
        grouped(all),
        layers.join(" + "),
        words.in_brackets(&percent(all, it.bytes()))
    )
}
