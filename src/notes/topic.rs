//! The topics: what the notes explain.

use super::Lang;

/// One note, in both languages.
#[derive(Debug)]
pub struct Topic {
    /// The topic's name in records and on the command line.
    pub name: &'static str,
    /// The topic's title in English.
    pub title_en: &'static str,
    /// The topic's title in Chinese.
    pub title_zh: &'static str,
    /// Other names that may be typed, in both languages, in lower case and with
    /// `-` between words.
    pub also: &'static [&'static str],
    /// The note in English, Markdown.
    pub en: &'static str,
    /// The note in Chinese, Markdown.
    pub zh: &'static str,
}

impl Topic {
    /// The title in the reader's language.
    #[must_use]
    pub const fn title(&self, lang: Lang) -> &'static str {
        lang.pick(self.title_en, self.title_zh)
    }

    /// The note in the reader's language.
    #[must_use]
    pub const fn text(&self, lang: Lang) -> &'static str {
        lang.pick(self.en, self.zh)
    }

    /// The topic of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<&'static Self> {
        TOPICS.iter().copied().find(|topic| topic.name == name)
    }

    /// The topic that is also called so.
    #[must_use]
    pub fn from_other_name(name: &str) -> Option<&'static Self> {
        TOPICS
            .iter()
            .copied()
            .find(|topic| topic.also.contains(&name))
    }
}

/// Every topic, in the order in which they are best read.
pub static TOPICS: &[&Topic] = &[
    &super::layers::TOPIC,
    &super::header_overhead::TOPIC,
    &super::mac_and_ip::TOPIC,
    &super::arp::TOPIC,
    &super::subnet_and_gateway::TOPIC,
    &super::icmp::TOPIC,
    &super::ip_fragmentation::TOPIC,
    &super::nat::TOPIC,
    &super::tcp_vs_udp::TOPIC,
    &super::udp::TOPIC,
    &super::connection_identity::TOPIC,
    &super::tcp_handshake::TOPIC,
    &super::tcp_options::TOPIC,
    &super::tcp_teardown::TOPIC,
    &super::time_wait::TOPIC,
    &super::close_wait::TOPIC,
    &super::tcp_states::TOPIC,
    &super::sequence_and_ack::TOPIC,
    &super::retransmission::TOPIC,
    &super::checksum::TOPIC,
    &super::flow_control::TOPIC,
    &super::congestion_control::TOPIC,
    &super::duplicate_ack_and_sack::TOPIC,
    &super::reordering::TOPIC,
    &super::head_of_line::TOPIC,
    &super::round_trip_time::TOPIC,
    &super::dead_peer::TOPIC,
    &super::keep_alive::TOPIC,
    &super::heartbeat::TOPIC,
    &super::syn_flood::TOPIC,
    &super::byte_stream::TOPIC,
    &super::dhcp::TOPIC,
    &super::dns::TOPIC,
    &super::url_to_page::TOPIC,
    &super::http::TOPIC,
    &super::http_versions::TOPIC,
    &super::websocket::TOPIC,
    &super::server_sent_events::TOPIC,
    &super::long_polling::TOPIC,
    &super::tls::TOPIC,
    &super::cookies_and_sessions::TOPIC,
    &super::tokens::TOPIC,
    &super::cors::TOPIC,
    &super::network_performance::TOPIC,
    &super::sockets::TOPIC,
    &super::file_descriptors::TOPIC,
    &super::io_multiplexing::TOPIC,
    &super::retries_and_failover::TOPIC,
];
