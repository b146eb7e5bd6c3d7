//! What a browser makes of the answer where a page of one origin asks another (the
//! Fetch standard, sections "HTTP-network-or-cache fetch", "CORS check" and
//! "CORS-preflight fetch"). Heads come in; whether the page gets the answer goes out.

use super::Head;
use serde::{Deserialize, Serialize};

/// A browser asks whether it may ask: what for, and what it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preflight<'h> {
    /// Where the page comes from.
    pub origin: &'h str,
    /// The method of the request that is to follow.
    pub method: &'h str,
    /// Its header names that need leave.
    pub headers: Vec<&'h str>,
    /// The origin that is allowed.
    pub allowed_origin: Option<&'h str>,
    /// The methods that are.
    pub allowed_methods: Vec<&'h str>,
    /// The header names that are.
    pub allowed_headers: Vec<&'h str>,
    /// Whether cookies may come with the request.
    pub allows_credentials: bool,
    /// For so long the browser need not ask again.
    pub max_age_s: Option<u64>,
}

/// Why a browser does not let a page have what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The answer to a preflight is not of the class 2xx.
    Status,
    /// No origin is allowed.
    NoOrigin,
    /// Another origin is, or several.
    Origin,
    /// The method is not allowed.
    Method,
    /// A header name is not.
    Header,
    /// Every origin is allowed by `*`, which does not hold with cookies.
    Wildcard,
    /// The request came with cookies, and that is not allowed.
    Credentials,
}

impl Refusal {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::NoOrigin => "no_origin",
            Self::Origin => "origin",
            Self::Method => "method",
            Self::Header => "header",
            Self::Wildcard => "wildcard_with_credentials",
            Self::Credentials => "credentials",
        }
    }
}

/// The elements of a field that is a list.
fn list<'h>(head: &'h Head, name: &str) -> Vec<&'h str> {
    let of_name = head.fields().filter(|field| field.is(name));
    let elements = of_name.flat_map(|field| field.value.split(','));
    elements
        .map(str::trim)
        .filter(|element| !element.is_empty())
        .collect()
}

/// The origin that an answer allows: several fields are one value, which fits none.
fn allowed_origin(response: &Head) -> Result<Option<&str>, Refusal> {
    let mut fields = response
        .fields()
        .filter(|field| field.is("Access-Control-Allow-Origin"));
    let first = fields.next().map(|field| field.value);
    match fields.next() {
        Some(_) => Err(Refusal::Origin),
        None => Ok(first),
    }
}

impl<'h> Preflight<'h> {
    /// A preflight with its answer; `None` where the request is none.
    #[must_use]
    pub fn of(request: &'h Head, response: &'h Head) -> Option<Self> {
        if !is_preflight(request) {
            return None;
        }
        let max_age = response.value("Access-Control-Max-Age");
        Some(Self {
            origin: request.value("Origin")?,
            method: request.value("Access-Control-Request-Method")?,
            headers: list(request, "Access-Control-Request-Headers"),
            allowed_origin: allowed_origin(response).unwrap_or_default(),
            allowed_methods: list(response, "Access-Control-Allow-Methods"),
            allowed_headers: list(response, "Access-Control-Allow-Headers"),
            allows_credentials: response.value("Access-Control-Allow-Credentials") == Some("true"),
            max_age_s: max_age.and_then(|age| age.parse().ok()),
        })
    }

    /// Whether the method may be used: GET, HEAD and POST always may.
    #[must_use]
    pub fn allows_method(&self) -> bool {
        let mut allowed = self.allowed_methods.iter();
        matches!(self.method, "GET" | "HEAD" | "POST")
            || allowed.any(|one| *one == "*" || *one == self.method)
    }

    /// The header names that are asked for and not allowed; `*` does not stand for
    /// `Authorization`.
    pub fn headers_refused(&self) -> impl Iterator<Item = &'h str> {
        let is_allowed = |name: &str| {
            let mut allowed = self.allowed_headers.iter();
            allowed.any(|one| {
                one.eq_ignore_ascii_case(name)
                    || *one == "*" && !name.eq_ignore_ascii_case("Authorization")
            })
        };
        let headers = self.headers.iter().copied();
        headers.filter(move |name| !is_allowed(name))
    }
}

