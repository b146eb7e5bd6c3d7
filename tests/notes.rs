//! The notes against the samples that they name, and the Chinese of the whole
//! program against one list of words.

#[path = "common/binary.rs"]
mod binary;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use wirenotes::notes::{Kind, Lang, TOPICS, Topic};

/// The heading of the last part of every note.
const TRY_IT: [&str; 2] = ["Try it", "动手试试"];

/// A part of a note: its heading and what stands under it.
struct Section {
    heading: &'static str,
    body: &'static str,
}

fn sections(topic: &Topic, lang: Lang) -> Vec<Section> {
    let text: &'static str = match lang {
        Lang::En => topic.en,
        Lang::Zh => topic.zh,
    };
    text.split("\n## ")
        .skip(1)
        .map(|section| {
            let (heading, body) = section.split_once('\n').expect("a body");
            Section { heading, body }
        })
        .collect()
}

/// The commands on samples that a text names, in code or in a block of code.
fn commands(text: &str) -> Vec<String> {
    let is_command = |text: &str| text.starts_with("wirenotes ") && text.contains("samples/");
    let mut found = Vec::new();
    for (index, part) in text.split("```").enumerate() {
        if index % 2 == 1 {
            found.extend(part.lines().map(str::to_owned));
        } else {
            let spans = part.split('`').skip(1).step_by(2);
            found.extend(spans.map(|span| span.replace('\n', " ")));
        }
    }
    found.retain(|text| is_command(text));
    found
}

