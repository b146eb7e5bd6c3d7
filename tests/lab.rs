//! Verdicts on TCP against the truth: real kernels talk in network namespaces
//! over a network that loses, delays and doubles frames by seed and writes
//! down what it did (`tests/lab/run.py`). The sending kernel's own counters
//! say what was sent again and why, the network's log what arrived late and
//! why. Each test prints its table, passing or not.
//!
//! Needs Linux, root, python3, iproute2, ethtool, nftables and tcpdump.

#[path = "lab/analysis.rs"]
mod analysis;
#[path = "common/binary.rs"]
mod binary;
#[path = "lab/expected.rs"]
mod expected;
#[path = "lab/runs.rs"]
mod runs;
#[path = "lab/triggers.rs"]
mod triggers;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use analysis::{Analysis, Note};
use runs::{Cause, Host, Lateness, RUNS, Run, SIDES, Side, by_scenario};
use serde_json::{Value, json};
use triggers::Triggers;

/// Fewer faults than this in a scenario about faults prove nothing.
const TESTED: u64 = 20;

/// Questions of DNS over TCP, and lines, in each run about messages
/// (`tests/lab/transfers.py`).
const QUESTIONS: usize = 150;
const LINES: usize = 400;

/// Exchanges of HTTP in each run about them (`tests/lab/web.py`).
const EXCHANGES: usize = 60;

/// Prints past the test harness, which would keep it to itself.
fn print(table: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(table.as_bytes());
    let _ = out.flush();
}

fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    format!("{:.2} %", 100.0 * part as f64 / whole as f64)
}

#[track_caller]
fn none(problems: &[String]) {
    let shown = problems.iter().take(40).cloned().collect::<Vec<_>>();
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        shown.join("\n")
    );
}

fn is_of(side: Side, address: &str) -> bool {
    let last = match side {
        Side::A => '1',
        Side::B => '2',
    };
    address.ends_with(last)
}

fn sent_again_by(side: Side, analysis: &Analysis) -> Vec<u64> {
    analysis
        .sources
        .values()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter(|address| is_of(side, address))
        .flat_map(|address| analysis.sent_again(address))
        .collect()
}

fn total_again_by(side: Side, analysis: &Analysis) -> u64 {
    let by_sender = analysis.retransmissions.iter();
    by_sender
        .filter(|(address, _)| is_of(side, address))
        .map(|(_, count)| count)
        .sum()
}

#[test]
fn every_scenario_about_faults_had_enough_of_them() {
    let mut problems = Vec::new();
    for (scenario, runs) in by_scenario() {
        let faults: u64 = runs.iter().map(|run| run.faults).sum();
        if runs.iter().any(Run::is_about_faults) && faults < TESTED {
            problems.push(format!("{scenario}: {faults} faults"));
        }
    }
    none(&problems);
}

#[test]
fn what_was_sent_again_is_what_the_kernel_counted() {
    let mut problems = Vec::new();
    let mut table = String::from(
        "\nSegments sent again, each host's at its own capture\n\
         scenario                        faults   kernel     ours  missed  invented  needless\n",
    );
    for (scenario, runs) in by_scenario() {
        let mut sum = [0; 5];
        for run in runs {
            for (side, host) in SIDES.into_iter().zip(&run.hosts) {
                let row = again(run, side, host, &mut problems);
                sum.iter_mut().zip(row).for_each(|(sum, part)| *sum += part);
            }
        }
        let [kernel, ours, missed, invented, needless] = sum;
        let faults: u64 = runs.iter().map(|run| run.faults).sum();
        table.push_str(&format!(
            "{scenario:<30} {faults:>7} {kernel:>8} {ours:>8} {missed:>7} {invented:>9} {needless:>9}\n"
        ));
    }
    print(&table);
    none(&problems);
}

/// Kernel's count, ours (as conversations have it), packets missed and
/// invented, said to be needless.
fn again(run: &Run, side: Side, host: &Host, problems: &mut Vec<String>) -> [u64; 5] {
    let kernel = host.counter("TcpRetransSegs");
    let total = total_again_by(side, &host.analysis);
    let ours: BTreeSet<u64> = sent_again_by(side, &host.analysis).into_iter().collect();
    let truth: BTreeSet<u64> = host.sent_again.keys().copied().collect();
    let missed: Vec<_> = truth.difference(&ours).collect();
    let invented: Vec<_> = ours.difference(&truth).collect();
    let who = format!("{} {side:?}", run.name());
    if total != kernel {
        problems.push(format!("{who}: the kernel counted {kernel}, we {total}"));
    }
    if !missed.is_empty() || !invented.is_empty() {
        problems.push(format!("{who}: missed {missed:?}, invented {invented:?}"));
    }
    let needless = ours
        .iter()
        .filter(|number| host.analysis.has(**number, "tcp.retransmission.spurious"));
    [
        kernel,
        total,
        missed.len() as u64,
        invented.len() as u64,
        needless.count() as u64,
    ]
}