/// Whether a request asks for leave to make another.
#[must_use]
pub fn is_preflight(request: &Head) -> bool {
    let is_options = request
        .request()
        .is_some_and(|(method, _)| method == "OPTIONS");
    is_options
        && request.value("Origin").is_some()
        && request.value("Access-Control-Request-Method").is_some()
}

/// Whether a request is surely one by which a page reads from another origin. A
/// browser names the origin also where a page writes to its own, and where a form
/// is sent, which needs no leave: those are left out.
#[must_use]
pub fn is_cross_origin_read(request: &Head) -> bool {
    let Some((method, _)) = request.request() else {
        return false;
    };
    let Some(origin) = request.value("Origin") else {
        return false;
    };
    let site = origin.split_once("://").map(|(scheme, site)| {
        let is_web = matches!(scheme, "http" | "https");
        (is_web, site)
    });
    let (is_web, site) = match (origin, site) {
        ("null", _) => (true, ""),
        (_, Some(site)) => site,
        (_, None) => return false,
    };
    let is_own = request
        .value("Host")
        .is_none_or(|host| without_port(host).eq_ignore_ascii_case(without_port(site)));
    let mode = request.value("Sec-Fetch-Mode");
    is_web
        && !is_own
        && matches!(method, "GET" | "HEAD")
        && request.value("Upgrade").is_none()
        && mode.is_none_or(|mode| mode == "cors")
}

/// A host without its port. Behind a proxy the port may be another.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Whether a request came through a proxy, which may add to the answer what is
/// missing in it here.
fn is_forwarded(request: &Head) -> bool {
    let by = |name: &str| {
        let is_prefix = name
            .get(..12)
            .is_some_and(|begin| begin.eq_ignore_ascii_case("X-Forwarded-"));
        is_prefix
            || ["Forwarded", "Via", "X-Real-IP"]
                .iter()
                .any(|other| name.eq_ignore_ascii_case(other))
    };
    !request.version().persists() || request.fields().any(|field| by(field.name))
}

