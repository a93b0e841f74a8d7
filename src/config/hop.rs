//! `[listener.forwarded]`: a hop that ends its consumers' TLS, and how the gateway knows it.

use std::net::IpAddr;

use super::Header;
use crate::text::Table;
use crate::text::words::fingerprint;

/// A hop before the gateway that ends TLS and passes its consumers' certificates on.
///
/// It is known by its address, by its own client certificate, or, where both are configured, by both at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The header in which it does.
    pub header: Header,
    /// The addresses it may have.
    pub from: Vec<Net>,
    /// SHA-256 of the client certificates it may have.
    pub certificates: Vec<[u8; 32]>,
}

/// Addresses with the same beginning, as CIDR writes them (RFC 4632).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Net {
    address: IpAddr,
    /// How many of its bits count.
    bits: u8,
}

impl Hop {
    /// Whether a peer with that address is the hop, as far as addresses say.
    pub fn is_at(&self, peer: IpAddr) -> bool {
        // A listener on `::` sees IPv4 peers as IPv6 ones.
        let peer = peer.to_canonical();
        self.from.is_empty() || self.from.iter().any(|net| net.holds(peer))
    }

    /// Whether a client certificate with that SHA-256 is the hop's, as far as certificates say.
    pub fn holds(&self, certificate: &[u8; 32]) -> bool {
        self.certificates.is_empty() || self.certificates.contains(certificate)
    }
}

impl Net {
    /// Reads `10.0.0.7/32`, `2001:db8::/64`, or an address alone.
    fn parse(written: &str) -> Option<Self> {
        let (address, bits) =
            written.split_once('/').map_or((written, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
        let net = Self { address, bits };
        // All addresses are no address; bits beyond those that count are a slip; a mapped one would never be met.
        let sane = (1..=most).contains(&bits)
            && net.masked(address) == number(address)
            && address.to_canonical() == address;
        sane.then_some(net)
    }

    fn holds(&self, peer: IpAddr) -> bool {
        peer.is_ipv4() == self.address.is_ipv4() && self.masked(peer) == number(self.address)
    }

    fn masked(&self, address: IpAddr) -> u128 {
        let width = if address.is_ipv4() { 32 } else { 128 };
        let hidden = width - u32::from(self.bits).min(width);
        number(address).checked_shr(hidden).and_then(|kept| kept.checked_shl(hidden)).unwrap_or(0)
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(four) => u32::from(four).into(),
        IpAddr::V6(six) => six.into(),
    }
}

const HEADERS: &[(&str, Header)] =
    &[("client-cert", Header::ClientCert), ("xfcc", Header::Xfcc { appended: false })];

/// Reads the table.
pub(super) fn read(table: Table<'_>) -> Option<Hop> {
    let header = table.choice("header", HEADERS);
    let appended = table.flag("appended", false);
    let header = match header {
        Some(Header::ClientCert) if appended => {
            table.fault("appended", "is of xfcc alone", "leave it out; the hop must set Client-Cert anew");
            None
        }
        Some(Header::Xfcc { .. }) => Some(Header::Xfcc { appended }),
        header => header,
    };
    let from =
        all(&table, "from", "is no network", "write 10.0.0.7/32, without bits beyond the /", Net::parse);
    let certificates = all(
        &table,
        "certificates",
        "is no SHA-256 fingerprint",
        "write the 64 hexadecimal digits of the hop's certificate's SHA-256",
        fingerprint,
    );
    if ["from", "certificates"].into_iter().all(|key| !table.has(key) || table.is_empty_list(key)) {
        table.fault(
            "from",
            "is missing, and so is `certificates`",
            "say by which address or certificate the hop is known; nobody else is believed",
        );
    }
    table.close();
    Some(Hop { header: header?, from: from?, certificates: certificates? })
}

/// A list, all of which must be right.
fn all<T>(
    table: &Table<'_>,
    key: &'static str,
    problem: &str,
    remedy: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Option<Vec<T>> {
    if !table.has(key) {
        return Some(Vec::new());
    }
    let written = table.texts(key);
    let meant = written.iter().map(|written| {
        let parsed = parse(&written.value);
        if parsed.is_none() {
            table.note(written.spot.fault(format!("`{}` {problem}", written.value), remedy));
        }
        parsed
    });
    // Every one is looked at, so that every fault is told.
    meant.collect::<Vec<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(nets: &[&str]) -> Hop {
        let from = nets.iter().map(|net| Net::parse(net).unwrap()).collect();
        Hop { header: Header::ClientCert, from, certificates: Vec::new() }
    }

    #[test]
    fn a_hop_is_known_by_its_address_and_by_no_other() {
        let hop = hop(&["10.0.0.7/32", "192.168.8.0/22", "2001:db8::/64", "127.0.0.1"]);
        for at in ["10.0.0.7", "192.168.11.255", "2001:db8::1", "127.0.0.1", "::ffff:10.0.0.7"] {
            assert!(hop.is_at(at.parse().unwrap()), "{at}");
        }
        for at in ["10.0.0.8", "192.168.12.0", "2001:db8:0:1::", "::1", "::10.0.0.7", "::ffff:10.0.0.8"] {
            assert!(!hop.is_at(at.parse().unwrap()), "{at}");
        }
    }

    #[test]
    fn what_is_no_network_or_is_everybody_is_none() {
        for wrong in [
            "",
            "10.0.0.7/33",
            "10.0.0.7/24",
            "0.0.0.0/0",
            "::/0",
            "10.0.0.7/",
            "10.0.0/8",
            "::ffff:10.0.0.7",
            "a",
        ] {
            assert_eq!(Net::parse(wrong), None, "{wrong}");
        }
    }
}
