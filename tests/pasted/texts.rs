//! Texts of many kinds that hold no packet, made from random numbers.

use std::fmt::Write as _;

/// Numbers that look random and are the same in every run (Knuth's
/// multiplier).
pub struct Random(u64);

impl Random {
    /// A sequence of its own for every seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A number below a bound.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }

    /// So many hexadecimal digits.
    fn hex(&mut self, digits: usize) -> String {
        (0..digits)
            .map(|_| char::from_digit(self.below(16) as u32, 16).expect("a digit"))
            .collect()
    }

    fn words(&mut self, count: usize) -> String {
        let words: Vec<_> = (0..count).map(|_| self.pick(WORDS)).collect();
        words.join(" ")
    }

    fn address(&mut self) -> String {
        let parts: Vec<_> = (0..4).map(|_| self.below(256).to_string()).collect();
        parts.join(".")
    }

    /// Lines made one by one.
    fn lines(&mut self, make: impl Fn(&mut Self, usize) -> String) -> String {
        let count = 3 + self.below(20) as usize;
        (0..count).map(|line| make(self, line) + "\n").collect()
    }
}

/// Words that have letters of hexadecimal digits, and others.
const WORDS: &[&str] = &[
    "add", "dead", "beef", "cafe", "face", "bad", "fade", "a", "the", "decade", "packet", "of",
    "bytes", "feed", "bed", "at", "10", "45", "0x45", "was", "and", "ace", "dad", "4500", "be",
];

/// A kind of text: its name, and how one is made.
type Kind = (&'static str, fn(&mut Random) -> String);

/// Every kind.
pub const KINDS: &[Kind] = &[
    ("prose", |random| random.lines(|random, _| random.words(12))),
    ("numbered list", |random| {
        random.lines(|random, line| format!("{}. {}", line + 1, random.words(5)))
    }),
    ("numbers with a colon", |random| {
        random.lines(|random, line| format!("{line}: {:02}", random.below(100)))
    }),
    ("table of decimal numbers", |random| {
        random.lines(|random, _| {
            let cells: Vec<_> = (0..8).map(|_| random.below(100).to_string()).collect();
            cells.join(" ")
        })
    }),
    ("two decimal digits each", |random| {
        random.lines(|random, _| {
            let cells: Vec<_> = (0..8)
                .map(|_| format!("{:02}", random.below(100)))
                .collect();
            cells.join(" ")
        })
    }),
    ("comma-separated bytes", |random| {
        random.lines(|random, _| {
            let cells: Vec<_> = (0..16).map(|_| random.below(256).to_string()).collect();
            cells.join(",")
        })
    }),
    ("comma-separated records", |random| {
        random.lines(|random, line| {
            let (time, port) = (random.below(100_000), random.below(65_536));
            format!(
                "{line},{time}.{:06},{},{port}",
                random.below(1_000_000),
                random.address()
            )
        })
    }),
    ("log", |random| {
        random.lines(|random, line| {
            let level = random.pick(&["INFO", "DEBUG", "ERROR", "D", "I"]);
            let trace = random.hex(16);
            format!(
                "2024-03-02 10:11:{line:02}.123 {level} [{trace}] {}",
                random.words(6)
            )
        })
    }),
    ("web server's log", |random| {
        random.lines(|random, _| {
            let path = random.hex(8);
            format!(
                "{} - - \"GET /{path}?a=%20%41\" 200 {}",
                random.address(),
                random.below(9999)
            )
        })
    }),
    ("summary lines", |random| {
        random.lines(|random, line| {
            let (from, to) = (random.address(), random.address());
            format!(
                "10:11:{line:02}.123456 IP {from}.3572 > {to}.80: Flags [S], seq {}",
                random.below(1 << 31)
            )
        })
    }),
    ("checksums of files", |random| {
        let digits = [32, 40, 64][random.below(3) as usize];
        random.lines(|random, _| format!("{}  {}.txt", random.hex(digits), random.pick(WORDS)))
    }),
    ("checksums alone", |random| {
        let digits = [32, 40, 64][random.below(3) as usize];
        random.lines(|random, _| random.hex(digits))
    }),
    ("universally unique identifiers", |random| {
        random.lines(|random, _| {
            let parts = [8, 4, 4, 4, 12].map(|digits| random.hex(digits));
            parts.join("-")
        })
    }),
    ("hardware addresses", |random| {
        random.lines(|random, _| {
            let parts: Vec<_> = (0..6).map(|_| random.hex(2)).collect();
            parts.join(":")
        })
    }),
    ("IPv6 addresses", |random| {
        random.lines(|random, _| {
            let parts: Vec<_> = (0..8).map(|_| random.hex(4)).collect();
            parts.join(":")
        })
    }),
    ("fingerprint", |random| {
        let parts: Vec<_> = (0..20).map(|_| random.hex(2)).collect();
        format!("SHA1 Fingerprint={}\n", parts.join(":"))
    }),
    ("JSON", |random| {
        random.lines(|random, line| {
            let (id, name) = (random.hex(32), random.words(3));
            let list: Vec<_> = (0..20).map(|_| random.below(256).to_string()).collect();
            format!(
                "{{\"n\":{line},\"id\":\"{id}\",\"name\":\"{name}\",\"levels\":[{}]}}",
                list.join(",")
            )
        })
    }),
    ("JSON with base64", |random| {
        random.lines(|random, _| format!("{{\"blob\": \"{}\"}}", base64(random, 60)))
    }),
    ("base64", |random| {
        random.lines(|random, _| base64(random, 76))
    }),
    ("list of bytes in Python", |random| {
        let list: Vec<_> = (0..40).map(|_| random.below(256).to_string()).collect();
        format!("data = [{}]\n", list.join(", "))
    }),
    ("array in C", |random| {
        let mut text = String::from("static const uint8_t table[] = {\n");
        for _ in 0..8 {
            for _ in 0..8 {
                let _ = write!(text, " 0x{},", random.hex(2));
            }
            text.push('\n');
        }
        text + "};\n"
    }),
    ("Markdown", |random| {
        let rows = random.lines(|random, line| {
            format!("| {line} | `{}` | {} |", random.hex(4), random.words(3))
        });
        format!(
            "# {}\n\n| n | id | text |\n|---|---|---|\n{rows}",
            random.words(3)
        )
    }),
    ("disassembly", |random| {
        let at = std::cell::Cell::new(0x40_1000);
        random.lines(|random, _| {
            let bytes = 1 + random.below(6);
            let digits: Vec<_> = (0..bytes).map(|_| random.hex(2)).collect();
            let line = format!("  {:x}:\t{}\tmov  %eax,%ebx", at.get(), digits.join(" "));
            at.set(at.get() + bytes);
            line
        })
    }),
    ("symbols with addresses", |random| {
        random.lines(|random, _| format!("{} T {}", random.hex(16), random.pick(WORDS)))
    }),
    ("style sheet", |random| {
        random.lines(|random, _| format!(".{} {{ color: #{} }}", random.pick(WORDS), random.hex(6)))
    }),
];

/// Random characters of base64, a multiple of four.
fn base64(random: &mut Random, length: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..length)
        .map(|_| char::from(ALPHABET[random.below(64) as usize]))
        .collect()
}
