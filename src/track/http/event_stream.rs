//! Events in a body of `text/event-stream` as its bytes come (WHATWG HTML, 9.2.6):
//! counted, with the times between them. Of their contents only the last id and the
//! time to wait before coming again are kept.

use crate::decode::http::Head;
use crate::track::Seen;
use crate::track::tcp::RoundTrips;

/// Bytes of a line that are kept: enough for a field's name, an id, a time.
const LINE_AT_MOST: usize = 160;

/// What of a stream of events has come.
#[derive(Clone, Debug, Default)]
pub(super) struct EventStream {
    pub events: u64,
    pub comments: u64,
    pub retry_ms: Option<u64>,
    pub last_id: Option<Box<str>>,
    between: RoundTrips,
    last_event: Option<Seen>,
    /// The line so far, no longer than [`LINE_AT_MOST`].
    line: Vec<u8>,
    is_line_cut: bool,
    /// The last byte was a CR, whose LF belongs to the same line end.
    was_cr: bool,
    /// The event so far has data.
    has_data: bool,
    /// The id that it has.
    id: Option<Box<str>>,
}

impl EventStream {
    /// Of a response whose body is one; `None` where it is not, or is compressed.
    pub fn of(head: &Head) -> Option<Box<Self>> {
        let kind = head.value("Content-Type")?.split(';').next()?;
        let is_plain = head
            .value("Content-Encoding")
            .is_none_or(|coding| coding.eq_ignore_ascii_case("identity"));
        let is_stream = kind.trim().eq_ignore_ascii_case("text/event-stream");
        (is_stream && is_plain).then(Box::default)
    }

    /// Takes in the next bytes of the body; `seen` gives where one of them was.
    pub fn read(&mut self, mut bytes: &[u8], seen: impl Fn(usize) -> Seen) {
        let all = bytes.len();
        while let Some(end) = memchr::memchr2(b'\n', b'\r', bytes) {
            let (line, rest) = bytes.split_at(end);
            let at = all - rest.len();
            self.keep(line);
            let is_cr = rest.first() == Some(&b'\r');
            let is_second = self.was_cr && line.is_empty() && self.line.is_empty() && !is_cr;
            self.was_cr = is_cr;
            bytes = rest.get(1..).unwrap_or_default();
            if !is_second {
                self.line_ends(seen(at));
            }
        }
        self.keep(bytes);
    }

    /// Bytes of it are missing: the line and the event in which they are are not
    /// known.
    pub fn gap(&mut self) {
        self.line.clear();
        self.is_line_cut = true;
    }

    fn keep(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.was_cr = false;
        let room = LINE_AT_MOST.saturating_sub(self.line.len());
        self.is_line_cut |= bytes.len() > room;
        let kept = bytes.get(..bytes.len().min(room)).unwrap_or_default();
        self.line.extend_from_slice(kept);
    }

    fn line_ends(&mut self, now: Seen) {
        let mut line = std::mem::take(&mut self.line);
        let is_cut = std::mem::take(&mut self.is_line_cut);
        self.field(&line, is_cut, now);
        line.clear();
        self.line = line;
    }

