//! Which MAC address says that it has which IP address. In come the claims of
//! ARP and neighbour discovery; out comes a conflict when a second one claims
//! the same, once for each pair.

use std::net::IpAddr;

use arrayvec::ArrayVec;

use super::waiting::Waiting;
use super::{ArpAddressConflict, Event, Finding, Output, PacketNumber};

/// One who has answered for so many addresses when asked answers for others
/// (proxy ARP, RFC 1027).
const PROXY_ADDRESSES: usize = 4;

/// MAC addresses remembered for one IP address.
const MOST_CLAIMANTS: usize = 8;

/// A claim: this packet says that the address is at this MAC.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub packet: PacketNumber,
    pub time_ns: u64,
    pub conversation: u64,
    pub vlan: Option<u32>,
    pub address: IpAddr,
    pub mac: [u8; 6],
    /// It answers a question that was asked.
    pub solicited: bool,
}

/// All claims of a capture, the latest if there are too many.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// Due (to make room) in the order of their last claim.
    addresses: Waiting<(Option<u32>, IpAddr), ArrayVec<Claimant, MOST_CLAIMANTS>>,
    hosts: Waiting<(Option<u32>, [u8; 6]), Answered>,
}

#[derive(Clone, Copy, Debug)]
struct Claimant {
    mac: [u8; 6],
    packet: PacketNumber,
    time_ns: u64,
    solicited: bool,
}

/// For which addresses a MAC address has answered when asked.
type Answered = ArrayVec<IpAddr, PROXY_ADDRESSES>;

impl Claims {
    /// Takes a claim; a conflict goes to the findings.
    pub(super) fn claim(&mut self, claim: Claim, output: &mut Output) {
        let Claim {
            address, mac, vlan, ..
        } = claim;
        if is_shared(mac) || address.is_unspecified() || address.is_multicast() {
            return;
        }
        if claim.solicited {
            let (host, _) = self.hosts.renew((vlan, mac), claim.time_ns, Answered::new);
            if !host.contains(&address) {
                // Full is enough to know.
                let _ = host.try_push(address);
            }
        }
        let now = Claimant {
            mac,
            packet: claim.packet,
            time_ns: claim.time_ns,
            solicited: claim.solicited,
        };
        let (claimants, _) = self
            .addresses
            .renew((vlan, address), claim.time_ns, ArrayVec::new);
        let known = claimants.iter().position(|claimant| claimant.mac == mac);
        if let Some(known) = known {
            claimants.remove(known);
        }
        let earlier = claimants.last().copied();
        if claimants.is_full() {
            claimants.remove(0);
        }
        claimants.push(now);
        if let (None, Some(earlier)) = (known, earlier)
            && !self.is_for_another(vlan, now)
            && !self.is_for_another(vlan, earlier)
        {
            output.findings.push(Finding {
                conversation: Some(claim.conversation),
                first_packet: None,
                event: Event::ArpAddressConflict(ArpAddressConflict {
                    address,
                    earlier_mac: earlier.mac,
                    earlier: earlier.packet,
                    mac,
                    later: claim.packet,
                    between_ns: claim.time_ns.saturating_sub(earlier.time_ns),
                }),
            });
        }
    }

    /// Whether a proxy answered here: asked, and by one who answers for many.
    /// Who claims without being asked is none.
    fn is_for_another(&mut self, vlan: Option<u32>, claimant: Claimant) -> bool {
        claimant.solicited
            && self
                .hosts
                .get_mut(&(vlan, claimant.mac))
                .is_some_and(|host| host.is_full())
    }
}

/// Addresses that several routers share by design, and those of no host: VRRP
/// (RFC 9568), HSRP, GLBP, groups, all zeros.
fn is_shared(mac: [u8; 6]) -> bool {
    mac[0] & 1 == 1
        || mac == [0; 6]
        || matches!(
            mac,
            [0, 0, 0x5e, 0, 1 | 2, _]
                | [0, 0, 0x0c, 7, 0xac, _]
                | [0, 0, 0x0c, 0x9f, 0xf0..=0xff, _]
                | [0, 5, 0x73, 0xa0, 0..=0x0f, _]
                | [0, 7, 0xb4, _, _, _]
        )
}
