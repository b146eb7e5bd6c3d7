//! What is a scan, and what programs do that is none.

use super::*;

const MS: u64 = 1_000_000;
const SECOND_NS: u64 = 1_000 * MS;
const SOURCE: Address = host(1);

const fn host(number: u32) -> Address {
    let [_, a, b, c] = number.to_be_bytes();
    Address::Ip(std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, a, b, c)))
}

fn port(host_number: u32, port: u16) -> Endpoint {
    Endpoint {
        address: host(host_number),
        port: Some(port),
    }
}

/// Handshakes of the source, one every so often: with whom, and the answer.
fn scans(step_ns: u64, handshakes: &[(Endpoint, Option<Answer>)]) -> Vec<Scan> {
    let mut scans = Scans::default();
    for (number, (target, answer)) in (1..).zip(handshakes) {
        scans.syn(number, SOURCE, *target, number * step_ns);
        if let Some(answer) = answer {
            scans.answered(number, *answer);
        }
    }
    found(&mut scans)
}

fn found(scans: &mut Scans) -> Vec<Scan> {
    let mut findings = Vec::new();
    scans.findings(&mut findings);
    let events = findings.into_iter().map(|finding| match finding.event {
        Event::Scan(scan) => *scan,
        other => panic!("{other:?}"),
    });
    events.collect()
}

fn ports(count: u16, answer: Option<Answer>) -> Vec<(Endpoint, Option<Answer>)> {
    (1..=count)
        .map(|number| (port(2, number), answer))
        .collect()
}

fn hosts(count: u32, apart: u32, answer: Answer) -> Vec<(Endpoint, Option<Answer>)> {
    let to = |number| (port(256 + number * apart, 443), Some(answer));
    (1..=count).map(to).collect()
}

