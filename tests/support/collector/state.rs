//! The records of a collector, and the check that they are complete, in order, and identical each
//! time.

use super::{Arrival, Request};
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;
use std::collections::{BTreeSet, HashMap};
use std::net::TcpStream;

/// The state of a collector.
#[derive(Debug, Default)]
pub struct State {
    /// The stored records, each once, in the order of their first arrival.
    pub arrivals: Vec<Arrival>,
    /// The number of repeats.
    pub repeats: u64,
    /// All requests for `/v1/logs`, without their bodies.
    pub requests: Vec<Request>,
    /// The faults of the sender: requests that are not OTLP, records without a number, repeats that
    /// differ from the first arrival.
    pub faults: Vec<String>,
    /// Records that do not come from an audit log, stored or not.
    pub others: Vec<LogRecord>,
    /// The resource of the last request.
    pub resource: Option<Resource>,
    pub scope: Option<InstrumentationScope>,
    by_uid: HashMap<String, usize>,
    pub(super) is_stopping: bool,
    /// The open connections, which are closed when the collector stops.
    pub(super) connections: HashMap<u64, TcpStream>,
}

impl State {
    pub(super) fn store(&mut self, records: &[Arrival]) {
        for record in records {
            match self.by_uid.get(&record.uid) {
                None => {
                    self.by_uid.insert(record.uid.clone(), self.arrivals.len());
                    self.arrivals.push(record.clone());
                }
                Some(&at) => {
                    self.repeats += 1;
                    if self.arrivals[at] != *record {
                        self.faults.push(format!("{} came again, and was another", record.uid));
                    }
                }
            }
        }
    }

    /// Checks that exactly these records of one journal have arrived, each after those with smaller
    /// numbers, and that there were no faults.
    pub fn check_complete(&self, expected: impl IntoIterator<Item = u64>) -> Result<(), String> {
        if let Some(fault) = self.faults.first() {
            return Err(format!("{} faults, the first: {fault}", self.faults.len()));
        }
        if let Some(other) = self.others.first() {
            return Err(format!("{} records without a uid, the first: {other:?}", self.others.len()));
        }
        if let Some(two) = self.arrivals.windows(2).find(|two| two[0].seq >= two[1].seq) {
            return Err(format!("{} came after {}", two[1].uid, two[0].uid));
        }
        let journal = |arrival: &Arrival| {
            let (uid, hash) = arrival.uid.rsplit_once('-')?;
            let is_hash = hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            let journal = uid.strip_suffix(&format!("-{}", arrival.seq)).filter(|_| is_hash)?;
            Some(journal.to_owned())
        };
        if let Some(other) = self.arrivals.iter().find(|arrival| journal(arrival).is_none()) {
            return Err(format!("{} is not a uid", other.uid));
        }
        if let Some(other) =
            self.arrivals.iter().find(|arrival| journal(arrival) != journal(&self.arrivals[0]))
        {
            return Err(format!("{} beside {}", other.uid, self.arrivals[0].uid));
        }
        let expected = expected.into_iter().collect::<BTreeSet<_>>();
        let arrived = self.arrivals.iter().map(|arrival| arrival.seq).collect::<BTreeSet<_>>();
        let some = |seqs: Vec<&u64>| {
            format!("{} of {}: {:?}", seqs.len(), expected.len(), &seqs[..seqs.len().min(20)])
        };
        let missing = expected.difference(&arrived).collect::<Vec<_>>();
        if !missing.is_empty() {
            return Err(format!("missing are {}", some(missing)));
        }
        let surplus = arrived.difference(&expected).collect::<Vec<_>>();
        if !surplus.is_empty() {
            return Err(format!("unexpected are {}", some(surplus)));
        }
        Ok(())
    }
}