#[test]
fn triggers_are_those_that_the_kernel_counted() {
    let mut table = String::from(
        "\nWhy it was sent again (data; kernel/ours)\n\
         scenario                       segments    timeout       fast      probe  unknown  agree\n",
    );
    let mut all = Triggers::default();
    for (scenario, runs) in by_scenario() {
        let mut sum = Triggers::default();
        for host in runs.iter().flat_map(|run| &run.hosts) {
            sum.take(host);
            all.take(host);
        }
        if sum.segments == 0 {
            continue;
        }
        let pair = |cause: Cause| {
            format!(
                "{}/{}",
                sum.counted[cause as usize], sum.ours[cause as usize]
            )
        };
        table.push_str(&format!(
            "{scenario:<30} {:>8} {:>10} {:>10} {:>10} {:>8}  {}\n",
            sum.segments,
            pair(Cause::Timeout),
            pair(Cause::Fast),
            pair(Cause::Probe),
            sum.unknown,
            percent(sum.agree, sum.segments),
        ));
    }
    let agree = percent(all.agree, all.segments);
    table.push_str(&format!(
        "{:<30} {:>8} {:>42}  {agree}\n",
        "all", all.segments, ""
    ));
    print(&table);
    let kept: Vec<_> = RUNS.iter().filter_map(|run| run.kept.as_ref()).collect();
    assert!(
        all.are_enough(),
        "only {agree} agree with the kernel; recordings of runs that do not: {kept:#?}"
    );
}

#[test]
fn late_segments_are_told_apart() {
    let mut table = String::from(
        "\nData arriving late, each host's at its own capture (right of all, by the network's log)\n\
         scenario                       sent again      reordered  again, needless  reordered, too late  copies\n",
    );
    let mut all: BTreeMap<usize, [u64; 2]> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (scenario, runs) in by_scenario() {
        let mut columns = [[0_u64; 2]; 5];
        for run in runs {
            for host in &run.hosts {
                for late in &host.late {
                    let column = match (late.was, late.new_bytes) {
                        (Lateness::Retransmitted, true) => 0,
                        (Lateness::Reordered, true) => 1,
                        (Lateness::Retransmitted, false) => 2,
                        (Lateness::Reordered, false) => 3,
                        (Lateness::Copy, _) => 4,
                    };
                    let right = is_right(late.was, late.number, &host.analysis);
                    columns[column][0] += u64::from(right);
                    columns[column][1] += 1;
                    if !right {
                        wrong.push(format!(
                            "{} packet {}: {:?}",
                            run.name(),
                            late.number,
                            late.was
                        ));
                    }
                }
            }
        }
        if columns.iter().any(|[_, of]| *of > 0) {
            let cell = |index: usize| format!("{}/{}", columns[index][0], columns[index][1]);
            table.push_str(&format!(
                "{scenario:<30} {:>10} {:>14} {:>16} {:>20} {:>7}\n",
                cell(0),
                cell(1),
                cell(2),
                cell(3),
                cell(4)
            ));
        }
        for (index, [right, of]) in columns.into_iter().enumerate() {
            let sum = all.entry(index).or_default();
            sum[0] += right;
            sum[1] += of;
        }
    }
    let share = |columns: &[usize]| {
        let sum = |which: usize| columns.iter().map(|column| all[column][which]).sum::<u64>();
        (sum(0), sum(1))
    };
    let (right, of) = share(&[0, 1]);
    let (copies_right, copies) = share(&[4]);
    table.push_str(&format!(
        "bringing new bytes: {right} of {of} right, {}; all but copies: {}; copies: {}\n",
        percent(right, of),
        percent(share(&[0, 1, 2, 3]).0, share(&[0, 1, 2, 3]).1),
        percent(copies_right, copies),
    ));
    print(&table);
    let first = wrong
        .iter()
        .take(20)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n");
    assert!(right * 100 >= of * 99, "{}:\n{first}", percent(right, of));
    assert!(
        copies_right * 100 >= copies * 99,
        "copies {}:\n{first}",
        percent(copies_right, copies)
    );
}

