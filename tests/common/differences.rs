//! What is read by us and by tshark, side by side: the values that agree, and why the
//! others do not.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::files;

/// One value that differs.
#[derive(Debug)]
pub struct Difference {
    /// The capture's short name.
    pub file: String,
    /// tshark's number of the stream.
    pub stream: u64,
    pub field: &'static str,
    /// Empty where it is absent.
    pub ours: String,
    pub theirs: String,
}

impl Difference {
    pub fn is_in(&self, file: &str) -> bool {
        self.file == file
    }
}

/// A reason for differences.
pub struct Reason {
    pub explains: fn(&Difference) -> bool,
    pub because: &'static str,
}

/// What a comparison comes to.
#[derive(Default)]
pub struct Count {
    /// Values that agree, by field.
    pub agreed: BTreeMap<&'static str, u64>,
    pub differences: Vec<Difference>,
}

impl Count {
    /// Compares the samples, and the captures from elsewhere where there are any, two at
    /// a time; then prints what agrees and why the rest does not. Fails where a
    /// difference has no reason or a reason no difference, and where not so many values
    /// agree.
    pub fn of_all(compare: impl Fn(&Path, &Mutex<Self>) + Sync, reasons: &[Reason], at_least: u64) {
        let mut all = files::samples();
        let shared = files::shared_captures();
        let is_complete = shared.is_some();
        all.extend(shared.into_iter().flatten());
        let mut count = Self::of(&all, compare);
        count
            .differences
            .sort_by(|a, b| (&a.file, a.stream).cmp(&(&b.file, b.stream)));
        count.tell(reasons, is_complete, at_least);
    }

    fn of(files: &[PathBuf], compare: impl Fn(&Path, &Mutex<Self>) + Sync) -> Self {
        let next = AtomicUsize::new(0);
        let count = Mutex::new(Self::default());
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                        compare(file, &count);
                    }
                });
            }
        });
        count.into_inner().expect("no thread failed")
    }

    fn tell(&self, reasons: &[Reason], is_complete: bool, at_least: u64) {
        let mut used = vec![0; reasons.len()];
        let mut unexplained = Vec::new();
        for difference in &self.differences {
            match reasons.iter().position(|it| (it.explains)(difference)) {
                Some(index) => used[index] += 1,
                None => unexplained.push(difference),
            }
        }
        // Not `print!`, which the test runner swallows when the test passes.
        let mut out = std::io::stdout().lock();
        let mut print = |line: String| writeln!(out, "{line}").expect("a line on the screen");
        for (field, agreed) in &self.agreed {
            let different = self.differences.iter().filter(|it| it.field == *field);
            let different = different.count();
            print(format!(
                "{field:<28} {agreed:>6} agree {different:>4} differ"
            ));
        }
        for (reason, used) in reasons.iter().zip(&used) {
            print(format!("  {used} {}", reason.because));
        }
        if !is_complete {
            print("the captures from elsewhere: NOT RUN, ../shared/captures is absent".to_owned());
        }
        for difference in unexplained.iter().take(400) {
            eprintln!("{difference:?}");
        }
        assert!(
            unexplained.is_empty(),
            "{} unexplained differences",
            unexplained.len()
        );
        let unused = reasons.iter().zip(&used);
        let unused = unused.filter(|(_, used)| is_complete && **used == 0);
        let stale: Vec<_> = unused.map(|(reason, _)| reason.because).collect();
        assert!(stale.is_empty(), "explains nothing any more: {stale:#?}");
        let agreed: u64 = self.agreed.values().sum();
        assert!(agreed >= at_least, "only {agreed} values agree");
    }
}

/// A capture's name in messages: its last two path components.
pub fn short_name(path: &Path) -> String {
    let names: Vec<_> = path.iter().map(|it| it.to_string_lossy()).collect();
    names[names.len().saturating_sub(2)..].join("/")
}
