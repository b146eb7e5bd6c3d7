//! The answer stands on the first screen: the summary of any capture, and the
//! first part of any packet's explanation, in both languages, fit a terminal of
//! 80 columns and 24 rows with room for the prompt.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use unicode_width::UnicodeWidthStr;
use wirenotes::commands::explain::{Explain, Form, Subject, run};
use wirenotes::notes::Lang;
use wirenotes::report::Look;

const LINES: usize = 22;
const COLUMNS: usize = 80;

/// Captures from elsewhere that are looked at.
const SHARED: usize = 200;

/// Looks at the summary of a capture in both languages; gives what is wrong.
fn too_large(file: &Path) -> Vec<String> {
    let folder = file.parent().expect("a folder");
    let name = file.file_name().expect("a name");
    let mut wrong = Vec::new();
    for lang in ["en", "zh"] {
        let run = binary::finish(binary::wirenotes().current_dir(folder).args([
            name,
            "--lang".as_ref(),
            lang.as_ref(),
        ]));
        let lines = run.stdout.lines().count();
        if lines > LINES {
            wrong.push(format!("{} {lang}: {lines} lines", file.display()));
        }
        // A file's name stands as it is, however long.
        let name = name.to_string_lossy();
        let wide = run
            .stdout
            .lines()
            .find(|line| line.width() > COLUMNS && !line.contains(&*name));
        wrong.extend(wide.map(|line| format!("{} {lang}: {line}", file.display())));
    }
    wrong
}

#[track_caller]
fn assert_fit(files: impl IntoIterator<Item = PathBuf>) {
    let wrong: Vec<_> = files
        .into_iter()
        .flat_map(|file| too_large(&file))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_summary_of_every_sample_fits_the_first_screen() {
    assert_fit(files::samples());
}

#[test]
fn the_summary_of_captures_from_elsewhere_fits_the_first_screen() {
    if let Some(all) = files::shared_captures() {
        let every = all.len().div_ceil(SHARED).max(1);
        assert_fit(all.into_iter().step_by(every));
    }
}

/// What is written into one of several outputs.
#[derive(Clone, Default)]
struct Pages(Arc<Mutex<Vec<Vec<u8>>>>);

impl Write for Pages {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut pages = self.0.lock().expect("no panic elsewhere");
        pages.last_mut().expect("a page").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_first_part_of_every_explanation_fits_the_first_screen() {
    for file in files::samples() {
        let mut packets = 0;
        files::each_packet(&file, 200, |_, number| packets = number);
        for lang in [Lang::En, Lang::Zh] {
            let pages = Pages::default();
            let explain = Explain {
                subject: Subject::Captured {
                    file: file.clone(),
                    numbers: (1..=packets).collect(),
                },
                link: None,
                field: None,
                compare: false,
                form: Form::Text,
                look: Look {
                    lang,
                    width: COLUMNS,
                    ..Look::default()
                },
                interrupt: Arc::default(),
            };
            let next_page = || -> Box<dyn Write + Send> {
                pages.0.lock().expect("no panic elsewhere").push(Vec::new());
                Box::new(pages.clone())
            };
            run(&explain, next_page).expect("the samples can be explained");
            for page in pages.0.lock().expect("no panic elsewhere").iter() {
                let page = String::from_utf8_lossy(page);
                // The path of the sample is as long as it is.
                let lines = page.lines().skip(1);
                assert!(lines.clone().count() < LINES, "{}: {page}", file.display());
                for line in lines {
                    assert!(line.width() <= COLUMNS, "{}: {line}", file.display());
                }
            }
        }
    }
}
