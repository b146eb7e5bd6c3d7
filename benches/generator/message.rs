//! What applications say: HTTP, records that look like TLS, DNS, noise. A
//! message is a few numbers; its bytes are made when a packet needs them.

/// A message of one side.
#[derive(Clone, Copy)]
pub struct Message {
    kind: Kind,
    /// What makes it different from others of its kind; of a response, the
    /// bytes of its body.
    number: u32,
    /// The message's length in bytes.
    pub length: u32,
}

#[derive(Clone, Copy)]
enum Kind {
    HttpRequest,
    HttpResponse,
    Records,
    DnsQuery,
    DnsAnswer,
    DnsNoSuchName,
    Noise,
}

/// Payload of one record, of those that look like TLS.
const RECORD: usize = 4096;

impl Message {
    /// Asks for a page.
    pub fn http_request(number: u32) -> Self {
        Self::of(Kind::HttpRequest, number, 0)
    }

    /// The page, of so many bytes.
    pub fn http_response(body: u32) -> Self {
        Self::of(Kind::HttpResponse, body, body)
    }

    /// Application data of so many bytes in TLS records.
    pub fn records(number: u32, data: u32) -> Self {
        let headers = data.div_ceil(RECORD as u32) * 5;
        Self::of(Kind::Records, number, data + headers)
    }

    /// Bytes without a form.
    pub fn noise(number: u32, length: u32) -> Self {
        Self::of(Kind::Noise, number, length)
    }

    /// A DNS query; the number gives id and name.
    pub fn dns_query(number: u32) -> Self {
        Self::of(Kind::DnsQuery, number, 0)
    }

    /// The answer to a DNS question.
    pub fn dns_answer(number: u32, exists: bool) -> Self {
        let kind = if exists {
            Kind::DnsAnswer
        } else {
            Kind::DnsNoSuchName
        };
        Self::of(kind, number, 0)
    }

    /// `body`: bytes behind the head.
    fn of(kind: Kind, number: u32, body: u32) -> Self {
        let mut message = Self {
            kind,
            number,
            length: body,
        };
        message.length += message.head().len() as u32;
        message
    }

    /// The bytes at the message's start.
    fn head(&self) -> Vec<u8> {
        let number = self.number;
        match self.kind {
            Kind::HttpRequest => format!(
                "GET /page/{number} HTTP/1.1\r\nHost: www{}.example\r\nAccept: */*\r\n\r\n",
                number % 97
            )
            .into_bytes(),
            Kind::HttpResponse => format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {number}\r\n\r\n"
            )
            .into_bytes(),
            Kind::Records | Kind::Noise => Vec::new(),
            Kind::DnsQuery => dns(number, 0x0100, false),
            Kind::DnsAnswer => dns(number, 0x8180, true),
            Kind::DnsNoSuchName => dns(number, 0x8183, false),
        }
    }

    /// Appends `length` of its bytes from `offset` on.
    pub fn bytes(&self, offset: u32, length: u32, out: &mut Vec<u8>) {
        let (mut at, end) = (offset as usize, (offset + length) as usize);
        if matches!(self.kind, Kind::Records) {
            return self.record_bytes(at, end, out);
        }
        // Only the first segments have a piece of the head.
        if at < 128 {
            let head = self.head();
            let piece = head.get(at..end.min(head.len())).unwrap_or_default();
            out.extend_from_slice(piece);
            at += piece.len();
        }
        filler(at + self.number as usize, end - at, out);
    }

    fn record_bytes(&self, mut at: usize, end: usize, out: &mut Vec<u8>) {
        let whole = RECORD + 5;
        while at < end {
            let (start, inside) = (at / whole * whole, at % whole);
            let record_end = (start + whole).min(self.length as usize);
            if inside < 5 {
                let [high, low] = ((record_end - start - 5) as u16).to_be_bytes();
                out.push([0x17, 3, 3, high, low][inside]);
                at += 1;
            } else {
                let until = record_end.min(end);
                filler(at + self.number as usize, until - at, out);
                at = until;
            }
        }
    }
}

/// Bytes that depend on their place alone.
fn filler(place: usize, length: usize, out: &mut Vec<u8>) {
    const TEXT: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.\n";
    let end = out.len() + length;
    out.extend_from_slice(&TEXT[place % 64..][..length.min(64 - place % 64)]);
    while out.len() < end {
        let piece = (end - out.len()).min(64);
        out.extend_from_slice(&TEXT[..piece]);
    }
}

/// A DNS message of one question, with one answer or none (RFC 1035).
fn dns(number: u32, flags: u16, answered: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    for word in [number as u16, flags, 1, u16::from(answered), 0, 0] {
        out.extend_from_slice(&word.to_be_bytes());
    }
    for label in [format!("host{}", number % 5_000).as_str(), "example"] {
        out.push(label.len() as u8);
        out.extend_from_slice(label.as_bytes());
    }
    out.extend_from_slice(&[0, 0, 1, 0, 1]);
    if answered {
        // The name by pointer, A, IN, 300 s, four bytes.
        out.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4]);
        out.extend_from_slice(&[198, 51, 100, number as u8]);
    }
    out
}
