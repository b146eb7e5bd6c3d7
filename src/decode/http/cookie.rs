//! What is said of a cookie behind its value (RFC 6265, section 5.2; SameSite and
//! the prefixes after its revision, RFC 6265bis).

/// When a browser sends a cookie, and for how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CookieAttributes<'h> {
    /// Over TLS alone.
    pub is_secure: bool,
    /// Not shown to scripts.
    pub is_http_only: bool,
    /// With requests that other sites cause: `Strict`, `Lax` or `None`, as it was
    /// sent.
    pub same_site: Option<&'h str>,
    /// To these hosts too: the domain and those below it.
    pub domain: Option<&'h str>,
    /// For so many seconds.
    pub max_age_s: Option<u64>,
    /// It is to be forgotten now.
    pub is_deleted: bool,
}

impl<'h> CookieAttributes<'h> {
    /// Reads `Path=/; Secure; HttpOnly`. What comes later counts.
    #[must_use]
    pub fn read(text: &'h str) -> Self {
        let mut read = Self::default();
        for attribute in text.split(';') {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let (name, value) = (name.trim(), value.trim());
            let is = |other: &str| name.eq_ignore_ascii_case(other);
            if is("Secure") {
                read.is_secure = true;
            } else if is("HttpOnly") {
                read.is_http_only = true;
            } else if is("SameSite") {
                read.same_site = Some(value);
            } else if is("Domain") {
                read.domain = Some(value.trim_start_matches('.')).filter(|name| !name.is_empty());
            } else if is("Max-Age") {
                read.max_age_s = value.parse().ok().filter(|age| *age > 0);
                read.is_deleted = value == "0" || value.starts_with('-');
            } else if is("Expires") && read.max_age_s.is_none() {
                // The beginning of time is how one says so.
                read.is_deleted |= value.contains("1970");
            }
        }
        read
    }
}

/// Whether a browser keeps a cookie of this name only where it came with Secure, so
/// that it must not be sent without TLS.
#[must_use]
pub fn has_secure_prefix(name: &str) -> bool {
    let begins = |prefix: &str| {
        let begin = name.get(..prefix.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
    };
    begins("__Secure-") || begins("__Host-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_without_case_and_in_any_order() {
        let read = CookieAttributes::read("path=/; SECURE; samesite=Lax ;HttpOnly; Max-Age=60");
        assert_eq!(
            read,
            CookieAttributes {
                is_secure: true,
                is_http_only: true,
                same_site: Some("Lax"),
                domain: None,
                max_age_s: Some(60),
                is_deleted: false,
            }
        );
        assert_eq!(CookieAttributes::read(""), CookieAttributes::default());
        let domain = CookieAttributes::read("Domain=.example.com").domain;
        assert_eq!(domain, Some("example.com"));
    }

    #[test]
    fn a_cookie_is_deleted_by_its_age_or_by_a_date_long_past() {
        for text in [
            "Max-Age=0",
            "Max-Age=-1",
            "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        ] {
            assert!(CookieAttributes::read(text).is_deleted, "{text}");
        }
        assert!(!CookieAttributes::read("Expires=Thu, 01 Jan 2071 00:00:00 GMT").is_deleted);
    }

    #[test]
    fn prefixes_that_ask_for_tls() {
        assert!(has_secure_prefix("__Host-key") && has_secure_prefix("__secure-key"));
        assert!(!has_secure_prefix("Host-key") && !has_secure_prefix("__H"));
    }
}
