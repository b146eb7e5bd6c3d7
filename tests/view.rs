//! The viewer's screens: what is drawn of the samples, in both languages and two
//! sizes; and that nothing commands the terminal, whatever is looked at.

#[path = "common/files.rs"]
mod files;
#[path = "../benches/hostile_shapes/mod.rs"]
mod hostile_shapes;

use std::fs;
use std::path::{Path, PathBuf};

use files::sample;
use hostile_shapes::SHAPES;
use wirenotes::cli::{self, Job, Surroundings};
use wirenotes::commands::view::Session;
use wirenotes::escape::is_dangerous;
use wirenotes::view::Key;

/// Samples of which the screens are kept.
const SAMPLES: [&str; 5] = [
    "close-wait.pcap",
    "http.pcap",
    "loss.pcap",
    "zero-window.pcap",
    "dns-errors.pcap",
];

/// What is looked at, one after the other: its name, and the keys that lead there.
const TOUR: &[(&str, &[Key])] = &[
    ("problems", &[]),
    ("the second problem", &[Key::Down]),
    ("conversations", &[Key::Char('2')]),
    (
        "conversations by their packets",
        &[
            Key::Char('<'),
            Key::Char('<'),
            Key::Char('<'),
            Key::Char('<'),
            Key::Char('<'),
        ],
    ),
    ("a conversation", &[Key::Enter]),
    ("its third packet", &[Key::Down, Key::Down]),
    ("its fields", &[Key::Enter]),
    ("another field", &[Key::PageDown, Key::PageDown, Key::Down]),
    ("explained", &[Key::Char('e')]),
    ("followed", &[Key::Escape, Key::Escape, Key::Char('f')]),
    ("as a picture", &[Key::Escape, Key::Char('g')]),
    ("packets", &[Key::Char('3')]),
    ("the last packet", &[Key::End]),
    ("exchanges", &[Key::Char('4')]),
    ("visits", &[Key::Char('5')]),
    ("hosts", &[Key::Char('6')]),
    ("time", &[Key::Char('7')]),
    ("notes", &[Key::Char('8')]),
    ("a note", &[Key::Enter]),
    ("keys", &[Key::Char('?')]),
];

/// A sample by the path that it has in the repository, where tests run.
fn kept(name: &str) -> PathBuf {
    Path::new("samples").join(name)
}

fn session(capture: &Path, words: &[&str], size: (u16, u16)) -> Session {
    let file = capture.to_str().expect("a path in UTF-8");
    let line = ["wirenotes", "view", file]
        .into_iter()
        .chain(words.iter().copied());
    match cli::parse(line.map(Into::into), &Surroundings::default()) {
        Ok(Job::View(view)) => Session::new(*view, size).expect("a file"),
        _ => panic!("{file}: nothing to look at"),
    }
}

/// Every screen of the tour below its name.
fn tour(session: &mut Session) -> String {
    let mut screens = String::new();
    for (name, keys) in TOUR {
        for key in *keys {
            session.key(*key);
            session.settle();
        }
        session.settle();
        // What panics in the background never answers.
        assert!(!session.viewer.waits(), "{name} is waited for");
        let screen = session.viewer.as_text();
        let dangerous = screen.chars().find(|c| *c != '\n' && is_dangerous(*c));
        assert_eq!(dangerous, None, "{name}: {screen}");
        screens.push_str(&format!("===== {name}\n{screen}"));
    }
    screens
}

#[track_caller]
fn assert_screens(name: &str, screens: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/view");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, screens));
}

#[test]
fn the_screens_of_the_samples() {
    for name in SAMPLES {
        for lang in ["en", "zh"] {
            for size @ (columns, rows) in [(80, 24), (120, 40)] {
                let words = ["--lang", lang, "--color", "never"];
                let screens = tour(&mut session(&kept(name), &words, size));
                let name = name.trim_end_matches(".pcap");
                assert_screens(&format!("{name}-{lang}-{columns}x{rows}"), &screens);
            }
        }
    }
}

#[test]
fn no_sample_and_no_size_makes_it_panic() {
    let sizes = [(80, 24), (60, 15), (40, 10), (10, 3), (1, 1), (200, 60)];
    for (capture, size) in files::samples().iter().zip(sizes.into_iter().cycle()) {
        let screens = tour(&mut session(capture, &["--color", "always"], size));
        assert!(!screens.is_empty());
    }
}

#[test]
fn no_hostile_capture_makes_it_panic() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for shape in SHAPES {
        let path = folder.path().join(shape.name.replace(' ', "-"));
        let mut bytes = Vec::new();
        shape.write(1_000, &mut bytes).expect("written");
        fs::write(&path, bytes).expect("written");
        let mut session = session(&path, &["--color", "always"], (80, 24));
        tour(&mut session);
    }
}

