//! What a layer is set to; its services share it.

use super::hops::ProxyHeader;
use super::network::Network;
use crate::record::Actor;
use http::request::Parts;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// Finds something out about a request.
type Ask<T> = Arc<dyn Fn(&Parts) -> T + Send + Sync>;

#[derive(Clone, Default)]
pub(super) struct Settings {
    pub(super) actor: Option<Ask<Actor>>,
    pub(super) peer: Option<Ask<Option<IpAddr>>>,
    pub(super) proxies: Vec<Network>,
    /// `None`: whichever is there.
    pub(super) header: Option<ProxyHeader>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("actor", &self.actor.is_some())
            .field("peer", &self.peer.is_some())
            .field("proxies", &self.proxies)
            .field("header", &self.header)
            .finish()
    }
}
