//! Running the query whose records are counted.

use super::counter::Counter;
use super::statistics::Statistics;
use crate::read::query::{Query, QueryError};
use crate::read::{Trouble, TroubleKind};

/// Counts the records that match a query, and shows what else is met.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let dir = folder.path().join("audit");
/// # drop(tracing_audit::AuditLayer::builder(&dir).open()?);
/// use tracing_audit::read::{Query, stats};
///
/// let counted = stats(Query::new([&dir]), |trouble| eprintln!("{trouble}"))?;
/// for event in counted.events.top(10) {
///     println!("{:8} {}", event.records, event.name);
/// }
/// # assert_eq!((counted.records, counted.events.of("log.opened")), (2, 1));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`QueryError`], as [`Query::run`] returns it.
pub fn stats(query: Query, mut trouble: impl FnMut(Trouble)) -> Result<Statistics, QueryError> {
    let (mut statistics, mut missing) = (Statistics::default(), 0_u64);
    let trouble = |met: Trouble| {
        if let TroubleKind::Missing { from_seq, to_seq } = met.kind {
            missing = missing.saturating_add((to_seq - from_seq.min(to_seq)).saturating_add(1));
        }
        trouble(met);
    };
    query.fold(|_, _: &mut Counter| {}, |_, counter| counter.add_to(&mut statistics), trouble)?;
    statistics.gaps.missing = missing;
    Ok(statistics)
}
