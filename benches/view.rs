//! How soon the viewer shows something, and how soon it is drawn anew behind a key:
//! `cargo bench --bench view -- web 1000000`.

mod generator;

use std::io::{BufWriter, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use wirenotes::cli::{self, Job, Surroundings};
use wirenotes::commands::pace::peak_memory;
use wirenotes::commands::view::Session;
use wirenotes::view::Key;

/// What is pressed, one after the other.
const KEYS: [(&str, Key); 20] = [
    ("down", Key::Down),
    ("conversations", Key::Char('2')),
    ("down", Key::Down),
    ("a screen down", Key::PageDown),
    ("the end", Key::End),
    ("another order", Key::Char('>')),
    ("a conversation", Key::Enter),
    ("its second packet", Key::Down),
    ("its fields", Key::Enter),
    ("packets", Key::Char('3')),
    ("a screen down", Key::PageDown),
    ("the last packet", Key::End),
    ("the one before", Key::Up),
    ("a screen up", Key::PageUp),
    ("its fields", Key::Enter),
    ("back", Key::Escape),
    ("visits", Key::Char('5')),
    ("hosts", Key::Char('6')),
    ("time", Key::Char('7')),
    ("problems", Key::Char('1')),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let (name, packets) = match words.as_slice() {
        [name, packets] => (name.as_str(), packets.parse().unwrap_or(1_000_000)),
        _ => ("web", 20_000),
    };
    let file = tempfile::NamedTempFile::with_suffix(".pcap").expect("a temporary file");
    let mut out = BufWriter::new(file.reopen().expect("the file"));
    generator::write(name, packets, 1, &mut out).expect("a capture");
    out.flush().expect("written");
    let bytes = file.path().metadata().map_or(0, |it| it.len());
    let line = ["wirenotes".into(), "view".into(), file.path().into()];
    let Ok(Job::View(view)) = cli::parse(line, &Surroundings::default()) else {
        return ExitCode::FAILURE;
    };
    let begun = Instant::now();
    let mut session = Session::new(*view, (120, 40)).expect("a session");
    let mut first = None;
    while session.is_busy() {
        session.step();
        if first.is_none() && session.viewer.as_text().contains(" packets, ") {
            first = Some(begun.elapsed());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    session.settle();
    println!("{packets} packets, {bytes} bytes");
    println!(
        "first screen after {:?}, all read after {:?}",
        first.unwrap_or_default(),
        begun.elapsed()
    );
    for (name, key) in KEYS {
        let pressed = Instant::now();
        session.key(key);
        let screen = session.viewer.as_text();
        let drawn = pressed.elapsed();
        assert!(!screen.is_empty());
        session.settle();
        println!(
            "{name:>20}: drawn after {drawn:?}, answered after {:?}",
            pressed.elapsed()
        );
    }
    println!("peak memory {:?}", peak_memory());
    ExitCode::SUCCESS
}
