//! Running the query whose records are counted.

use super::batch::count;
use super::statistics::Statistics;
use crate::read::query::{Match, Query, QueryError};
use crate::read::{Trouble, TroubleKind};

/// So many records are counted by one thread at a time.
const BATCH: usize = 4096;

/// Lines of a batch are no longer altogether, in bytes.
const BYTES: usize = 2 << 20;

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
    in_batches(query, |batch| count(batch), |counted| statistics.append(counted), trouble)?;
    statistics.gaps.missing = missing;
    Ok(statistics)
}

/// Runs a query. Its matches are counted in batches, by as many threads as there are processors and at most 8; the batches are
/// added in their order.
pub(in crate::read) fn in_batches<T: Send>(
    query: Query,
    count: impl Fn(&[Match]) -> T + Sync,
    mut add: impl FnMut(T),
    mut trouble: impl FnMut(Trouble),
) -> Result<(), QueryError> {
    let mut matches = query.run()?;
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get().min(8));
    loop {
        let mut batches = Vec::new();
        while batches.len() < threads {
            let batch = next_batch(&mut matches, &mut trouble);
            if batch.is_empty() {
                break;
            }
            batches.push(batch);
        }
        match &batches[..] {
            [] => return Ok(()),
            [batch] => add(count(batch)),
            _ => std::thread::scope(|scope| {
                let count = &count;
                let counted =
                    batches.iter().map(|batch| scope.spawn(move || count(batch))).collect::<Vec<_>>();
                for (counted, batch) in counted.into_iter().zip(&batches) {
                    // A thread that could not count its records leaves them to this one.
                    add(counted.join().unwrap_or_else(|_| count(batch)));
                }
            }),
        }
    }
}

/// Returns the next matches; none at the end.
fn next_batch(
    matches: &mut impl Iterator<Item = Result<Match, Trouble>>,
    mut trouble: impl FnMut(Trouble),
) -> Vec<Match> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < BATCH && bytes < BYTES {
        match matches.next() {
            Some(Ok(found)) => {
                bytes += found.line().len();
                batch.push(found);
            }
            Some(Err(met)) => trouble(met),
            None => break,
        }
    }
    batch
}
