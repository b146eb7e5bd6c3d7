//! The viewer in a real terminal, which tmux is: keys are sent, and the screen is
//! looked at until it shows what it is to show.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use binary::{finish, wirenotes};
use files::sample;

/// Longer than this nothing takes, on whatever machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The time between two looks.
const GLANCE: Duration = Duration::from_millis(20);

/// A terminal, which is gone when this is dropped.
struct Terminal {
    socket: String,
}

impl Terminal {
    /// Runs a line of the shell in a terminal of 80 columns and 24 rows; `$bin` is the
    /// program, `$sample` the folder of samples.
    fn new(name: &str, line: &str) -> Self {
        let terminal = Self {
            socket: format!("wirenotes-{name}-{}", std::process::id()),
        };
        let samples = sample("close-wait.pcap");
        let samples = samples.parent().expect("a folder").display().to_string();
        let script = format!(
            "bin='{}'; samples='{samples}'; export LANG=C LC_ALL=C.UTF-8 TZ=UTC; {line}; \
             echo \"ended with $?\"; stty -a; exec cat",
            env!("CARGO_BIN_EXE_wirenotes")
        );
        terminal.tmux(&["new-session", "-d", "-x", "80", "-y", "24", &script]);
        terminal.tmux(&["set-option", "-g", "set-clipboard", "on"]);
        terminal
    }

    #[track_caller]
    fn tmux(&self, arguments: &[&str]) -> String {
        let done = Command::new("tmux")
            .args(["-u", "-L", &self.socket, "-f", "/dev/null"])
            .args(arguments)
            .output()
            .expect("tmux, which tests/setup installs");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{arguments:?}: {said}");
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Waits until the screen has all of this.
    #[track_caller]
    fn see(&self, texts: &[&str]) -> String {
        self.see_that(&format!("{texts:?}"), |screen| {
            texts.iter().all(|text| screen.contains(text))
        })
    }

    #[track_caller]
    fn see_that(&self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if holds(&screen) {
                return screen;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{what} is not to be seen:\n{screen}"
            );
            std::thread::sleep(GLANCE);
        }
    }

    fn keys(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let kill = ["-L", &self.socket, "kill-server"];
        // It may be gone already.
        let _ = Command::new("tmux").args(kill).output();
    }
}

/// The terminal is as it was: the first screen, and keys are shown as they are typed.
#[track_caller]
fn assert_given_back(terminal: &Terminal, status: u8) {
    terminal.see(&[&format!("ended with {status}"), " echo ", " icanon"]);
    let alternate = terminal.tmux(&["display-message", "-p", "#{alternate_on}#{mouse_any_flag}"]);
    assert_eq!(alternate.trim(), "00");
}

#[test]
fn a_tour() {
    let terminal = Terminal::new("tour", "$bin view $samples/http.pcap");
    terminal.see(&["1 problems", "24 packets"]);
    terminal.keys(&["2"]);
    terminal.see(&["sorted by harm", "2 conversations"]);
    terminal.keys(&[">"]);
    terminal.see(&["sorted by start"]);
    terminal.keys(&["/"]);
    terminal.keys(&["-l", "port:80"]);
    terminal.see(&["select: port:80", "1 of 2 conversations"]);
    terminal.keys(&["Enter"]);
    terminal.keys(&["Enter"]);
    terminal.see(&["SYN_SENT", "── packet 5"]);
    terminal.keys(&["j"]);
    terminal.see(&["── packet 6"]);
    terminal.keys(&["Enter"]);
    terminal.see(&["Ethernet", "0000"]);
    terminal.keys(&["Escape"]);
    terminal.see(&["── packet 6"]);
    terminal.keys(&["f"]);
    terminal.see(&["GET /"]);
    terminal.keys(&["g"]);
    terminal.see(&["conversation 2 over time", "┤"]);
    terminal.keys(&["4"]);
    terminal.see(&["HEAD collars.example.com"]);
    terminal.keys(&["5"]);
    terminal.see(&["Visit 1"]);
    terminal.tmux(&["resize-window", "-x", "60", "-y", "15"]);
    terminal.see_that("a screen of 60 columns", |screen| {
        screen.contains("5 visits 6 7 8") && screen.contains("Visit 1")
    });
    terminal.tmux(&["resize-window", "-x", "120", "-y", "40"]);
    terminal.keys(&["L"]);
    terminal.see(&["5 访问"]);
    terminal.keys(&["q"]);
    assert_given_back(&terminal, 0);
}