/// A segment sent again is called so, one that was reordered is called out of
/// order (and nothing else), a copy neither.
fn is_right(was: Lateness, number: u64, analysis: &Analysis) -> bool {
    let again = analysis.trigger(number).is_some();
    let reordered = analysis.has(number, "tcp.out_of_order");
    match was {
        Lateness::Retransmitted => again && !reordered,
        Lateness::Reordered => reordered && !again,
        Lateness::Copy => !reordered && !again && analysis.has(number, "ip.duplicate"),
    }
}

#[test]
fn every_message_is_told_once_whatever_was_lost_or_late() {
    let mut problems = Vec::new();
    for run in RUNS.iter().filter(|run| run.scenario == "messages-loss") {
        for (side, host) in SIDES.into_iter().zip(&run.hosts) {
            let ids = |kind: &str| {
                let notes = host.analysis.notes().filter(|note| note.kind == kind);
                let ids = notes.filter_map(|note| note.values["id"].as_u64());
                let mut ids: Vec<u64> = ids.collect();
                ids.sort_unstable();
                ids
            };
            let asked: Vec<u64> = (1..=QUESTIONS as u64).collect();
            let lines: Vec<_> = host
                .analysis
                .notes()
                .filter(|note| note.kind == "stream.messages_of_one_size")
                .filter_map(|note| note.values["messages"].as_u64())
                .collect();
            let told = (ids("dns.query"), ids("dns.response"), lines);
            if told != (asked.clone(), asked, vec![LINES as u64]) {
                problems.push(format!("{} {side:?}: {told:?}", run.name()));
            }
        }
    }
    none(&problems);
}

#[test]
fn every_exchange_is_told_once_and_whole_whatever_was_lost() {
    let mut problems = Vec::new();
    let mut told = 0;
    for run in RUNS.iter().filter(|run| run.scenario == "http-loss") {
        let logged: BTreeSet<String> = run.exchanges.iter().map(|it| it.to_string()).collect();
        assert_eq!(logged.len(), EXCHANGES, "{}", run.name());
        for (side, host) in SIDES.into_iter().zip(&run.hosts) {
            let who = format!("{} {side:?}", run.name());
            let ours = &host.analysis.exchanges;
            told += ours.len();
            if ours.len() != EXCHANGES {
                problems.push(format!("{who}: {} exchanges", ours.len()));
            }
            for exchange in ours {
                let lacks = |message: &str| exchange[message]["missing_bytes"] != 0;
                let is_whole = exchange["complete"] == true && exchange["certain"] == true;
                if !is_whole || lacks("request") || lacks("response") {
                    problems.push(format!("{who}: not whole: {exchange}"));
                }
                let line = as_logged(exchange);
                if !logged.contains(&line) {
                    problems.push(format!("{who}: not in the log: {line}"));
                }
            }
            let lines: BTreeSet<String> = ours.iter().map(as_logged).collect();
            for line in logged.difference(&lines) {
                problems.push(format!("{who}: not told: {line}"));
            }
        }
    }
    print(&format!(
        "\nExchanges under loss: {told} told at both ends, {} problems\n",
        problems.len()
    ));
    none(&problems);
}

/// What the server's log says of an exchange.
fn as_logged(exchange: &Value) -> String {
    let bytes = |message: &str| {
        let message = &exchange[message];
        json!({ "head": message["head_bytes"], "body": message["body_bytes"] })
    };
    let request = &exchange["request"];
    json!({
        "method": request["method"],
        "target": request["target"],
        "request": bytes("request"),
        "response": bytes("response"),
    })
    .to_string()
}

#[test]
fn a_d_sack_names_the_segment_that_it_reports() {
    let (mut told, mut named) = (0, 0);
    // A copy that the network made was not sent again.
    let runs = RUNS
        .iter()
        .filter(|run| !run.scenario.contains("duplication"));
    for note in runs
        .flat_map(|run| &run.hosts)
        .flat_map(|host| host.analysis.notes())
        .filter(|note| note.kind == "tcp.dsack")
    {
        told += 1;
        named += u64::from(!note.values["duplicate"].is_null());
    }
    let share = percent(named, told);
    print(&format!(
        "\nD-SACKs that name their segment: {named} of {told}, {share}\n"
    ));
    assert!(named * 100 >= told * 95, "{share}");
}