    fn field(&mut self, line: &[u8], is_cut: bool, now: Seen) {
        if line.is_empty() {
            if !is_cut {
                self.dispatch(now);
            }
            return;
        }
        let colon = memchr::memchr(b':', line);
        let (name, value) = line.split_at(colon.unwrap_or(line.len()));
        let value = value.strip_prefix(b":").unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"" => self.comments += 1,
            b"data" => self.has_data = true,
            b"id" if !is_cut && !value.contains(&0) => {
                self.id = Some(String::from_utf8_lossy(value).into());
            }
            b"retry" if !is_cut && value.iter().all(u8::is_ascii_digit) => {
                let digits = str::from_utf8(value).ok();
                self.retry_ms = digits.and_then(|it| it.parse().ok()).or(self.retry_ms);
            }
            _ => {}
        }
    }

    /// An empty line ends an event; one without data is none, but its id counts.
    fn dispatch(&mut self, now: Seen) {
        if let Some(id) = self.id.take() {
            self.last_id = Some(id);
        }
        if !std::mem::take(&mut self.has_data) {
            return;
        }
        self.events += 1;
        if let Some(before) = self.last_event.replace(now) {
            self.between.add(now.time_ns.saturating_sub(before.time_ns));
        }
    }

    /// From one event to the next: half of the times are no longer, and the longest.
    pub fn between_ns(&self) -> Option<(u64, u64)> {
        let summary = self.between.summary();
        (summary.samples > 0).then_some((summary.median_ns, summary.max_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STREAM: &[u8] = b": hello\nretry: 500\nid: 1\ndata: a\ndata: b\n\n\
        id: 2\r\nevent: location\r\ndata\r\n\r\n\
        data: c\r\rid: 3\n\n:\n\nretry: x\ndata:d\n\ndata: not over";

    fn read(pieces: &[&[u8]]) -> EventStream {
        let mut stream = EventStream::default();
        for (piece, number) in pieces.iter().zip(1..) {
            stream.read(piece, |_| Seen {
                packet: number,
                time_ns: number * 1_000_000,
            });
        }
        stream
    }

    #[test]
    fn events_are_counted_with_their_ids() {
        let stream = read(&[STREAM]);
        assert_eq!((stream.events, stream.comments), (4, 2));
        assert_eq!(stream.last_id.as_deref(), Some("3"));
        assert_eq!(stream.retry_ms, Some(500));
    }

    #[test]
    fn times_are_those_of_the_empty_lines() {
        let stream = read(&[b"data: a\n\n", b"data: b\n", b"\n", b"data: c\n\n"]);
        assert_eq!(stream.events, 3);
        // The median is known within a hundredth.
        let (median, longest) = stream.between_ns().expect("two pauses");
        assert!(median.abs_diff(1_000_000) <= 10_000, "{median}");
        assert_eq!(longest, 2_000_000);
        assert_eq!(read(&[b"data: a\n\n"]).between_ns(), None);
    }

    #[test]
    fn no_more_than_a_line_is_kept() {
        let mut stream = read(&[b"id: ", &[b'7'; 5000], b"\ndata: "]);
        for _ in 0..1000 {
            stream.read(&[b'x'; 1000], |_| Seen::default());
            assert!(stream.line.len() <= LINE_AT_MOST);
        }
        stream.read(b"\n\n", |_| Seen::default());
        assert_eq!((stream.events, stream.last_id.as_deref()), (1, None));
    }

    #[test]
    fn an_event_stream_is_known_by_its_type() {
        let head = |fields: &str| {
            let text = format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
            Head::parse(text.as_bytes(), crate::decode::http::Secrets::Hide).unwrap()
        };
        let is = |fields: &str| EventStream::of(&head(fields)).is_some();
        assert!(is("Content-Type: text/event-stream\r\n"));
        assert!(is("content-type: Text/Event-Stream; charset=utf-8\r\n"));
        assert!(!is("Content-Type: text/plain\r\n"));
        assert!(!is(
            "Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\n"
        ));
        assert!(!is(""));
    }

    proptest! {
        #[test]
        fn any_cut_counts_the_same(mut cuts in proptest::collection::vec(0..STREAM.len(), 0..12)) {
            cuts.extend([0, STREAM.len()]);
            cuts.sort_unstable();
            let pieces: Vec<_> = cuts.windows(2).map(|cut| &STREAM[cut[0]..cut[1]]).collect();
            let stream = read(&pieces);
            prop_assert_eq!((stream.events, stream.comments), (4, 2));
            prop_assert_eq!(stream.last_id.as_deref(), Some("3"));
            prop_assert_eq!(stream.retry_ms, Some(500));
        }
    }
}
