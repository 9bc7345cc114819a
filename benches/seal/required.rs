//! What sealing is held to.

/// A bound of a figure.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound {
    AtMost(f64),
    AtLeast(f64),
    /// It depends on the machine.
    None,
}

/// Events a second flat out, sealed to unsealed.
pub(crate) const THROUGHPUT: Bound = Bound::AtLeast(0.85);

/// The sealer's time, to that of its hashes alone.
pub(crate) const SEALER: Bound = Bound::AtMost(1.5);

/// The median of the paced rounds, to the slowest round that was not sealed.
pub(crate) const PACED: Bound = Bound::AtMost(1.0);

/// In seconds. Where callers flat out leave no core idle, the sealer can't have more than the part of the throughput that
/// it may cost, and that is less than it needs: on two cores, the backlog takes about half as long as it took to arise.
pub(crate) fn behind() -> Bound {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores >= 4 { Bound::AtMost(10.0) } else { Bound::None }
}

/// In milliseconds.
pub(crate) const REOPENING: Bound = Bound::AtMost(50.0);

pub(crate) const SEAL_BYTES: Bound = Bound::AtMost(4096.0);

impl Bound {
    pub(crate) fn text(self) -> String {
        match self {
            Bound::AtMost(most) => format!("at most {most}"),
            Bound::AtLeast(least) => format!("at least {least}"),
            Bound::None => String::new(),
        }
    }

    pub(crate) fn is_kept(self, figure: f64) -> bool {
        match self {
            Bound::AtMost(most) => figure <= most,
            Bound::AtLeast(least) => figure >= least,
            Bound::None => true,
        }
    }
}
