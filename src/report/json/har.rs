//! `--format har`: HTTP Archive 1.2 out of the exchanges, for the tools that read
//! it. What is not known is -1 there, `connect` contains `ssl`, and bodies are left
//! out.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::decode::http::{FieldLine, HIDDEN, Head};
use crate::report::{ExchangeReport, Look, Report, Summary, Wants};
use crate::track::{Exchange, HttpMessage};

/// The archive, written as the exchanges come.
pub struct Har {
    out: Box<dyn Write + Send>,
    any: bool,
}

/// `--format har`.
pub fn archive(out: Box<dyn Write + Send>, _: Look) -> Box<dyn Report> {
    Box::new(Har { out, any: false })
}

impl Har {
    fn begin(&mut self) -> io::Result<()> {
        let before: &[u8] = match self.any {
            true => b",\n",
            false => {
                b"{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"wirenotes\",\"version\":\""
            }
        };
        self.out.write_all(before)?;
        if !self.any {
            self.out.write_all(env!("CARGO_PKG_VERSION").as_bytes())?;
            self.out.write_all(b"\"},\"pages\":[],\"entries\":[\n")?;
        }
        self.any = true;
        Ok(())
    }
}

impl Report for Har {
    fn wants(&self) -> Wants {
        Wants {
            exchanges: true,
            ..Wants::default()
        }
    }

    fn exchange(&mut self, report: &ExchangeReport<'_>) -> io::Result<()> {
        // An entry is a request: HAR has no place for an answer alone.
        let Some(entry) = entry(report.exchange) else {
            return Ok(());
        };
        self.begin()?;
        serde_json::to_writer(&mut self.out, &entry)?;
        Ok(())
    }

    fn summary(&mut self, _: &Summary) -> io::Result<()> {
        if !self.any {
            self.begin()?;
        }
        self.out.write_all(b"\n]}}\n")
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn entry(exchange: &Exchange) -> Option<Value> {
    let request = exchange.request.as_ref()?;
    let (method, target) = request.head.request()?;
    let url = url(exchange, method, target);
    let parts = [exchange.dns_ns, exchange.opening.map(|it| it.took_ns())];
    let steps = [
        exchange.send_ns(),
        exchange.wait_ns(),
        exchange.receive_ns(),
    ];
    let all = parts.into_iter().chain(steps).chain([exchange.blocked_ns]);
    let time: u64 = all.flatten().sum();
    let mut entry = json!({
        "startedDateTime": instant(started_ns(exchange, request)),
        "time": milliseconds(Some(time)),
        "request": {
            "method": method,
            "url": url,
            "httpVersion": format!("HTTP/{}", request.head.version().name()),
            "cookies": [],
            "headers": headers(&request.head),
            "queryString": query(target),
            "headersSize": request.head.length(),
            "bodySize": request.body_bytes,
        },
        "response": response(exchange.response.as_ref()),
        "cache": {},
        "timings": {
            "blocked": milliseconds(exchange.blocked_ns),
            "dns": milliseconds(exchange.dns_ns),
            "connect": milliseconds(exchange.opening.map(|opening| opening.took_ns())),
            "ssl": -1,
            "send": milliseconds(exchange.send_ns().or(Some(0))),
            "wait": milliseconds(exchange.wait_ns().or(Some(0))),
            "receive": milliseconds(exchange.receive_ns().or(Some(0))),
        },
        "serverIPAddress": exchange.ends.server.address.to_string(),
        "connection": exchange.conversation.to_string(),
    });
    if !exchange.is_complete || !exchange.is_certain {
        let what = match (exchange.is_complete, exchange.is_certain) {
            (false, _) => "not complete in the capture",
            (true, _) => "not certain: the capture lacks bytes of the connection",
        };
        entry["comment"] = what.into();
    }
    Some(entry)
}

/// As RFC 3339 has it.
fn instant(time_ns: u64) -> String {
    let time = jiff::Timestamp::from_nanosecond(time_ns.into());
    time.map_or_else(|_| String::new(), |time| time.to_string())
}

/// When its first phase began.
fn started_ns(exchange: &Exchange, request: &HttpMessage) -> u64 {
    let opening = exchange.opening.map(|opening| opening.syn.time_ns);
    let start = opening.unwrap_or(request.first.time_ns);
    start.saturating_sub(exchange.dns_ns.unwrap_or_default())
}

fn url(exchange: &Exchange, method: &str, target: &str) -> String {
    let server = exchange.ends.server;
    match (method, target) {
        ("CONNECT", _) => target.to_owned(),
        (_, target) if target.contains("://") => target.to_owned(),
        _ => {
            let host = exchange
                .host()
                .map_or_else(|| server.to_string(), str::to_owned);
            format!("http://{host}{target}")
        }
    }
}

fn response(response: Option<&HttpMessage>) -> Value {
    let Some(response) = response else {
        return json!({
            "status": 0, "statusText": "", "httpVersion": "", "cookies": [], "headers": [],
            "content": {"size": 0, "mimeType": ""}, "redirectURL": "",
            "headersSize": -1, "bodySize": -1,
        });
    };
    let head = &response.head;
    let (status, reason) = head.status().unwrap_or((200, ""));
    json!({
        "status": status,
        "statusText": reason,
        "httpVersion": format!("HTTP/{}", head.version().name()),
        "cookies": [],
        "headers": headers(head),
        "content": {
            "size": response.body_bytes,
            "mimeType": head.value("Content-Type").unwrap_or_default(),
        },
        "redirectURL": head.value("Location").unwrap_or_default(),
        "headersSize": head.length(),
        "bodySize": response.body_bytes,
    })
}

fn headers(head: &Head) -> Vec<Value> {
    let value = |field: &FieldLine<'_>| match field.hidden {
        Some(_) => HIDDEN.to_owned(),
        None => field.value.to_owned(),
    };
    let fields = head.fields();
    fields
        .map(|field| json!({"name": field.name, "value": value(&field)}))
        .collect()
}

/// The parameters of a target as they stand there.
fn query(target: &str) -> Vec<Value> {
    let query = target.split_once('?').map(|(_, query)| query);
    let query = query.unwrap_or_default().split('#').next();
    let pairs = query.unwrap_or_default().split('&');
    pairs
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            json!({"name": name, "value": value})
        })
        .collect()
}

/// In milliseconds, -1 where it is not known.
fn milliseconds(ns: Option<u64>) -> Value {
    match ns {
        Some(ns) => json!(ns as f64 / 1e6),
        None => json!(-1),
    }
}