/// A number from a linear congruential generator: no machine has others.
fn next(state: &mut u64) -> usize {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1);
    (*state >> 33) as usize
}

#[test]
fn no_broken_capture_makes_it_panic() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("broken.pcap");
    let mut state = 29;
    for capture in files::samples().iter().step_by(4) {
        let mut bytes = fs::read(capture).expect("a sample");
        // Behind the header, which would only be refused.
        let behind = bytes.len().saturating_sub(24).max(1);
        for _ in 0..20 {
            let (at, by) = (24 + next(&mut state) % behind, next(&mut state));
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= by as u8;
            }
        }
        bytes.truncate(24 + next(&mut state) % behind);
        fs::write(&path, bytes).expect("written");
        tour(&mut session(&path, &["--lang", "zh"], (80, 24)));
    }
}

/// Types over what stands there, and ends the line.
fn type_path(session: &mut Session, path: &Path) {
    for _ in 0..40 {
        session.key(Key::Backspace);
    }
    for character in path.to_str().expect("UTF-8").chars() {
        session.key(Key::Char(character));
    }
    session.key(Key::Enter);
    session.settle();
}

#[test]
fn the_packets_that_are_seen_are_written_and_no_others() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut session = session(&sample("close-wait.pcap"), &["--lang", "en"], (80, 24));
    session.settle();
    session.key(Key::Char('3'));
    session.settle();
    let screen = session.viewer.as_text();
    let numbers = screen.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let number: u64 = words.next()?.parse().ok()?;
        words.next()?.contains('.').then_some(number)
    });
    let seen: Vec<u64> = numbers.collect();
    assert!(seen.len() > 5 && seen.len() < 29, "{screen}");
    session.key(Key::Char('w'));
    let asked = session.viewer.as_text();
    let name = format!("packets-1-{}.pcapng", seen.len());
    assert!(asked.contains(&name), "{asked}");
    type_path(&mut session, &folder.path().join("seen.pcapng"));
    let written = session.viewer.as_text();
    let says = format!("{} packets written", seen.len());
    assert!(written.contains(&says), "{written}");
    session.key(Key::Enter);
    session.settle();
    session.key(Key::Char('w'));
    type_path(&mut session, &folder.path().join("one.pcap"));
    let written = session.viewer.as_text();
    assert!(written.contains("1 packets written"), "{written}");
}

#[test]
fn the_picture_is_that_of_the_command() {
    let mut session = session(&kept("loss.pcap"), &["--lang", "en"], (80, 24));
    session.key(Key::Char('2'));
    session.settle();
    session.key(Key::Char('g'));
    session.settle();
    let drawn = session.viewer.as_text();
    assert!(
        drawn.contains("over time") && drawn.contains('┤'),
        "{drawn}"
    );
    let command = session.viewer.command();
    assert_eq!(
        command.as_deref(),
        Some("wirenotes graph samples/loss.pcap 1")
    );
}

#[test]
fn a_packet_of_several_files_is_explained_by_the_command_for_its_own() {
    let line = [
        "wirenotes",
        "view",
        "samples/loss.pcap",
        "samples/http.pcap",
    ];
    let line = line.into_iter().chain(["--join", "--lang", "en"]);
    let Ok(Job::View(view)) = cli::parse(line.map(Into::into), &Surroundings::default()) else {
        panic!("nothing to look at");
    };
    let mut session = Session::new(*view, (80, 24)).expect("two files");
    session.settle();
    for key in [Key::Char('3'), Key::End, Key::Char('e')] {
        session.key(key);
        session.settle();
    }
    let command = session.viewer.command().expect("a command");
    let file = command.contains("samples/http.pcap 24") || command.contains("samples/loss.pcap");
    assert!(file && !command.contains("http.pcap samples"), "{command}");
    let screen = session.viewer.as_text();
    assert!(screen.contains("Packet"), "{screen}");
}

#[test]
fn a_packed_capture_is_kept_unpacked_and_looks_the_same() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("close-wait.pcap");
    let plain = fs::read(sample("close-wait.pcap")).expect("a sample");
    let packed = zstd::encode_all(plain.as_slice(), 1).expect("packed");
    let words = ["--lang", "en", "--color", "never"];
    fs::write(&path, plain).expect("written");
    let of_plain = tour(&mut session(&path, &words, (80, 24)));
    fs::write(&path, packed).expect("written");
    let mut session = session(&path, &words, (80, 24));
    session.settle();
    let first = session.viewer.as_text();
    assert!(first.contains("is kept in a temporary file"), "{first}");
    session.key(Key::Char('1'));
    session.settle();
    let of_packed = tour(&mut session);
    let size = |screens: &str| screens.replace(" (zstd)", "");
    assert_eq!(size(&of_plain), size(&of_packed));
}