/// Why a browser does not let the page have what it asks for; `None` where it does,
/// where the request is no business of this rule, or where it cannot be told.
#[must_use]
pub fn refusal(request: &Head, response: &Head) -> Option<Refusal> {
    let is_known = request.is_kept_whole() && response.is_kept_whole() && !is_forwarded(request);
    if !is_known {
        return None;
    }
    let (code, _) = response.status()?;
    let origin = request.value("Origin")?;
    let preflight = Preflight::of(request, response);
    // What failed for another reason is told as that; 304 leaves the fields of the
    // answer that the browser has.
    let concerns = preflight.is_some()
        || is_cross_origin_read(request) && code != 304 && matches!(code, 200..500);
    if !concerns {
        return None;
    }
    let with_cookies = preflight.is_none() && request.value("Cookie").is_some();
    match allowed_origin(response) {
        Err(refusal) => return Some(refusal),
        Ok(None) => return Some(Refusal::NoOrigin),
        Ok(Some("*")) if with_cookies => return Some(Refusal::Wildcard),
        Ok(Some("*")) => {}
        Ok(Some(allowed)) if allowed != origin => return Some(Refusal::Origin),
        Ok(Some(_)) => {}
    }
    let allows_credentials = response.value("Access-Control-Allow-Credentials") == Some("true");
    if with_cookies && !allows_credentials {
        return Some(Refusal::Credentials);
    }
    let preflight = preflight?;
    if !(200..300).contains(&code) {
        Some(Refusal::Status)
    } else if !preflight.allows_method() {
        Some(Refusal::Method)
    } else if preflight.headers_refused().next().is_some() {
        Some(Refusal::Header)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::http::Secrets;

    fn head(first: &str, fields: &str) -> Head {
        let text = format!("{first}\r\n{fields}\r\n");
        Head::parse(text.as_bytes(), Secrets::Hide).unwrap()
    }

    /// Why an answer with these fields is refused to a preflight for this method and
    /// these headers.
    fn asked(method: &str, headers: &str, status: u16, answer: &str) -> Option<Refusal> {
        let request = head(
            "OPTIONS /a HTTP/1.1",
            &format!(
                "Host: b.example\r\nOrigin: http://a.example\r\n\
                 Access-Control-Request-Method: {method}\r\n\
                 Access-Control-Request-Headers: {headers}\r\n"
            ),
        );
        let response = head(&format!("HTTP/1.1 {status} X"), answer);
        refusal(&request, &response)
    }

    /// Why an answer with these fields is refused to a page.
    fn read(request: &str, status: u16, answer: &str) -> Option<Refusal> {
        let request = head(
            "GET /a HTTP/1.1",
            &format!("Host: b.example:8080\r\n{request}"),
        );
        refusal(&request, &head(&format!("HTTP/1.1 {status} X"), answer))
    }

    const ORIGIN: &str = "Access-Control-Allow-Origin: http://a.example\r\n";
    const ANY: &str = "Access-Control-Allow-Origin: *\r\n";
    const FROM: &str = "Origin: http://a.example\r\n";

    #[test]
    fn a_preflight_needs_origin_method_and_headers() {
        let methods = format!("{ORIGIN}Access-Control-Allow-Methods: PUT, DELETE\r\n");
        let all = format!("{methods}Access-Control-Allow-Headers: X-Collar, content-type\r\n");
        for (method, headers, status, answer, why) in [
            ("PUT", "content-type,x-collar", 204, all.as_str(), None),
            ("PUT", "x-other", 204, &all, Some(Refusal::Header)),
            ("PUT", "x-collar", 204, &methods, Some(Refusal::Header)),
            ("PATCH", "x-collar", 204, &all, Some(Refusal::Method)),
            ("put", "x-collar", 204, &all, Some(Refusal::Method)),
            ("PUT", "x-collar", 404, &all, Some(Refusal::Status)),
            ("PUT", "x-collar", 204, "", Some(Refusal::NoOrigin)),
            ("POST", "", 200, ORIGIN, None),
            ("POST", "", 200, ANY, None),
        ] {
            let found = asked(method, headers, status, answer);
            assert_eq!(found, why, "{method} {headers} {status} {answer}");
        }
        let any = format!("{ANY}Access-Control-Allow-Headers: *\r\n");
        assert_eq!(asked("GET", "x-a", 204, &any), None);
        assert_eq!(
            asked("GET", "authorization", 204, &any),
            Some(Refusal::Header)
        );
    }

    #[test]
    fn a_page_reads_what_its_origin_may() {
        let other = "Access-Control-Allow-Origin: http://c.example\r\n";
        let twice = format!("{ORIGIN}{ORIGIN}");
        assert_eq!(read(FROM, 200, ORIGIN), None);
        assert_eq!(read(FROM, 200, ANY), None);
        assert_eq!(read(FROM, 200, ""), Some(Refusal::NoOrigin));
        assert_eq!(read(FROM, 404, ""), Some(Refusal::NoOrigin));
        assert_eq!(read(FROM, 200, other), Some(Refusal::Origin));
        assert_eq!(read(FROM, 200, &twice), Some(Refusal::Origin));
        let cookie = format!("{FROM}Cookie: a=b\r\n");
        let allowed = format!("{ORIGIN}Access-Control-Allow-Credentials: true\r\n");
        assert_eq!(read(&cookie, 200, ANY), Some(Refusal::Wildcard));
        assert_eq!(read(&cookie, 200, ORIGIN), Some(Refusal::Credentials));
        assert_eq!(read(&cookie, 200, &allowed), None);
    }

    #[test]
    fn what_may_have_another_reason_is_not_judged() {
        let with = |more: &str| format!("{FROM}{more}\r\n");
        for request in [
            "",
            "Origin: http://b.example\r\n",
            "Origin: https://b.example:8443\r\n",
            "Origin: chrome-extension://abc\r\n",
            &with("Upgrade: websocket"),
            &with("Sec-Fetch-Mode: no-cors"),
            &with("Via: 1.1 proxy"),
            &with("X-Forwarded-For: 192.0.2.1"),
        ] {
            assert_eq!(read(request, 200, ""), None, "{request}");
        }
        assert_eq!(read(FROM, 502, ""), None);
        assert_eq!(read(FROM, 304, ""), None);
        let post = head(
            "POST /a HTTP/1.1",
            "Host: b.example\r\nOrigin: http://a.example\r\n",
        );
        assert_eq!(refusal(&post, &head("HTTP/1.1 200 OK", "")), None);
    }
}
