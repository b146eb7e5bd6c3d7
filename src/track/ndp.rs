//! Neighbour discovery (RFC 4861, sections 4.3, 4.4 and 7.2): what ARP is for
//! IPv4. A solicitation asks, an advertisement answers or announces; a host
//! that wants an address asks first whether it is taken (RFC 4862, section
//! 5.4).

use std::net::{IpAddr, Ipv6Addr};

use super::claims::Claims;
use super::questions::{Questions, Seen};
use super::{Event, NdpAdvertisement, NdpSolicitation, Output};
use crate::decode::{Packet, Protocol, View, view};

/// Three tries a second apart (RFC 4861, section 10), and as much again.
const WAIT_NS: u64 = 5_000_000_000;

pub(super) const SOLICITATION: u8 = 135;
pub(super) const ADVERTISEMENT: u8 = 136;

/// Option types of link-layer addresses (RFC 4861, section 4.6.1).
const SOURCE_ADDRESS: u8 = 1;
const TARGET_ADDRESS: u8 = 2;

/// Follows neighbour discovery.
#[derive(Debug, Default)]
pub(super) struct NdpTracker {
    asked: Questions,
    claims: Claims,
}

/// What both messages have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Message {
    kind: u8,
    flags: u8,
    target: IpAddr,
    mac: Option<[u8; 6]>,
}

impl Message {
    /// From the ICMPv6 type byte on; `None` when the target is not all there.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[kind, _, _, _, flags, _, _, _], rest) = bytes.split_first_chunk::<8>()?;
        let (&target, mut options) = rest.split_first_chunk::<16>()?;
        let wanted = match kind {
            SOLICITATION => SOURCE_ADDRESS,
            _ => TARGET_ADDRESS,
        };
        let mut mac = None;
        // The length counts eight bytes each, type and length included.
        while let [option, length, ..] = *options {
            let whole = options.split_at_checked(usize::from(length) * 8);
            let Some((data, behind)) = whole.filter(|_| length > 0) else {
                break;
            };
            if option == wanted && length == 1 {
                mac = data.last_chunk::<6>().copied();
            }
            options = behind;
        }
        Some(Self {
            kind,
            flags,
            target: Ipv6Addr::from(target).into(),
            mac,
        })
    }

    const fn flag(&self, bit: u8) -> bool {
        self.flags & bit != 0
    }
}

/// Whose frame it is.
fn sender(packet: &Packet<'_>) -> Option<[u8; 6]> {
    let layer = packet.layers.first()?;
    match view(packet, layer) {
        View::Ethernet(ethernet) => Some(ethernet.source),
        View::LinuxCooked(cooked) if cooked.address_length == 6 => {
            cooked.address.first_chunk::<6>().copied()
        }
        _ => None,
    }
}

impl NdpTracker {
    /// Follows one packet; other messages than the two are left alone.
    pub(super) fn packet(&mut self, packet: &Packet<'_>, conversation: u64, output: &mut Output) {
        let layer = packet.layers.last();
        let message = layer
            .filter(|layer| layer.protocol == Protocol::Icmpv6)
            .and_then(|layer| Message::parse(packet.header_bytes(layer)));
        let (Some(message), Some(network)) = (message, packet.network) else {
            return;
        };
        let seen = Seen::of(packet, conversation);
        let frame_mac = sender(packet);
        let (source, destination) = (network.source, network.destination);
        match message.kind {
            SOLICITATION => {
                self.solicitation(seen, source, destination, message, output);
                if let Some(asked) = self.asked.get_mut(source, message.target) {
                    asked.asker_mac = frame_mac;
                }
            }
            ADVERTISEMENT => self.advertisement(seen, destination, frame_mac, message, output),
            _ => {}
        }
    }

    fn solicitation(
        &mut self,
        seen: Seen,
        asker: IpAddr,
        to: IpAddr,
        message: Message,
        output: &mut Output,
    ) {
        let deadline_ns = seen.time_ns.saturating_add(WAIT_NS);
        let question = (asker, message.target);
        let attempt = self.asked.ask(seen, question, deadline_ns, output);
        output.events.push(Event::NdpSolicitation(NdpSolicitation {
            target: message.target,
            asker,
            probe: asker.is_unspecified(),
            unicast: !to.is_multicast(),
            attempt,
        }));
    }

    fn advertisement(
        &mut self,
        seen: Seen,
        to: IpAddr,
        frame_mac: Option<[u8; 6]>,
        message: Message,
        output: &mut Output,
    ) {
        let mut event = NdpAdvertisement {
            target: message.target,
            solicitation: None,
            latency_ns: None,
            mac: message.mac,
            solicited: message.flag(0x40),
            router: message.flag(0x80),
            overrides: message.flag(0x20),
            answers_probe: false,
        };
        // Who wants an address has none yet: the answer goes to everybody.
        let asker = match to.is_multicast() {
            true => Ipv6Addr::UNSPECIFIED.into(),
            false => to,
        };
        // A second after its probe the prober announces the address itself:
        // only another host's word means that it is taken.
        let asked = self.asked.get_mut(asker, message.target).filter(|asked| {
            match (asked.asker_mac, frame_mac) {
                _ if !asker.is_unspecified() => true,
                (Some(prober), Some(mac)) => prober != mac,
                _ => false,
            }
        });
        if let Some(asked) = asked {
            event.solicitation = Some(asked.last);
            event.latency_ns = Some(seen.time_ns.saturating_sub(asked.last_ns));
            event.answers_probe = asker.is_unspecified();
            self.asked.answered(asker, message.target);
        }
        output.events.push(Event::NdpAdvertisement(event));
        // Anycast hosts and proxies leave the override flag out (RFC 4861,
        // section 7.2.4): they do not claim the address for themselves alone.
        if let (Some(mac), true) = (message.mac, event.overrides) {
            let solicited = event.solicitation.is_some();
            self.claims
                .claim(seen.claim(message.target, mac, solicited), output);
        }
    }