#[test]
fn the_command_is_copied_to_whoever_looks() {
    let terminal = Terminal::new("copy", "cd $samples; $bin view loss.pcap");
    terminal.see(&["1 problems", "loss.pcap"]);
    terminal.keys(&["2"]);
    terminal.see(&["sorted by harm"]);
    terminal.keys(&["y"]);
    terminal.see(&["copied: wirenotes conversations loss.pcap"]);
    let begun = Instant::now();
    while terminal.tmux(&["list-buffers"]).is_empty() && begun.elapsed() < PATIENCE {
        std::thread::sleep(GLANCE);
    }
    let copied = terminal.tmux(&["show-buffer"]);
    assert_eq!(
        copied.trim(),
        "wirenotes conversations loss.pcap --sort harm"
    );
}

#[test]
fn a_pipe_is_kept_and_the_keys_come_from_the_terminal() {
    let line = "gzip -c $samples/close-wait.pcap | $bin view -";
    let terminal = Terminal::new("pipe", line);
    terminal.see(&["CLOSE_WAIT", "29 packets"]);
    terminal.keys(&["2"]);
    terminal.see(&["10.0.0.1:42271"]);
    terminal.keys(&["C-c"]);
    assert_given_back(&terminal, 0);
}

/// The process that the shell of a terminal runs.
fn child(terminal: &Terminal) -> String {
    let pane = terminal.tmux(&["display-message", "-p", "#{pane_pid}"]);
    let children = Command::new("pgrep").args(["-P", pane.trim()]).output();
    let children = children.expect("pgrep").stdout;
    String::from_utf8_lossy(&children).trim().to_owned()
}

#[test]
fn it_ends_with_its_terminal() {
    let terminal = Terminal::new("gone", "$bin view $samples/loss.pcap");
    terminal.see(&["1 problems", "loss.pcap"]);
    let process = Path::new("/proc").join(child(&terminal));
    assert!(process.exists(), "{process:?}");
    drop(terminal);
    let begun = Instant::now();
    while process.exists() {
        assert!(begun.elapsed() < PATIENCE, "{process:?} is still there");
        std::thread::sleep(GLANCE);
    }
}

#[test]
fn a_signal_ends_it_in_order() {
    let line = "$bin view $samples/loss.pcap";
    let terminal = Terminal::new("signal", line);
    terminal.see(&["1 problems", "loss.pcap"]);
    let child = child(&terminal);
    assert!(
        Command::new("kill")
            .args(["-TERM", &child])
            .status()
            .expect("kill")
            .success()
    );
    assert_given_back(&terminal, 0);
}

/// Takes the terminal, draws, and panics in two threads.
fn panic_with_the_terminal() {
    let mut terminal = wirenotes::view::Terminal::take().expect("a terminal");
    let source = wirenotes::view::Source::default();
    let size = terminal.size().expect("a size");
    let mut viewer = wirenotes::view::Viewer::new(source, wirenotes::notes::Lang::En, size);
    terminal.draw(&mut viewer).expect("drawn");
    // As work in the background would.
    let work = std::thread::spawn(|| panic!("as nothing should"));
    assert!(work.join().is_err() && terminal.has_panicked());
    panic!("the second time");
}

/// Says to this test that it is run in a terminal, by itself.
const IN_TERMINAL: &str = "WIRENOTES_TEST_IN_TERMINAL";

#[test]
fn a_panic_gives_the_terminal_back() {
    if std::env::var_os(IN_TERMINAL).is_some() {
        return panic_with_the_terminal();
    }
    let own = std::env::current_exe().expect("this test");
    let line = format!(
        "{IN_TERMINAL}=1 '{}' --exact a_panic_gives_the_terminal_back --nocapture",
        own.display()
    );
    let terminal = Terminal::new("panic", &line);
    assert_given_back(&terminal, 101);
    let all = terminal.tmux(&["capture-pane", "-p", "-S", "-"]);
    assert!(
        all.contains("as nothing should") && all.contains("the second time"),
        "{all}"
    );
}

