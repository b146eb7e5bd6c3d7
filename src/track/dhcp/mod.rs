//! DHCP (RFC 2131) and DHCPv6 (RFC 8415): each message is put to those before it, by
//! transaction id and client: the offer to the question, the request to the offer
//! that it takes, the answer to the request, the renewal to the lease. What nobody
//! answered, and which servers contradict each other.
//!
//! Bounded: 4,096 exchanges of 16 messages each, as many leases and open
//! questions.

mod asked;
mod exchange;
mod said;

use smallvec::SmallVec;

use asked::{Asking, Questions};
use exchange::{Exchange, Step};
use said::{Said, Sort};

use super::link;
use super::observation::Observation;
use super::waiting::Waiting;
use super::{
    DhcpAck, DhcpAttempt, DhcpDecline, DhcpDiscover, DhcpInform, DhcpLease, DhcpNak, DhcpOffer,
    DhcpPurpose, DhcpQuestion, DhcpRelease, DhcpRequest, DhcpSeveralServers, DhcpStep, Event,
    Finding, Output, PacketNumber,
};
use crate::decode::Packet;

/// The most clients that are followed at once.
const MOST_CLIENTS: usize = 4_096;

/// The most pairs of servers that are told of.
const MOST_PAIRS: usize = 64;

/// An exchange is over this long after its last message: clients ask again after 64
/// seconds at the latest (RFC 2131, section 4.1).
const EXCHANGE_NS: u64 = 120_000_000_000;

/// A lease without an end is remembered for this long, a day.
const FOR_EVER_NS: u64 = 86_400_000_000_000;

/// A lease, as it was given.
#[derive(Clone, Copy, Debug)]
struct Lease {
    packet: PacketNumber,
    time_ns: u64,
    address: Option<std::net::IpAddr>,
    seconds: u32,
    t1: u32,
    t2: u32,
}

impl Lease {
    fn as_of(self, now_ns: u64) -> DhcpLease {
        DhcpLease {
            packet: self.packet,
            since_ns: now_ns.saturating_sub(self.time_ns),
            address: self.address,
            seconds: self.seconds,
            t1: self.t1,
            t2: self.t2,
        }
    }
}

/// Follows DHCP and DHCPv6.
#[derive(Debug)]
pub struct DhcpTracker {
    /// By client and transaction id, which in DHCPv6 changes on the way: there by
    /// client alone.
    exchanges: Waiting<(u64, u32), Exchange>,
    /// What each client holds.
    leases: Waiting<u64, Lease>,
    questions: Questions,
    /// Servers that were told of, each pair once.
    pairs: Vec<[u64; 2]>,
    /// Exchanges that were given up to make room for others before their time.
    evicted: u64,
}

impl Default for DhcpTracker {
    fn default() -> Self {
        Self::with_most(MOST_CLIENTS)
    }
}

/// The message at hand.
struct Seen {
    packet: PacketNumber,
    time_ns: u64,
    conversation: u64,
    said: Said,
}

impl DhcpTracker {
    fn with_most(most: usize) -> Self {
        Self {
            exchanges: Waiting::with_most(most),
            leases: Waiting::with_most(most),
            questions: Questions::with_most(most),
            pairs: Vec::new(),
            evicted: 0,
        }
    }

    /// Follows one message; a packet without one, or of a type that belongs to no
    /// exchange of a client's, is not followed.
    pub fn packet(&mut self, packet: &Packet<'_>, conversation: u64, output: &mut Output) {
        let Some(said) = Said::of(packet) else {
            return;
        };
        let seen = Seen {
            packet: packet.frame.number,
            time_ns: packet.frame.time_ns,
            conversation,
            said,
        };
        self.message(&seen, output);
    }

    fn message(&mut self, seen: &Seen, output: &mut Output) {
        let said = &seen.said;
        let key = (said.client, if said.v6 { 0 } else { said.transaction });
        let deadline_ns = seen.time_ns.saturating_add(EXCHANGE_NS);
        let (exchange, displaced) = self.exchanges.renew(key, deadline_ns, Exchange::default);
        let step = Step::of(seen);
        let before = exchange.clone();
        exchange.push(step);
        self.evicted += u64::from(displaced.is_some_and(|(_, _, due_ns)| due_ns > seen.time_ns));
        let common = DhcpStep {
            v6: said.v6,
            transaction: said.transaction,
            relayed: before.relayed(&step),
        };
        let event = match said.sort {
            Sort::Question(question) => self.question(seen, common, question, &before, output),
            Sort::Offer => Event::DhcpOffer(self.offer(seen, common, &before, output)),
            Sort::Answer => self.answer(seen, common, &before),
        };
        if let Event::DhcpAck(_) | Event::DhcpRenewed(_) = event
            && common.relayed.is_none()
            && let Some(address) = said.address
        {
            output.observations.push(Observation::Lease(link::Lease {
                packet: seen.packet,
                address,
                prefix_length: said.prefix_length,
                router: said.router,
            }));
        }
        output.events.push(event);
    }