    /// Before this time [`Self::expire`] has nothing to do.
    pub(super) fn due_ns(&self) -> u64 {
        self.asked.due_ns()
    }

    /// How many solicitations were given up to make room for others.
    pub(super) fn evicted(&self) -> u64 {
        self.asked.evicted()
    }

    /// Gives up what has waited long enough.
    pub(super) fn expire(&mut self, now_ns: u64, output: &mut Output) {
        self.asked.expire(now_ns, output);
    }

    /// Gives up everything: the capture ends at `now_ns`.
    pub(super) fn finish(&mut self, now_ns: u64, output: &mut Output) {
        self.asked.finish(now_ns, output);
    }
}

#[cfg(test)]
mod tests {
    use super::super::frames::{self, MS};
    use super::*;

    const MAC: [u8; 6] = [2, 0, 0, 0, 0, 0xb];

    fn see(tracker: &mut NdpTracker, number: u64, ms: u64, bytes: &[u8]) -> Output {
        let mut output = Output::default();
        tracker.packet(&frames::packet(number, ms * MS, bytes), 1, &mut output);
        output
    }

    fn host(number: u16) -> IpAddr {
        Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, number).into()
    }

    #[test]
    fn an_advertisement_is_paired_with_its_solicitation() {
        let mut tracker = NdpTracker::default();
        let asks = frames::icmpv6(1, 255, &frames::neighbour(135, 0, 2, [0; 6]));
        let tells = frames::icmpv6(2, 1, &frames::neighbour(136, 0x60, 2, MAC));
        assert_eq!(
            see(&mut tracker, 1, 0, &asks).events,
            [Event::NdpSolicitation(NdpSolicitation {
                target: host(2),
                asker: host(1),
                probe: false,
                unicast: false,
                attempt: 1,
            })]
        );
        assert_eq!(
            see(&mut tracker, 2, 4, &tells).events,
            [Event::NdpAdvertisement(NdpAdvertisement {
                target: host(2),
                solicitation: Some(1),
                latency_ns: Some(4 * MS),
                mac: Some(MAC),
                solicited: true,
                router: false,
                overrides: true,
                answers_probe: false,
            })]
        );
        let mut output = Output::default();
        tracker.finish(1_000 * MS, &mut output);
        assert_eq!(output.findings, []);
    }

    #[test]
    fn silence_after_a_probe_is_good_and_after_a_question_a_finding() {
        let mut tracker = NdpTracker::default();
        let probe = frames::icmpv6(0, 255, &frames::neighbour(135, 0, 3, [0; 6]));
        let asks = frames::icmpv6(1, 255, &frames::neighbour(135, 0, 2, [0; 6]));
        see(&mut tracker, 1, 0, &probe);
        see(&mut tracker, 2, 0, &asks);
        let mut output = Output::default();
        tracker.expire(4_999 * MS, &mut output);
        assert_eq!(output.findings, []);
        tracker.expire(9_000 * MS, &mut output);
        assert_eq!(output.findings.len(), 1);
        let Event::ArpUnanswered(unanswered) = &output.findings[0].event else {
            panic!();
        };
        assert_eq!((unanswered.asker, unanswered.target), (host(1), host(2)));
        assert_eq!(unanswered.waited_ns, 5_000 * MS);
    }

    #[test]
    fn an_answered_probe_says_that_the_address_is_taken() {
        let mut tracker = NdpTracker::default();
        let probe = frames::icmpv6(0, 255, &frames::neighbour(135, 0, 3, [0; 6]));
        let mut tells = frames::icmpv6(3, 255, &frames::neighbour(136, 0x20, 3, MAC));
        tells[6..12].copy_from_slice(&MAC);
        see(&mut tracker, 1, 0, &probe);
        let output = see(&mut tracker, 2, 1, &tells);
        let Event::NdpAdvertisement(advertisement) = &output.events[0] else {
            panic!();
        };
        assert!(advertisement.answers_probe);
        assert_eq!(advertisement.solicitation, Some(1));
    }

    #[test]
    fn the_prober_s_own_announcement_is_no_answer() {
        let mut tracker = NdpTracker::default();
        let probe = frames::icmpv6(0, 255, &frames::neighbour(135, 0, 3, [0; 6]));
        let tells = frames::icmpv6(3, 255, &frames::neighbour(136, 0x20, 3, MAC));
        see(&mut tracker, 1, 0, &probe);
        let output = see(&mut tracker, 2, 1_000, &tells);
        let Event::NdpAdvertisement(advertisement) = &output.events[0] else {
            panic!();
        };
        assert!(!advertisement.answers_probe);
        assert_eq!(advertisement.solicitation, None);
    }

    #[test]
    fn two_hosts_that_override_each_other_are_a_conflict() {
        let mut tracker = NdpTracker::default();
        let one = frames::icmpv6(3, 255, &frames::neighbour(136, 0x20, 3, MAC));
        let other = frames::icmpv6(3, 255, &frames::neighbour(136, 0x20, 3, [2; 6]));
        assert_eq!(see(&mut tracker, 1, 0, &one).findings.len(), 0);
        assert_eq!(see(&mut tracker, 2, 1, &other).findings.len(), 1);
    }

    #[test]
    fn an_option_of_no_length_ends_the_options() {
        let mut message = frames::neighbour(136, 0, 2, MAC);
        message[25] = 0;
        assert_eq!(Message::parse(&message).unwrap().mac, None);
        assert_eq!(Message::parse(&message[..23]), None);
    }
}
