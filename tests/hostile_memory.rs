//! `--max-memory` is a promise to whoever sends packets that are meant to hurt, too.

#[path = "common/binary.rs"]
mod binary;
#[path = "../benches/hostile_shapes/mod.rs"]
mod hostile_shapes;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Duration;

use hostile_shapes::{SHAPES, Shape};
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::Value;

/// The most MiB that any run of these tests has taken; each may take 128, and a
/// tenth more. (What a child is said to have taken begins with what its parent
/// had, so that these tests keep little.)
fn assert_promise_is_kept() -> i64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel counts");
    let most = usage.max_rss() / 1024;
    assert!(most <= 128 + 12, "{most} MiB");
    most
}

/// What is printed of so many packets of a shape.
fn analyzed(shape: &Shape, packets: u32, words: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("hostile.pcap");
    let mut file = BufWriter::new(File::create(&path).expect("the folder is there"));
    shape.write(packets, &mut file).expect("there is room");
    file.flush().expect("there is room");
    let path = path.to_str().expect("a plain path");
    let mut command = binary::wirenotes();
    command.timeout(Duration::from_secs(600));
    let run = binary::finish(command.arg("analyze").args(words).arg(path));
    run.assert_status(0);
    run.stdout
}

/// What is found of this kind in so many packets of a shape.
fn findings(shape: &Shape, packets: u32, kind: &str) -> Vec<Value> {
    let words = ["--max-memory", "128M", "--format", "ndjson"];
    let only = ["--only", "finding", "--kind", kind];
    let printed = analyzed(shape, packets, &[words, only].concat());
    let records = printed
        .lines()
        .map(|line| serde_json::from_str(line).expect("a record"));
    records.collect()
}

fn shape(name: &str) -> &'static Shape {
    let is_it = |shape: &&Shape| shape.name.contains(name);
    SHAPES.iter().find(is_it).expect("there is one")
}

#[test]
fn a_flood_from_many_sources_fits_and_its_sources_are_counted() {
    const SYNS: u32 = 400_000;
    let told = findings(shape("SYN from another address"), SYNS, "tcp.syn_flood");
    let most = assert_promise_is_kept();
    let [flood] = told.as_slice() else {
        panic!("{told:?}");
    };
    let values = &flood["values"];
    assert_eq!(values["half_open"].as_u64(), Some(SYNS.into()), "{flood}");
    let sources = values["sources"].as_u64().expect("a number");
    let off = sources.abs_diff(SYNS.into());
    assert!(off <= u64::from(SYNS) / 50, "{flood}");
    println!("{most} MiB, {sources} sources");
}

#[test]
fn whatever_is_meant_to_hurt_fits() {
    for shape in SHAPES {
        findings(shape, 150_000, "tcp.syn_flood");
        println!("{} MiB with {}", assert_promise_is_kept(), shape.name);
    }
}

#[test]
fn what_is_given_up_stands_on_the_first_screen() {
    let holes = shape("connections with holes");
    let words = ["--max-memory", "128M", "--lang", "en"];
    let screen = analyzed(holes, 400_000, &words);
    assert!(screen.contains("· Given up early"), "{screen}");
    assert!(!screen.contains("nothing sent again"), "{screen}");
    let screen = analyzed(holes, 10_000, &words);
    assert!(!screen.contains("Given up early"), "{screen}");
}