#[test]
fn without_colour_there_is_none() {
    let terminal = Terminal::new("colour", "NO_COLOR=1 $bin view $samples/close-wait.pcap");
    terminal.see(&["CLOSE_WAIT", "10.0.0.1:36779"]);
    let screen = terminal.tmux(&["capture-pane", "-p", "-e"]);
    assert!(!screen.contains("\x1b[38"), "{screen:?}");
}

#[test]
fn where_nothing_can_be_drawn_it_says_so() {
    let run = finish(wirenotes().arg("view").arg(sample("loss.pcap")));
    run.assert_status(1);
    assert!(
        run.stderr.contains("standard output is none"),
        "{}",
        run.stderr
    );
    assert!(run.stdout.is_empty());
    let terminal = Terminal::new("dumb", "TERM=dumb $bin view $samples/loss.pcap");
    terminal.see(&["TERM=dumb says", "ended with 1"]);
    let terminal = Terminal::new(
        "live-dumb",
        "TERM=dumb $bin live -r $samples/loss.pcap --view",
    );
    terminal.see(&["TERM=dumb says", "ended with 1"]);
}

#[test]
fn what_is_played_is_summed_up_at_the_end() {
    let line = "$bin live -r $samples/close-wait.pcap --view";
    let terminal = Terminal::new("played", line);
    terminal.see(&["ended with 0"]);
    let all = terminal.tmux(&["capture-pane", "-p", "-S", "-"]);
    assert!(
        all.contains("3 of 4 connections to 10.0.0.2:3001 are left in CLOSE_WAIT"),
        "{all}"
    );
}

/// Accepts connections and closes one of three, though their clients close all.
const LEAK: &str = "\
import socket, time
server = socket.socket()
server.bind(('127.0.0.1', 3001))
server.listen()
kept, count = [], 0
while count < 9:
    client = socket.create_connection(('127.0.0.1', 3001))
    kept.append(server.accept()[0])
    client.close()
    count += 1
    if count % 3 == 1:
        kept.pop().close()
    time.sleep(0.2)
time.sleep(1000)
";

/// How many connections the screen says to be left in CLOSE_WAIT.
fn leaked(screen: &str) -> Option<u64> {
    let words: Vec<&str> = screen.split_whitespace().collect();
    let said = words
        .windows(3)
        .find(|words| words[1] == "of" && words[0].parse::<u64>().is_ok());
    said.filter(|_| screen.contains("CLOSE_WAIT"))?
        .first()?
        .parse()
        .ok()
}

#[test]
fn a_leak_appears_while_it_is_recorded_and_counts_up() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script = folder.path().join("leak.py");
    std::fs::write(&script, LEAK).expect("written");
    let line = format!(
        "unshare --net sh -c 'ip link set lo up; python3 {} & \"$0\" live -i lo --view; \
         status=$?; kill $!; exit $status' \"$bin\"",
        script.display()
    );
    let terminal = Terminal::new("live", &line);
    // It needs root and network namespaces, as `tests/live` does.
    let early = terminal.see_that("a leak", |screen| leaked(screen).is_some());
    let early = leaked(&early).expect("a count");
    assert!(early < 6, "{early}");
    terminal.see_that("all of the leak", |screen| leaked(screen) == Some(6));
    // Only what has lasted is called a leak when the recording ends.
    terminal.see_that("a leak that lasts", |screen| oldest(screen) > 4.0);
    terminal.keys(&["Space"]);
    terminal.see(&["paused"]);
    terminal.keys(&["n"]);
    terminal.see(&["note tcp.close_wait"]);
    terminal.keys(&["Escape"]);
    terminal.see(&["events, the newest first"]);
    terminal.keys(&["q"]);
    assert_given_back(&terminal, 0);
    let all = terminal.tmux(&["capture-pane", "-p", "-S", "-"]);
    assert_eq!(leaked(&all), Some(6), "{all}");
}

/// For how many seconds the oldest has lasted.
fn oldest(screen: &str) -> f64 {
    let behind = screen.split("the oldest for ").nth(1).unwrap_or_default();
    let mut words = behind.split_whitespace();
    match (words.next().map(str::parse), words.next()) {
        (Some(Ok(seconds)), Some("s." | "s;" | "s")) => seconds,
        _ => 0.0,
    }
}
