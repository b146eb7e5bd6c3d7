//! Streams of events that have ended, so that who comes again is known to have been
//! there.

use std::collections::VecDeque;

use super::{Address, EarlierStream, Endpoint, Event, Output, PacketNumber, Seen, Sides};
use super::{SseReconnected, SseStream};

/// Streams that are remembered at the most; of more the oldest are forgotten.
const STREAMS_AT_MOST: usize = 256;

/// The streams that ended last.
#[derive(Debug, Default)]
pub(super) struct EventStreams {
    ended: VecDeque<Ended>,
}

#[derive(Debug)]
struct Ended {
    client: Address,
    server: Endpoint,
    target: Option<String>,
    last: Seen,
    last_id: Option<Box<str>>,
    retry_ms: Option<u64>,
}

impl EventStreams {
    /// Joins who comes again with the stream that ended, and remembers what ends now.
    pub fn take_in(&mut self, output: &mut Output) {
        let of_exchanges = output.exchanges.iter_mut().flat_map(|it| &mut it.events);
        for event in output.events.iter_mut().chain(of_exchanges) {
            if let Event::SseReconnected(reconnected) = event {
                reconnected.earlier = self.before(reconnected);
            }
        }
        for finding in &output.findings {
            if let Event::SseStream(stream) = &finding.event {
                self.remember(stream);
            }
        }
    }

    fn remember(&mut self, stream: &SseStream) {
        if self.ended.len() >= STREAMS_AT_MOST {
            self.ended.pop_front();
        }
        let Sides { client, server } = stream.ends;
        let asked = stream.request.as_ref().and_then(|head| head.request());
        self.ended.push_back(Ended {
            client: client.address,
            server,
            target: asked.map(|(_, target)| target.to_owned()),
            last: stream.last,
            last_id: stream.last_id.clone(),
            retry_ms: stream.retry_ms,
        });
    }

    /// The last stream of this client and target that ended before.
    fn before(&self, reconnected: &SseReconnected) -> Option<EarlierStream> {
        let Sides { client, server } = reconnected.ends;
        let target = reconnected.head.request().map(|(_, target)| target);
        let is_before = |packet: PacketNumber| packet < reconnected.first.packet;
        let mut ended = self.ended.iter().rev();
        let earlier = ended.find(|it| {
            it.client == client.address
                && it.server == server
                && it.target.as_deref() == target
                && is_before(it.last.packet)
        })?;
        Some(EarlierStream {
            packet: earlier.last.packet,
            ago_ns: reconnected
                .first
                .time_ns
                .saturating_sub(earlier.last.time_ns),
            last_id: earlier.last_id.clone(),
            retry_ms: earlier.retry_ms,
        })
    }
}