#[test]
fn many_ports_of_a_host_are_a_scan_with_what_each_said() {
    let mut handshakes = ports(100, Some(Answer::Refused));
    handshakes[21].1 = Some(Answer::Open);
    handshakes[79].1 = Some(Answer::Completed);
    handshakes[89].1 = Some(Answer::Silence);
    handshakes[90].1 = Some(Answer::Rejected);
    let told = scans(10 * MS, &handshakes);
    let [scan] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!(
        (scan.source, scan.host, scan.port),
        (SOURCE, Some(host(2)), None)
    );
    assert_eq!((scan.targets, scan.hosts, scan.ports), (100, 1, 100));
    assert_eq!((scan.open, scan.refused), (2, 96));
    assert_eq!((scan.rejected, scan.silent), (1, 1));
    assert_eq!(scan.open_targets, [port(2, 22), port(2, 80)]);
    assert_eq!(scan.during_ns, 990 * MS);
    assert_eq!(scan.examples, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn many_neighbours_on_one_port_are_a_scan() {
    let told = scans(10 * MS, &hosts(100, 1, Answer::Silence));
    let [scan] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!((scan.hosts, scan.ports, scan.silent), (100, 1, 100));
    assert_eq!((scan.host, scan.port), (None, Some(443)));
}

#[test]
fn hosts_far_apart_have_to_be_more_as_a_browser_tries_dozens() {
    assert!(scans(10 * MS, &hosts(60, 300, Answer::Silence)).is_empty());
    assert_eq!(scans(10 * MS, &hosts(150, 300, Answer::Silence)).len(), 1);
}

#[test]
fn many_ports_of_many_hosts_are_one_scan() {
    let mut handshakes = Vec::new();
    for number in 1..=30 {
        handshakes.extend((1..=30).map(|to| (port(256 + to, number), Some(Answer::Refused))));
    }
    let told = scans(MS, &handshakes);
    let [scan] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!((scan.targets, scan.hosts, scan.ports), (900, 30, 30));
}

#[test]
fn a_program_that_is_answered_does_not_scan() {
    assert!(scans(MS, &hosts(200, 1, Answer::Completed)).is_empty());
    assert!(scans(MS, &ports(200, Some(Answer::Completed))).is_empty());
    // A crawler some of whose servers are down.
    let mut crawled = hosts(200, 300, Answer::Silence);
    crawled.extend(hosts(300, 301, Answer::Completed));
    assert!(scans(MS, &crawled).is_empty());
    // A health check that half-opens what is up.
    assert!(scans(MS, &ports(200, Some(Answer::Open))).is_empty());
}

#[test]
fn a_program_that_comes_back_to_the_same_targets_does_not_scan() {
    let round = ports(40, Some(Answer::Refused));
    let rounds: Vec<_> = (0..5).flat_map(|_| round.clone()).collect();
    assert!(scans(MS, &rounds).is_empty());
    assert_eq!(scans(MS, &[round.clone(), round].concat()).len(), 1);
    // A load generator.
    let load = vec![(port(2, 80), Some(Answer::Refused)); 5_000];
    assert!(scans(MS, &load).is_empty());
}

#[test]
fn one_try_after_the_other_is_no_scan() {
    assert!(scans(30 * SECOND_NS, &ports(200, Some(Answer::Silence))).is_empty());
    assert_eq!(
        scans(15 * SECOND_NS, &ports(200, Some(Answer::Silence))).len(),
        1
    );
}

#[test]
fn what_the_recording_ends_too_soon_to_know_is_no_failure() {
    assert!(scans(MS, &ports(100, Some(Answer::TooEarly))).is_empty());
    assert_eq!(scans(MS, &ports(100, None)).len(), 1);
}

#[test]
fn a_scan_is_found_beside_what_the_host_does_before_and_after() {
    let mut scans = Scans::default();
    let mut number = 0;
    let mut handshake = |target, time_ns, answer| {
        number += 1;
        scans.syn(number, SOURCE, target, time_ns);
        scans.answered(number, answer);
    };
    let regular = |target: u32| port(70_000 + target * 300, 443);
    for target in 0..500 {
        handshake(
            regular(target),
            u64::from(target) * 100 * MS,
            Answer::Completed,
        );
    }
    for target in 1..=200 {
        handshake(port(256 + target, 443), 100 * SECOND_NS, Answer::Refused);
    }
    for target in 500..1_000 {
        let time_ns = 130 * SECOND_NS + u64::from(target) * 100 * MS;
        handshake(regular(target), time_ns, Answer::Completed);
    }
    let told = found(&mut scans);
    let [scan] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!((scan.targets, scan.refused, scan.during_ns), (200, 200, 0));
}

#[test]
fn a_scan_larger_than_the_table_is_counted_whole() {
    let mut scans = Scans::default();
    for number in 1..=3 * AT_MOST as u32 {
        let target = port(2 + number / 60_000, (number % 60_000) as u16);
        scans.syn(number.into(), SOURCE, target, u64::from(number) * MS);
        scans.answered(number.into(), Answer::Refused);
    }
    assert!(scans.handshakes.len() <= AT_MOST && scans.news.len() <= AT_MOST);
    let told = found(&mut scans);
    let [scan] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!(scan.targets, 3 * AT_MOST as u64);
    assert_eq!((scan.hosts, scan.examples[0]), (4, 1));
}

#[test]
fn every_table_is_bounded_however_many_hosts_scan() {
    let mut scans = Scans::default();
    for number in 0..4 * AT_MOST as u32 {
        let (source, target) = (host(number / 20), port(9, (number % 20) as u16));
        scans.syn(number.into(), source, target, number.into());
    }
    assert!(scans.handshakes.len() <= AT_MOST && scans.news.len() <= AT_MOST);
    assert!(scans.found.len() <= SCANS);
}

#[test]
fn handshakes_that_are_given_up_before_an_answer_can_come_are_no_failures() {
    // One after the other, each answered when 40,000 others have begun.
    let mut scans = Scans::default();
    for number in 1..=3 * AT_MOST as u64 {
        let target = port(2 + number as u32 / 60_000, (number % 60_000) as u16);
        scans.syn(number, SOURCE, target, number * 1_000);
        if number > 40_000 {
            scans.answered(number - 40_000, Answer::Completed);
        }
    }
    for number in 3 * AT_MOST as u64 - 40_000..=3 * AT_MOST as u64 {
        scans.answered(number, Answer::Completed);
    }
    assert_eq!(found(&mut scans), []);
}