#[test]
fn nothing_is_reported_where_nothing_is_wrong() {
    let mut problems = Vec::new();
    for run in RUNS.iter() {
        let copies: &[&str] = match run.scenario.as_str() {
            "clean" | "clean-bbr" | "offload" | "offload-uncut" => &[],
            "duplication" => &["ip.duplicate"],
            _ => continue,
        };
        for (side, host) in SIDES.into_iter().zip(&run.hosts) {
            let who = format!("{} {side:?}", run.name());
            complain(&who, &host.analysis, copies, &mut problems);
        }
    }
    none(&problems);
}

#[test]
fn a_recording_made_twice_is_no_fault_of_the_network() {
    let mut problems = Vec::new();
    let (mut frames, mut told) = (0, 0);
    for run in RUNS.iter().filter(|run| run.scenario == "clean") {
        for (name, analysis) in &run.twice {
            let who = format!("{}/{name}", run.name());
            complain(&who, analysis, &["ip.duplicate"], &mut problems);
            let by_network = analysis
                .notes()
                .filter(|note| note.kind == "ip.duplicate" && note.values["made_by"] == "network");
            let by_network = by_network.count();
            if by_network > 0 {
                problems.push(format!(
                    "{who}: {by_network} copies said to be the network's"
                ));
            }
            frames += analysis.packets.len() / 2;
            told += analysis
                .kinds()
                .get("ip.duplicate")
                .copied()
                .unwrap_or_default();
        }
    }
    print(&format!(
        "\nRecorded twice: {frames} frames, {told} copies told\n"
    ));
    none(&problems);
}

fn complain(who: &str, analysis: &Analysis, allowed: &[&str], problems: &mut Vec<String>) {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    let faults = analysis
        .notes()
        .filter(|note| note.severity != "note" && !allowed.contains(&note.kind.as_str()));
    for note in faults {
        *found.entry(&note.kind).or_default() += 1;
    }
    problems.extend(
        found
            .iter()
            .map(|(kind, count)| format!("{who}: {count} times {kind}")),
    );
}

#[test]
fn each_state_shows_its_kinds() {
    let mut problems = Vec::new();
    for run in RUNS.iter() {
        for (side, host) in SIDES.into_iter().zip(&run.hosts) {
            let Some(expected) = expected::expected(&run.scenario, side) else {
                continue;
            };
            let (who, kinds) = (format!("{} {side:?}", run.name()), host.analysis.kinds());
            for (kind, count) in &expected {
                let found = kinds.get(kind).copied().unwrap_or_default();
                if !count.holds(found, &run.hosts[0]) {
                    problems.push(format!("{who}: {found} times {kind}, expected {count:?}"));
                }
            }
            let known = |kind: &&str| {
                expected::EVERYWHERE.contains(kind) || expected.iter().any(|(name, _)| name == kind)
            };
            for (kind, count) in kinds.iter().filter(|(kind, _)| !known(kind)) {
                problems.push(format!("{who}: {count} times {kind}, not expected"));
            }
        }
        problems.extend(wrong_reset(run));
    }
    none(&problems);
}

fn wrong_reset(run: &Run) -> Option<String> {
    let cause = expected::reset_cause(&run.scenario)?;
    let resets: Vec<&Note> = run.hosts[0]
        .analysis
        .notes()
        .filter(|note| note.kind == "tcp.reset")
        .collect();
    let right = resets.iter().all(|note| note.values["cause"] == cause);
    (!right || resets.is_empty()).then(|| format!("{}: {resets:?} is not {cause}", run.name()))
}

#[test]
fn probes_are_as_many_as_the_kernel_counted() {
    let mut problems = Vec::new();
    for run in RUNS.iter() {
        for (side, host) in SIDES.into_iter().zip(&run.hosts) {
            for (kind, counter) in [
                ("tcp.keep_alive", "TCPKeepAlive"),
                ("tcp.window.probe", "TCPWinProbe"),
            ] {
                let ours = host
                    .analysis
                    .packets
                    .keys()
                    .filter(|number| is_of(side, &host.analysis.sources[number]))
                    .filter(|number| host.analysis.has(**number, kind))
                    .count() as u64;
                let kernel = host.counter(counter);
                if ours != kernel {
                    problems.push(format!(
                        "{} {side:?}: {ours} times {kind}, the kernel counted {kernel}",
                        run.name()
                    ));
                }
            }
        }
    }
    none(&problems);
}
