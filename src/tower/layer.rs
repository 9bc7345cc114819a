//! [`AuditContextLayer`] and its settings.

use super::hops::ProxyHeader;
use super::network::{Network, TrustedProxyError};
use super::service::AuditContextService;
use super::settings::Settings;
use crate::record::Actor;
use http::request::Parts;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use tower_layer::Layer;

/// A layer that gives each HTTP request its context: see the [module](crate::tower) for what it sets, and
/// an example.
///
/// | setting | default |
/// |---|---|
/// | [`actor`](AuditContextLayer::actor) | the actor is unknown, except for address and user agent |
/// | [`peer`](AuditContextLayer::peer) | the address is unknown |
/// | [`trusted_proxies`](AuditContextLayer::trusted_proxies) | none: the address is the peer's |
/// | [`proxy_header`](AuditContextLayer::proxy_header) | `Forwarded` or `X-Forwarded-For`, whichever is there |
#[derive(Clone, Default)]
#[must_use = "a layer does nothing until it is added to a service"]
pub struct AuditContextLayer {
    settings: Arc<Settings>,
}

impl AuditContextLayer {
    /// Returns a layer that sets the user agent and, where OpenTelemetry has none, the trace.
    pub fn new() -> AuditContextLayer {
        AuditContextLayer::default()
    }

    /// Sets how the actor of a request is found.
    ///
    /// The closure is called once a request, before the inner service. What has to be awaited, such as a
    /// look-up of the session, belongs into a middleware further out, which leaves it in the
    /// request's extensions.
    ///
    /// # Panics
    ///
    /// A panic of the closure ends the request, as one of the inner service does.
    pub fn actor(self, actor: impl Fn(&Parts) -> Actor + Send + Sync + 'static) -> AuditContextLayer {
        self.with(|settings| settings.actor = Some(Arc::new(actor)))
    }

    /// Sets how the address of the connection's other end is found.
    ///
    /// Where requests come from a proxy on the same machine by a Unix socket, return a loopback
    /// address and trust it.
    ///
    /// # Panics
    ///
    /// A panic of the closure ends the request, as one of the inner service does.
    pub fn peer(self, peer: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> AuditContextLayer {
        self.with(|settings| settings.peer = Some(Arc::new(peer)))
    }

    /// Adds proxies whose `Forwarded` and `X-Forwarded-For` are believed: addresses
    /// ([`IpAddr`], or text) and networks such as `10.0.0.0/8`.
    ///
    /// An IPv4-mapped IPv6 address counts as IPv4, in the networks and in the requests. So `::/0` has
    /// no IPv4 address in it.
    ///
    /// # Errors
    ///
    /// If one of them is neither an address nor a network, or a network's address has bits set
    /// behind its prefix. Then none is added.
    pub fn trusted_proxies(
        self,
        proxies: impl IntoIterator<Item = impl fmt::Display>,
    ) -> Result<AuditContextLayer, TrustedProxyError> {
        let networks = proxies.into_iter().map(|proxy| Network::parse(&proxy.to_string()));
        let networks = networks.collect::<Result<Vec<_>, _>>()?;
        Ok(self.with(|settings| settings.proxies.extend(networks)))
    }

    /// Sets the one header that the trusted proxies write; the other one is ignored.
    pub fn proxy_header(self, header: ProxyHeader) -> AuditContextLayer {
        self.with(|settings| settings.header = Some(header))
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> AuditContextLayer {
        change(Arc::make_mut(&mut self.settings));
        self
    }
}

impl<S> Layer<S> for AuditContextLayer {
    type Service = AuditContextService<S>;

    fn layer(&self, inner: S) -> AuditContextService<S> {
        AuditContextService::new(inner, Arc::clone(&self.settings))
    }
}

impl fmt::Debug for AuditContextLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditContextLayer").field("settings", &self.settings).finish()
    }
}