/// Runs commands, each once in each language.
#[derive(Default)]
struct Runs(HashMap<(String, &'static str), String>);

impl Runs {
    fn output(&mut self, command: &str, lang: Lang) -> &str {
        let lang = match lang {
            Lang::En => "en",
            Lang::Zh => "zh",
        };
        self.0.entry((command.to_owned(), lang)).or_insert_with(|| {
            let words = command
                .split(' ')
                .skip(1)
                .map(|word| word.trim_matches('\''));
            let run = binary::finish(
                binary::wirenotes()
                    .args(words)
                    .args(["--lang", lang])
                    .current_dir(env!("CARGO_MANIFEST_DIR")),
            );
            run.assert_status(0);
            run.stdout
        })
    }
}

/// The text without spaces and line breaks, as lines may be broken otherwise.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn every_note_ends_with_a_sample_and_a_command_that_shows_its_subject() {
    let mut runs = Runs::default();
    for topic in TOPICS {
        let mut told = Vec::new();
        for (lang, heading) in Lang::ALL.into_iter().zip(TRY_IT) {
            let at = format!("{} in {lang:?}", topic.name);
            let all = sections(topic, lang);
            let last = all.last().expect("parts");
            assert_eq!(last.heading, heading, "{at}");
            let (words, code) = last.body.split_once("```\n").expect("a block of code");
            let code = code.strip_suffix("```\n").expect("the block ends the note");
            let commands: Vec<_> = code.lines().collect();
            assert!(!commands.is_empty(), "{at}: no command");
            let mut shown = String::new();
            for command in &commands {
                assert!(command.len() <= 76, "{at}: too wide: {command}");
                let file = command.split(' ').find(|word| word.starts_with("samples/"));
                let file = file.unwrap_or_else(|| panic!("{at}: no sample in {command}"));
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
                assert!(path.is_file(), "{at}: there is no {file}");
                assert!(
                    words.contains(&format!("`{file}`")),
                    "{at}: {file} not named"
                );
                shown += runs.output(command, lang);
            }
            let shown = squeezed(&shown);
            let spans = words.split('`').skip(1).step_by(2);
            let evidence: Vec<_> = spans.filter(|span| !span.starts_with("samples/")).collect();
            assert!(!evidence.is_empty(), "{at}: nothing to look for");
            for word in evidence {
                assert!(shown.contains(&squeezed(word)), "{at}: {word} is not shown");
            }
            let mut kinds = Kind::ALL.iter().filter(|kind| kind.topic() == topic.name);
            assert!(
                kinds.clone().next().is_none() || kinds.any(|kind| shown.contains(kind.name())),
                "{at}: none of its kinds is shown"
            );
            told.push(commands);
        }
        assert_eq!(
            told[0], told[1],
            "{}: other commands in Chinese",
            topic.name
        );
    }
}

/// The numbers in a text: digits, with points, commas and colons between them.
/// Not those within names (IPv4, 0x4edd), nor of an RFC.
fn numbers(text: &str) -> BTreeSet<String> {
    let text = text.replace("RFC ", "RFC");
    let characters: Vec<char> = text.chars().collect();
    let is_digit = |at: usize| characters.get(at).is_some_and(char::is_ascii_digit);
    let mut found = BTreeSet::new();
    let mut at = 0;
    while at < characters.len() {
        let named =
            at > 0 && (characters[at - 1].is_ascii_alphabetic() || characters[at - 1] == '_');
        let start = at;
        while is_digit(at)
            || at > start && matches!(characters.get(at), Some('.' | ',' | ':')) && is_digit(at + 1)
        {
            at += 1;
        }
        if at > start && !named {
            found.insert(characters[start..at].iter().collect());
        }
        at = at.max(start + 1);
    }
    found
}

#[test]
fn numbers_are_told_from_names() {
    let found = numbers("In 10.0.0.1:3572, IPv4 (0x4edd) has 1,460 and 8.84 ms (RFC 793).");
    let expected = ["0", "1,460", "10.0.0.1:3572", "8.84"];
    assert_eq!(found, expected.map(str::to_owned).into());
}

#[test]
fn every_number_in_an_example_is_that_of_its_sample() {
    let mut runs = Runs::default();
    let (mut examples, mut wrong) = (0, Vec::new());
    for topic in TOPICS {
        let english = sections(topic, Lang::En);
        for lang in Lang::ALL {
            for (section, english) in sections(topic, lang).iter().zip(&english) {
                let at = format!("{} in {lang:?}, {}", topic.name, section.heading);
                let commands = commands(section.body);
                let is_example = ["example", "numbers"]
                    .iter()
                    .any(|word| english.heading.contains(word));
                assert!(!is_example || !commands.is_empty(), "{at}: no command");
                if commands.is_empty() {
                    continue;
                }
                examples += 1;
                let mut real = BTreeSet::new();
                for command in &commands {
                    real.extend(numbers(runs.output(command, lang)));
                }
                let mut body = section.body.to_owned();
                for command in &commands {
                    body = body.replace(command.as_str(), "");
                }
                let strange: Vec<_> = numbers(&body).difference(&real).cloned().collect();
                if !strange.is_empty() {
                    wrong.push(format!("{at}: {strange:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "not in the output:\n{}", wrong.join("\n"));
    assert!(examples > 2 * TOPICS.len(), "only {examples} examples");
}

/// A Han character (punctuation is not).
fn is_han(character: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&character)
}

/// One word for one thing: what is not to be said, and what is said instead.
/// A third word makes an exception.
const GLOSSARY: &[(&str, &str, &str)] = &[
    ("窗口扩大", "窗口缩放", ""),
    ("扩大因子", "缩放因子", ""),
    ("捕获长度", "截取长度", ""),
    ("快照长度", "截取长度", ""),
    ("号包", "号报文", ""),
    ("个包", "个报文", ""),
    ("数据包", "报文", ""),
    ("首部", "头部", ""),
    ("报头", "头部", ""),
    ("负载", "载荷", "负载均衡"),
    ("校验码", "校验和", ""),
    ("检验和", "校验和", ""),
    ("哈希", "散列", ""),
    ("服务端", "服务器", ""),
    ("客户机", "客户端", ""),
    ("多播", "组播", ""),
    ("回环", "环回", ""),
    ("缺口", "空洞", ""),
    ("计时器", "定时器", ""),
    ("重复确认", "重复 ACK", "重复确认号"),
    ("线上 ", "线路上 ", ""),
    ("DNS 应答", "DNS 响应", ""),
    ("探测的回答", "探测的应答", ""),
];

/// All files of the program that have Chinese in them.
fn chinese_sources() -> Vec<(PathBuf, String)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).expect("a text");
            if text.contains(is_han) {
                found.push((path, text));
            }
        }
    }
    found
}

#[test]
fn chinese_has_one_word_for_one_thing() {
    let sources = chinese_sources();
    assert!(sources.len() > 60, "only {} files", sources.len());
    let mut wrong = Vec::new();
    for (path, text) in &sources {
        for (bad, good, except) in GLOSSARY {
            // A line break may stand within a word.
            let whole: String = text.lines().map(str::trim).collect();
            let rest = match *except {
                "" => whole,
                except => whole.replace(except, ""),
            };
            if rest.contains(bad) {
                wrong.push(format!("{}: {good}, not {bad}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Why a line of Chinese is not set as Chinese is.
fn fault(line: &str) -> Option<String> {
    let characters: Vec<char> = line.chars().collect();
    for pair in characters.windows(2) {
        let (one, two) = (pair[0], pair[1]);
        let half = |c: char| matches!(c, ',' | ';' | ':' | '!' | '?' | '(' | ')');
        if is_han(one) && half(two) || half(one) && is_han(two) {
            return Some(format!("half-width mark in {one}{two}"));
        }
        let latin = |c: char| c.is_ascii_alphanumeric();
        if is_han(one) && latin(two) || latin(one) && is_han(two) {
            return Some(format!("no space in {one}{two}"));
        }
    }
    for triple in characters.windows(3) {
        if is_han(triple[0]) && triple[1] == ' ' && is_han(triple[2]) {
            return Some(format!("a space in {}", triple.iter().collect::<String>()));
        }
    }
    None
}

#[test]
fn chinese_notes_and_texts_are_set_as_chinese_is() {
    let mut wrong = Vec::new();
    for (path, text) in chinese_sources() {
        let is_rust = path.extension().is_some_and(|ending| ending == "rs");
        let mut code = false;
        for line in text.lines() {
            code ^= line.starts_with("```");
            // Columns of a drawing or a table stand apart by spaces.
            let plain = line.replace("\\n", "\n").replace("  ", "\t");
            let is_test = is_rust && (line.contains("assert") || line.contains("set("));
            if is_test || line.trim_start().starts_with("//") {
                continue;
            }
            if let Some(fault) = fault(&plain)
                && !(code && fault.starts_with("a space"))
            {
                wrong.push(format!("{}: {fault}: {line}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn chinese_output_is_set_as_chinese_is() {
    let mut runs = Runs::default();
    let mut wrong = Vec::new();
    for topic in TOPICS {
        for section in sections(topic, Lang::Zh) {
            for command in commands(section.body) {
                for line in runs.output(&command, Lang::Zh).lines() {
                    // What a packet carries is shown as it is.
                    let plain = line.replace("  ", "\t").replace("close()", "close");
                    let plain = plain.replace("connect()", "connect").replace("Q)", "Q");
                    if let Some(fault) = fault(&plain) {
                        wrong.push(format!("{command}: {fault}: {line}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_found_in_both_languages() {
    for (words, title) in [
        (&["三次握手"][..], "The three-step handshake"),
        (&["handshake"], "The three-step handshake"),
        (&["close", "wait"], "CLOSE_WAIT: the peer closed"),
        (&["Zero window"], "Flow control"),
        (&["time_wait"], "TIME_WAIT: who closes first"),
    ] {
        let run = binary::run([&["notes"], words].concat());
        run.assert_status(0);
        assert!(run.stdout.starts_with(title), "{words:?}: {}", run.stdout);
    }
}

#[test]
fn a_kind_says_its_own_lines_and_where_the_note_stands() {
    let run = binary::run(["notes", "tcp.window.zero"]);
    run.assert_status(0);
    assert!(
        run.stdout.starts_with("tcp.window.zero\n"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("the receiver is full, and how often"));
    assert!(
        run.stdout
            .ends_with("The whole note: wirenotes notes flow-control\n")
    );
    assert!(run.stdout.lines().count() < 15, "{}", run.stdout);
}

#[test]
fn a_search_looks_through_titles_texts_and_kinds() {
    let run = binary::run(["notes", "--search", "silly", "window"]);
    run.assert_status(0);
    assert!(run.stdout.starts_with("flow-control  "), "{}", run.stdout);
    assert!(run.stdout.contains("silly window"), "{}", run.stdout);
    let run = binary::run(["notes", "--search", "糊涂窗口", "--lang", "zh"]);
    run.assert_status(0);
    assert!(run.stdout.contains("糊涂窗口综合征"), "{}", run.stdout);
    let run = binary::run(["notes", "--search", "silly", "--format", "json"]);
    run.assert_status(0);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(value["found"][0]["topic"], "flow-control");
    let nothing = binary::run(["notes", "--search", "xyzzy"]);
    nothing
        .assert_status(1)
        .assert_says("no note says anything");
}