    fn question(
        &mut self,
        seen: &Seen,
        step: DhcpStep,
        question: DhcpQuestion,
        before: &Exchange,
        output: &mut Output,
    ) -> Event {
        match question {
            DhcpQuestion::Discover => Event::DhcpDiscover(DhcpDiscover {
                step,
                attempt: self.ask(seen, step, question, output),
            }),
            DhcpQuestion::Inform => Event::DhcpInform(DhcpInform {
                step,
                attempt: self.ask(seen, step, question, output),
            }),
            DhcpQuestion::Request(purpose) => {
                let attempt = self.ask(seen, step, question, output);
                Event::DhcpRequest(self.request(seen, step, purpose, attempt, before))
            }
            DhcpQuestion::Release => Event::DhcpRelease(DhcpRelease {
                step,
                lease: self.given_up(seen),
            }),
            DhcpQuestion::Decline => Event::DhcpDecline(DhcpDecline {
                step,
                lease: self.given_up(seen),
            }),
        }
    }

    /// Waits for an answer. What a relay passes on is asked once.
    fn ask(
        &mut self,
        seen: &Seen,
        step: DhcpStep,
        question: DhcpQuestion,
        output: &mut Output,
    ) -> DhcpAttempt {
        let asking = Asking {
            packet: seen.packet,
            time_ns: seen.time_ns,
            conversation: seen.conversation,
            question,
            said: &seen.said,
        };
        match step.relayed {
            Some(_) => self.questions.passed_on(&asking),
            None => self.questions.ask(&asking, output),
        }
    }

    /// What the client holds, if it is known.
    fn lease(&mut self, seen: &Seen) -> Option<DhcpLease> {
        let lease = self.leases.get_mut(&seen.said.client)?;
        Some(lease.as_of(seen.time_ns))
    }

    /// The client holds nothing any more.
    fn given_up(&mut self, seen: &Seen) -> Option<DhcpLease> {
        let lease = self.lease(seen).filter(|lease| lease.seconds > 0);
        if let Some(held) = self.leases.get_mut(&seen.said.client)
            && seen.said.path.is_first()
        {
            held.seconds = 0;
        }
        lease
    }

    fn request(
        &mut self,
        seen: &Seen,
        step: DhcpStep,
        purpose: DhcpPurpose,
        attempt: DhcpAttempt,
        before: &Exchange,
    ) -> DhcpRequest {
        let offers = || before.steps().filter(|step| step.sort == Sort::Offer);
        let taken = offers().rfind(|offer| offer.server == seen.said.server);
        let taken = taken.filter(|_| purpose == DhcpPurpose::Selecting);
        let mut lapsed: SmallVec<[PacketNumber; 4]> = SmallVec::new();
        if purpose == DhcpPurpose::Selecting && seen.said.server.is_some() {
            let others = offers().filter(|offer| offer.server != seen.said.server);
            lapsed.extend(others.map(|offer| offer.packet));
        }
        let lease = match purpose {
            DhcpPurpose::Selecting => None,
            _ => self.lease(seen).filter(|lease| lease.seconds > 0),
        };
        DhcpRequest {
            step,
            purpose,
            attempt,
            offer: taken.map(|offer| offer.packet),
            latency_ns: taken.map(|offer| seen.time_ns.saturating_sub(offer.time_ns)),
            offered: taken.and_then(|offer| offer.address),
            lapsed,
            lease,
        }
    }

    fn offer(
        &mut self,
        seen: &Seen,
        step: DhcpStep,
        before: &Exchange,
        output: &mut Output,
    ) -> DhcpOffer {
        let discover = before.last_discover(seen.said.transaction);
        if discover.is_some() {
            self.questions
                .answered(seen.said.client, DhcpQuestion::Discover);
        }
        let mut others: SmallVec<[PacketNumber; 4]> = SmallVec::new();
        let offers = before.steps().filter(|step| step.sort == Sort::Offer);
        for offer in offers.filter(|offer| offer.transaction == seen.said.transaction) {
            if offer.server == seen.said.server {
                continue;
            }
            others.push(offer.packet);
            if step.relayed.is_none() {
                self.several_servers(seen, offer, output);
            }
        }
        DhcpOffer {
            step,
            discover: discover.map(|discover| discover.packet),
            latency_ns: discover.map(|discover| seen.time_ns.saturating_sub(discover.time_ns)),
            others,
        }
    }

