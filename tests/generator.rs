//! The captures that benchmarks are run on: the same every time, and sound.

#[path = "common/binary.rs"]
mod binary;
#[path = "../benches/generator/mod.rs"]
mod generator;

use std::path::PathBuf;
use std::process::Command;

const WORKLOADS: [&str; 3] = ["web", "bulk", "flows"];

fn capture(name: &str, packets: u64, seed: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    generator::write(name, packets, seed, &mut bytes).expect("a vector takes everything");
    bytes
}

fn file(folder: &tempfile::TempDir, name: &str) -> PathBuf {
    let path = folder.path().join(format!("{name}.pcap"));
    std::fs::write(&path, capture(name, 20_000, 1)).expect("the folder is there");
    path
}

/// The last record.
fn summary(records: &str) -> serde_json::Value {
    let last = records.lines().last().expect("a record");
    serde_json::from_str(last).expect("a record is JSON")
}

#[test]
fn a_seed_gives_the_same_bytes_and_another_one_others() {
    for name in WORKLOADS {
        let bytes = capture(name, 5_000, 7);
        assert!(bytes == capture(name, 5_000, 7), "{name}");
        assert!(bytes != capture(name, 5_000, 8), "{name}");
    }
}

#[test]
fn fewer_packets_are_a_prefix_of_more() {
    for name in WORKLOADS {
        let (few, many) = (capture(name, 3_000, 1), capture(name, 9_000, 1));
        assert!(few.len() < many.len() && many.starts_with(&few), "{name}");
    }
}

#[test]
fn every_packet_is_whole_and_every_rule_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in WORKLOADS {
        let file = file(&folder, name);
        let path = file.to_str().expect("a plain path");
        let run = binary::run(["analyze", path, "--packets", "--format", "ndjson"]);
        run.assert_status(0);
        assert!(!run.stdout.contains("\"holds\":false"), "{name}");
        let summary = summary(&run.stdout);
        assert_eq!(summary["packets"], 20_000);
        let kinds = summary["kinds"].as_object().expect("kinds");
        let wrong = kinds.keys().find(|kind| {
            kind.ends_with("checksum_bad")
                || ["malformed", "truncated", "ip.duplicate"].contains(&kind.as_str())
                || kind.starts_with("capture.")
        });
        assert_eq!(wrong, None, "{name}");
    }
}

#[test]
fn what_is_to_go_wrong_goes_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, kinds) in [
        (
            "web",
            &[
                "tcp.retransmission.fast",
                "tcp.retransmission.timeout",
                "tcp.retransmission.handshake",
                "tcp.out_of_order",
                "tcp.reset",
                "tcp.handshake.refused",
                "tcp.handshake.unanswered",
                "tcp.window.zero",
                "dns.unanswered",
                "dns.error",
                "arp.reply",
                "icmp.echo.reply",
            ][..],
        ),
        ("bulk", &["tcp.retransmission.fast", "tcp.gap"]),
        ("flows", &["tcp.handshake.refused"]),
    ] {
        let path = file(&folder, name);
        let path = path.to_str().expect("a plain path");
        let run = binary::run(["analyze", path, "--format", "ndjson"]);
        let summary = summary(&run.stdout);
        for kind in kinds {
            assert!(summary["kinds"][kind].is_u64(), "{name}: no {kind}");
        }
    }
}

#[test]
fn tshark_finds_no_checksum_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in WORKLOADS {
        let mut tshark = Command::new("tshark");
        tshark.args(["-n", "-o", "ip.check_checksum:TRUE"]);
        tshark.args([
            "-o",
            "tcp.check_checksum:TRUE",
            "-o",
            "udp.check_checksum:TRUE",
        ]);
        let status = ["ip", "tcp", "udp", "icmp", "icmpv6"]
            .map(|protocol| format!("{protocol}.checksum.status == 0"));
        let output = tshark
            .args(["-Y", &status.join(" || "), "-r"])
            .arg(file(&folder, name))
            .output()
            .expect("tshark is installed by tests/setup");
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{name}");
    }
}
