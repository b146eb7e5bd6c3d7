//! One line on how a running capture goes, for the bottom of a terminal.

use std::time::Duration;

use super::Look;
use super::numbers::{bit_rate, grouped};
use super::style::Paint;
use super::words::Words;
use super::wrap::cut;

/// How a running capture goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// The time since the capture's beginning.
    pub elapsed: Duration,
    /// Packets so far.
    pub packets: u64,
    /// Packets a second, measured lately.
    pub packets_per_second: u64,
    /// Bits on the wire a second, measured lately.
    pub bits_per_second: u64,
    /// Open conversations.
    pub open: u64,
    /// Packets lost so far.
    pub lost: u64,
}

/// The line, without its end, one column narrower than the terminal: a full
/// line would wrap.
#[must_use]
pub fn status_line(rates: &Rates, look: &Look) -> String {
    let words = Words(look.lang);
    let seconds = rates.elapsed.as_secs();
    let time = match seconds / 3_600 {
        0 => format!("{:02}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    };
    let parts = [
        time,
        words.count_packets(rates.packets),
        // Losses stand before what may be cut off at the end.
        words.dropped(rates.lost),
        words.packet_rate(rates.packets_per_second),
        bit_rate(rates.bits_per_second),
        words.open_now(rates.open),
    ];
    let line = match look.width.saturating_sub(1) {
        0 => String::new(),
        room => cut(&parts.join(" · "), room),
    };
    let paint = if rates.lost > 0 {
        Paint::Warning
    } else {
        Paint::Faint
    };
    look.style.paint(paint, &line)
}

impl Words {
    fn packet_rate(self, rate: u64) -> String {
        let what = match rate {
            1 => self.0.pick(" packet/s", " 报文/秒"),
            _ => self.0.pick(" packets/s", " 报文/秒"),
        };
        format!("{}{what}", grouped(rate))
    }

    fn open_now(self, open: u64) -> String {
        let what = match open {
            1 => self.0.pick(" conversation open", " 个会话未结束"),
            _ => self.0.pick(" conversations open", " 个会话未结束"),
        };
        format!("{}{what}", grouped(open))
    }

    fn dropped(self, lost: u64) -> String {
        match lost {
            0 => self.0.pick("none dropped", "无丢包").to_owned(),
            _ => format!("{}{}", grouped(lost), self.0.pick(" dropped", " 个丢弃")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Lang;
    use crate::report::Style;
    use crate::report::wrap::width;

    fn line(rates: &Rates, lang: Lang, width: usize) -> String {
        let look = Look {
            lang,
            style: Style { color: false },
            width,
            packets: true,
            ..Look::default()
        };
        status_line(rates, &look)
    }

    #[test]
    fn the_line_says_what_comes_and_what_is_lost_and_never_wraps() {
        let rates = Rates {
            elapsed: Duration::from_secs(3_723),
            packets: 1_234_567,
            packets_per_second: 2_000,
            bits_per_second: 1_200_000,
            open: 12,
            lost: 0,
        };
        assert_eq!(
            line(&rates, Lang::En, 120),
            "1:02:03 · 1,234,567 packets · none dropped · 2,000 packets/s · 1.20 Mbit/s · \
             12 conversations open"
        );
        let lossy = Rates { lost: 7, ..rates };
        assert!(line(&lossy, Lang::En, 120).contains(" · 7 dropped · "));
        for lang in [Lang::En, Lang::Zh] {
            for columns in 1..100 {
                assert!(width(&line(&rates, lang, columns)) < columns);
            }
        }
    }
}