    /// Another server has offered something to this client, in this exchange. Each
    /// pair of servers is told of once.
    fn several_servers(&mut self, seen: &Seen, other: &Step, output: &mut Output) {
        let said = &seen.said;
        let (Some(one), Some(two)) = (other.server, said.server) else {
            return;
        };
        let pair = [one.min(two), one.max(two)];
        if self.pairs.contains(&pair) || self.pairs.len() >= MOST_PAIRS {
            return;
        }
        self.pairs.push(pair);
        let mut differ = [false; 3];
        for (differs, (one, two)) in differ
            .iter_mut()
            .zip(other.network.iter().zip(said.network))
        {
            *differs = one.is_some() && two.is_some() && *one != two;
        }
        output.findings.push(Finding {
            conversation: Some(seen.conversation),
            first_packet: None,
            event: Event::DhcpSeveralServers(DhcpSeveralServers {
                v6: said.v6,
                transaction: said.transaction,
                offers: [other.packet, seen.packet],
                servers: [other.speaker, said.speaker],
                addresses: [other.address, said.address],
                same_way: other.path.relay == said.path.relay,
                differ,
            }),
        });
    }

    /// Ack and Nak: what they answer says what they are.
    fn answer(&mut self, seen: &Seen, step: DhcpStep, before: &Exchange) -> Event {
        let said = &seen.said;
        let asked = before.last_asked(said.transaction);
        let latency_ns = asked.map(|(asked, _)| seen.time_ns.saturating_sub(asked.time_ns));
        let question = asked.map(|(_, question)| question);
        if asked.is_some() {
            self.questions.all_answered(said.client);
        }
        let wants_address = matches!(
            question,
            None | Some(DhcpQuestion::Request(_) | DhcpQuestion::Discover)
        );
        let requested = asked.and_then(|(asked, _)| asked.address);
        if said.refuses && wants_address {
            if let Some(lease) = self.leases.get_mut(&said.client) {
                lease.seconds = 0;
            }
            return Event::DhcpNak(DhcpNak {
                step,
                request: asked.map(|(asked, _)| asked.packet),
                latency_ns,
                requested,
            });
        }
        let extends = matches!(
            question,
            Some(DhcpQuestion::Request(
                DhcpPurpose::Renewing | DhcpPurpose::Rebinding
            ))
        );
        let lease = match extends && step.relayed.is_none() {
            true => self.lease(seen).filter(|lease| lease.seconds > 0),
            false => None,
        };
        let is_selecting = question == Some(DhcpQuestion::Request(DhcpPurpose::Selecting));
        let began = before.began().filter(|_| is_selecting);
        let ack = DhcpAck {
            step,
            answers: asked.map(|(asked, question)| (asked.packet, question)),
            latency_ns,
            requested: requested.filter(|_| wants_address),
            chosen: asked
                .filter(|_| is_selecting)
                .and_then(|(asked, _)| asked.chosen),
            began: began.map(|first| (first.packet, seen.time_ns.saturating_sub(first.time_ns))),
            lease,
        };
        if wants_address && step.relayed.is_none() {
            self.given(seen);
        }
        match extends {
            true => Event::DhcpRenewed(ack),
            false => Event::DhcpAck(ack),
        }
    }

    /// The client holds a lease from now on.
    fn given(&mut self, seen: &Seen) {
        let Some([seconds, t1, t2]) = seen.said.times else {
            return;
        };
        let held_ns = match seconds {
            u32::MAX => FOR_EVER_NS,
            seconds => u64::from(seconds) * 1_000_000_000,
        };
        let lease = Lease {
            packet: seen.packet,
            time_ns: seen.time_ns,
            address: seen.said.address,
            seconds,
            t1,
            t2,
        };
        let deadline_ns = seen.time_ns.saturating_add(held_ns);
        let (held, _) = self.leases.renew(seen.said.client, deadline_ns, || lease);
        *held = lease;
    }

    /// Before this time [`Self::expire`] has nothing to do.
    pub(super) fn due_ns(&self) -> u64 {
        let due = [
            self.questions.due_ns(),
            self.exchanges.due_ns(),
            self.leases.due_ns(),
        ];
        due.into_iter().fold(u64::MAX, u64::min)
    }

    /// How many exchanges and questions were given up to make room for others.
    pub(super) fn evicted(&self) -> u64 {
        self.evicted + self.questions.evicted()
    }

    /// Gives up what has waited long enough. Cheap when nothing has.
    pub fn expire(&mut self, now_ns: u64, output: &mut Output) {
        while self.exchanges.pop_due(now_ns).is_some() {}
        while self.leases.pop_due(now_ns).is_some() {}
        self.questions.expire(now_ns, output);
    }

    /// Gives up everything: the capture ends at `now_ns`.
    pub fn finish(&mut self, now_ns: u64, output: &mut Output) {
        self.questions.finish(now_ns, output);
    }
}

#[cfg(test)]
mod tests;
