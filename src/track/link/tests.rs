//! Gateways and subnets, by frames.

use super::*;
use crate::track::frames::{arp, icmpv6, ipv4, packet, udp};
use crate::track::{Event, Gateway, GatewayEvidence, Subnet, SubnetEvidence};

const HOST: [u8; 6] = [2, 0, 0, 0, 0, 1];
const ROUTER: [u8; 6] = [2, 0, 0, 0, 0, 9];

/// A datagram in a frame between these stations, with this TTL.
fn datagram(macs: [[u8; 6]; 2], source: [u8; 4], to: [u8; 4], time_to_live: u8) -> Vec<u8> {
    let mut frame = ipv4(17, 1, 2, &udp(4000, 9, b"hi"));
    frame[..6].copy_from_slice(&macs[1]);
    frame[6..12].copy_from_slice(&macs[0]);
    frame[22] = time_to_live;
    frame[26..30].copy_from_slice(&source);
    frame[30..34].copy_from_slice(&to);
    frame
}

/// An ARP message of this station.
fn arp_of(operation: u8, mac: [u8; 6], sender: u8, target: u8) -> Vec<u8> {
    let mut frame = arp(operation, mac, sender, target);
    frame[6..12].copy_from_slice(&mac);
    frame
}

fn judge(frames: &[Vec<u8>], leases: &[Lease]) -> (Vec<Gateway>, Vec<Subnet>) {
    let mut link = Link::default();
    for (number, frame) in (1..).zip(frames) {
        let tracked = Tracked {
            conversation: Some(number),
            ..Tracked::default()
        };
        link.packet(&packet(number, 0, frame), &tracked);
    }
    for lease in leases {
        link.lease(lease);
    }
    let mut findings = Vec::new();
    link.findings(&mut findings);
    let (mut gateways, mut subnets) = (Vec::new(), Vec::new());
    for finding in findings {
        match finding.event {
            Event::Gateway(gateway) => gateways.push(*gateway),
            Event::Subnet(subnet) => subnets.push(*subnet),
            other => panic!("{other:?}"),
        }
    }
    (gateways, subnets)
}

#[test]
fn addresses_of_several_networks_behind_one_station_are_no_hosts_own() {
    let to = |net| datagram([HOST, ROUTER], [10, 0, 0, 1], [net, 51, 100, 7], 64);
    let far: Vec<_> = (20..25).map(to).collect();
    let (gateways, _) = judge(&far, &[]);
    let [gateway] = &gateways[..] else {
        panic!("{gateways:?}");
    };
    assert_eq!(
        (gateway.mac, gateway.behind, gateway.address),
        (ROUTER, 5, None)
    );
    assert_eq!(gateway.evidence.as_slice(), [GatewayEvidence::ManyNetworks]);
    // A router has several addresses of its own.
    assert!(judge(&far[..4], &[]).0.is_empty());
    // Three are enough where packets have come from beyond it.
    let from = datagram([ROUTER, HOST], [22, 51, 100, 7], [10, 0, 0, 1], 57);
    let (gateways, _) = judge(&[far[0].clone(), far[1].clone(), from], &[]);
    assert_eq!(gateways.len(), 1);
}

#[test]
fn stations_of_which_all_have_many_addresses_are_no_gateways_of_anyone() {
    let mut frames = Vec::new();
    for net in 1..20 {
        frames.push(datagram(
            [HOST, ROUTER],
            [20, net, 0, 1],
            [30, net, 0, 1],
            64,
        ));
    }
    assert!(judge(&frames, &[]).0.is_empty());
}

#[test]
fn a_station_that_is_asked_for_and_passes_packets_on_is_a_gateway() {
    let asked = [
        arp_of(1, HOST, 1, 254),
        arp_of(2, ROUTER, 254, 1),
        datagram([ROUTER, HOST], [10, 9, 0, 7], [10, 0, 0, 1], 63),
        arp_of(1, HOST, 1, 7),
    ];
    let (gateways, subnets) = judge(&asked, &[]);
    let [gateway] = &gateways[..] else {
        panic!("{gateways:?}");
    };
    assert_eq!(gateway.address, Some([10, 0, 0, 254].into()));
    assert_eq!((gateway.behind, gateway.asked), (1, 1));
    let [subnet] = &subnets[..] else {
        panic!("{subnets:?}");
    };
    assert_eq!(subnet.network, IpAddr::from([10, 0, 0, 0]));
    assert_eq!(
        (subnet.prefix_length, subnet.evidence),
        (24, SubnetEvidence::Asked)
    );
    // A host with a second address sends with a TTL of its own.
    let mut host = asked.to_vec();
    host[2][22] = 64;
    assert!(judge(&host, &[]).0.is_empty());
}

#[test]
fn the_mask_of_dhcp_is_the_subnet_and_its_router_the_gateway() {
    let frames = [arp_of(1, HOST, 1, 254), arp_of(2, ROUTER, 254, 1)];
    let lease = Lease {
        packet: 7,
        address: [10, 0, 0, 1].into(),
        prefix_length: Some(20),
        router: Some([10, 0, 0, 254].into()),
    };
    let (gateways, subnets) = judge(&frames, &[lease]);
    assert_eq!(gateways[0].evidence.as_slice(), [GatewayEvidence::Dhcp]);
    assert_eq!(subnets[0].prefix_length, 20);
    assert_eq!(subnets[0].evidence, SubnetEvidence::Dhcp);
    assert_eq!(subnets.len(), 1);
}

#[test]
fn the_address_of_all_hosts_of_a_subnet_shows_how_long_it_is() {
    let all = [0xff; 6];
    let to = |address| datagram([HOST, all], [10, 0, 1, 1], address, 64);
    let (_, subnets) = judge(&[to([10, 0, 1, 255])], &[]);
    assert_eq!(
        (subnets[0].prefix_length, subnets[0].evidence),
        (24, SubnetEvidence::Broadcast)
    );
    // Beyond 255 ones it cannot be as long as that.
    let (_, subnets) = judge(&[to([10, 0, 3, 255])], &[]);
    assert_eq!(subnets[0].prefix_length, 22);
}

#[test]
fn a_router_says_so_itself() {
    let mut message = vec![134, 0, 0, 0, 64, 0, 7, 8];
    message.extend([0; 8]);
    let advertisement = icmpv6(9, 255, &message);
    let (gateways, _) = judge(std::slice::from_ref(&advertisement), &[]);
    assert_eq!(
        gateways[0].evidence.as_slice(),
        [GatewayEvidence::RouterAdvertisement]
    );
    message[6..8].fill(0);
    assert!(judge(&[icmpv6(9, 255, &message)], &[]).0.is_empty());
}
