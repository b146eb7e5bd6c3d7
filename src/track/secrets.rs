//! The numbers of secrets: which are the same, told without the secrets.

use super::hash::Map;
use super::{Event, Exchange};
use crate::decode::http::Head;

/// So many secrets are told apart at the most; those beyond have no number.
const AT_MOST: usize = 65_536;

/// Numbers secrets, from 1 in the order of first sight.
#[derive(Debug, Default)]
pub(super) struct SecretNumbers {
    numbers: Map<u64, u32>,
    /// Values that were hidden.
    hidden: u64,
}

impl SecretNumbers {
    /// Values that were hidden so far.
    pub fn hidden(&self) -> u64 {
        self.hidden
    }

    /// Numbers the secrets that an event shows first.
    pub fn event(&mut self, event: &Event) {
        match event {
            Event::HttpRequest(request) => self.head(&request.head),
            Event::HttpResponse(response) => self.head(&response.response.head),
            Event::CookieSet(set) => self.head(&set.head),
            _ => {}
        }
    }

    /// Numbers those of an exchange; most have theirs from its events.
    pub fn exchange(&mut self, exchange: &Exchange) {
        let messages = [&exchange.request, &exchange.response];
        for message in messages.into_iter().flatten() {
            self.head(&message.head);
        }
    }

    fn head(&mut self, head: &Head) {
        for (_, secret) in head.secrets() {
            if secret.is_numbered() {
                continue;
            }
            self.hidden += 1;
            let next = self.numbers.len() as u32 + 1;
            let known = self.numbers.get(&secret.fingerprint()).copied();
            let number = known.unwrap_or_else(|| {
                if self.numbers.len() >= AT_MOST {
                    return 0;
                }
                self.numbers.insert(secret.fingerprint(), next);
                next
            });
            secret.set_number(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::http::Secrets;

    #[test]
    fn equal_secrets_have_equal_numbers() {
        let mut numbers = SecretNumbers::default();
        let head = |fields: &str| {
            let text = format!("GET / HTTP/1.1\r\n{fields}\r\n\r\n");
            Head::parse(text.as_bytes(), Secrets::Hide).unwrap()
        };
        let heads = [
            head("Cookie: sid=aa"),
            head("Cookie: sid=bb"),
            head("Cookie: sid=aa"),
            head("Authorization: Bearer bb"),
        ];
        let told = heads.each_ref().map(|head| {
            numbers.head(head);
            numbers.head(head);
            let field = head.fields().next().unwrap();
            field.hidden.unwrap().secret.number()
        });
        assert_eq!(told, [Some(1), Some(2), Some(1), Some(2)]);
    }
}
