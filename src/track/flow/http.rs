//! What a conversation's HTTP adds up to.

use std::collections::BTreeMap;

use crate::decode::http::{StatusClass, Version};
use crate::track::Exchange;

/// So many methods are told apart at the most; the others are `other`.
const METHODS_AT_MOST: usize = 16;

/// The HTTP of one conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpTotals {
    /// The highest version that was spoken.
    pub version: Option<Version>,
    /// Requests with their responses, whole or not.
    pub exchanges: u64,
    /// Requests by method.
    pub requests_by_method: BTreeMap<String, u64>,
    /// Responses by the class of their status, as [`StatusClass::ALL`] has them.
    pub responses_by_class: [u64; StatusClass::ALL.len()],
    /// The longest wait for an answer.
    pub longest_wait_ns: Option<u64>,
    /// The host that was asked last.
    pub host: Option<String>,
    /// The status that was answered last.
    pub last_status: Option<u16>,
}

impl HttpTotals {
    /// Takes in an exchange.
    pub(in crate::track) fn add(&mut self, exchange: &Exchange) {
        self.exchanges += 1;
        let messages = [&exchange.request, &exchange.response];
        let spoken = messages.into_iter().flatten();
        self.version = spoken
            .map(|message| message.head.version())
            .chain(self.version)
            .max();
        if let Some((method, _)) = exchange.asked() {
            let known = self.requests_by_method.len();
            let method = match self.requests_by_method.contains_key(method) {
                false if known >= METHODS_AT_MOST => "other",
                _ => method,
            };
            *self
                .requests_by_method
                .entry(method.to_owned())
                .or_default() += 1;
        }
        if let Some(status) = exchange.status() {
            let class = StatusClass::of(status) as usize;
            if let Some(count) = self.responses_by_class.get_mut(class) {
                *count += 1;
            }
            self.last_status = Some(status);
        }
        self.longest_wait_ns = self.longest_wait_ns.max(exchange.wait_ns());
        if let Some(host) = exchange.host() {
            self.host = Some(host.chars().take(255).collect());
        }
    }
}