#[test]
fn a_terminal_of_60_columns_and_15_rows_shows_every_view() {
    let mut session = session(&kept("close-wait.pcap"), &["--color", "never"], (60, 15));
    assert_screens("close-wait-en-60x15", &tour(&mut session));
}

#[test]
fn an_empty_capture_and_one_that_is_none_say_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let empty = folder.path().join("empty.pcap");
    let head = std::fs::read(sample("close-wait.pcap")).expect("a sample");
    std::fs::write(&empty, &head[..24]).expect("written");
    let none = folder.path().join("none.pcap");
    std::fs::write(&none, "no capture at all\n".repeat(10)).expect("written");
    for (path, says) in [(&empty, "0 packets"), (&none, "none.pcap")] {
        let mut session = session(path, &["--lang", "en"], (80, 24));
        session.settle();
        let first = session.viewer.as_text();
        assert!(first.contains(says), "{first}");
        tour(&mut session);
    }
}

#[test]
fn nothing_in_a_packet_commands_the_terminal() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut bytes = std::fs::read(sample("http.pcap")).expect("a sample");
    let (plain, hostile) = (b"collars", b"\x1b[2J\x07\x9b1");
    let mut count = 0;
    for at in 0..bytes.len() - plain.len() {
        if bytes[at..].starts_with(plain) {
            bytes[at..at + plain.len()].copy_from_slice(hostile);
            count += 1;
        }
    }
    assert!(count > 5, "{count}");
    let path = folder.path().join("hostile\u{1b}[2J.pcap");
    std::fs::write(&path, bytes).expect("written");
    for color in ["always", "never"] {
        let screens = tour(&mut session(&path, &["--color", color], (120, 40)));
        assert!(
            screens.contains("\\u{1b}[2J") || screens.contains("\\x1b[2J"),
            "{screens}"
        );
    }
}

#[test]
fn a_span_of_time_lists_what_was_under_way_in_it() {
    let mut session = session(&sample("close-wait.pcap"), &["--lang", "en"], (80, 24));
    session.settle();
    session.key(Key::Char('7'));
    session.key(Key::End);
    session.key(Key::Char('m'));
    session.key(Key::PageUp);
    session.key(Key::Enter);
    session.settle();
    let listed = session.viewer.as_text();
    assert!(
        listed.contains("10.0.0.1:42271") && !listed.contains("10.0.0.3:37549"),
        "{listed}"
    );
}

#[test]
fn what_is_typed_selects_as_it_is_typed() {
    let mut session = session(&sample("close-wait.pcap"), &["--lang", "en"], (80, 24));
    session.key(Key::Char('2'));
    session.key(Key::Char('/'));
    for character in "state:close_wait".chars() {
        session.key(Key::Char(character));
    }
    session.settle();
    let selected = session.viewer.as_text();
    assert!(selected.contains("3 of 4 conversations"), "{selected}");
    session.key(Key::Enter);
    assert_eq!(
        session
            .viewer
            .command()
            .as_deref()
            .map(|command| command.ends_with("state:close_wait --sort harm")),
        Some(true)
    );
    session.key(Key::Char('/'));
    for character in " tcp".chars() {
        session.key(Key::Char(character));
    }
    session.settle();
    let refused = session.viewer.as_text();
    assert!(
        refused.contains("select: state:close_wait tcp"),
        "{refused}"
    );
    session.key(Key::Escape);
    session.settle();
    assert!(session.viewer.as_text().contains("4 conversations"));
}

#[test]
fn the_language_changes_everything_and_back() {
    let mut session = session(
        &sample("close-wait.pcap"),
        &["--lang", "en", "--color", "never"],
        (80, 24),
    );
    session.settle();
    let english = session.viewer.as_text();
    session.key(Key::Char('L'));
    session.settle();
    let chinese = session.viewer.as_text();
    assert!(
        chinese.contains("问题") && !chinese.contains("problems"),
        "{chinese}"
    );
    session.key(Key::Char('L'));
    session.settle();
    assert_eq!(session.viewer.as_text(), english);
}

#[test]
fn what_is_shown_is_written_with_its_notes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("one.pcapng");
    let mut session = session(&sample("close-wait.pcap"), &["--lang", "en"], (80, 24));
    session.key(Key::Char('2'));
    session.settle();
    session.key(Key::Enter);
    session.settle();
    session.key(Key::Char('w'));
    type_path(&mut session, &path);
    let written = session.viewer.as_text();
    assert!(written.contains("7 packets written"), "{written}");
    let bytes = std::fs::read(&path).expect("the file");
    let note = b"tcp.teardown.first_fin";
    assert!(bytes.windows(note.len()).any(|part| part == note));
}
