//! A sealed journal with a signer that works, fails or hangs, and that crashes at any step: it is as sound as without
//! one, and once the signer works, each key has its certificate signed.

use super::sealed::{SEALING_AGAIN, SEALING_DAYS, SEALING_THROUGH_POWER_CUTS};
use super::world::World;
use super::*;
use crate::journal::Subscription;
use crate::journal::storage::Directory as _;
use crate::journal::storage::layout::{Folder, certificate_of};
use crate::seal::{Certificate, SignedNote, Signer, VerifierKey};
use crate::sealer::{GivenSigner, SignedWorker};
use std::error::Error;
use std::time::Duration;

/// What a signer does: from one of its calls on, so many do not go well.
#[derive(Clone, Copy, Debug)]
enum Plan {
    Works,
    Fails {
        from: usize,
        count: usize,
    },
    Panics {
        from: usize,
        count: usize,
    },
    /// Longer than its deadline.
    Hangs {
        from: usize,
        count: usize,
    },
}

impl Plan {
    fn of(seed: usize) -> Plan {
        let (from, count) = (seed / 4 % 5, 1 + seed / 20 % 4);
        match seed % 4 {
            0 => Plan::Works,
            1 => Plan::Fails { from, count },
            2 => Plan::Panics { from, count },
            _ => Plan::Hangs { from, count },
        }
    }
}

#[derive(Debug)]
struct Planned {
    plan: Plan,
    calls: usize,
}

fn secret() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[42; 32])
}

fn key() -> VerifierKey {
    VerifierKey::from_bytes("hsm/test", &secret().verifying_key().to_bytes()).unwrap()
}

impl Signer for Planned {
    fn verifier_key(&self) -> VerifierKey {
        key()
    }

    fn deadline(&self) -> Duration {
        Duration::from_millis(10)
    }

    fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], Box<dyn Error + Send + Sync>> {
        let call = self.calls;
        self.calls += 1;
        let is_in = |from: usize, count: usize| (from..from + count).contains(&call);
        match self.plan {
            Plan::Fails { from, count } if is_in(from, count) => return Err("it is not there".into()),
            // Without the panic hook, which would fill the output.
            Plan::Panics { from, count } if is_in(from, count) => {
                std::panic::resume_unwind(Box::new("planned"))
            }
            Plan::Hangs { from, count } if is_in(from, count) => {
                std::thread::sleep(Duration::from_millis(40))
            }
            _ => {}
        }
        Ok(ed25519_dalek::Signer::sign(&secret(), message).to_bytes())
    }
}

/// Returns the signer of one life of a journal.
pub(super) fn signer(seed: usize) -> GivenSigner {
    GivenSigner::of(Planned { plan: Plan::of(seed), calls: 0 })
}

/// Returns one that works.
pub(super) fn good_signer() -> GivenSigner {
    GivenSigner::of(Planned { plan: Plan::Works, calls: 0 })
}

/// Returns the number of the first key whose certificate the signer has not signed.
fn first_unsigned(world: &World, chain: &[VerifierKey]) -> Result<Option<u64>, String> {
    for (number, of) in (1..).zip(chain) {
        let name = if number == 1 { "log.vkey.signed".to_owned() } else { certificate_of(number) };
        let contents = world.read_in(Folder::Seal, &name).map_err(|error| error.to_string())?;
        let Some(contents) = contents else {
            return Ok(Some(number));
        };
        let note = String::from_utf8_lossy(&contents).parse::<SignedNote>();
        let note = note.map_err(|error| format!("{name}: {error}"))?;
        if note.verify([&key()]).is_err() {
            return Ok(Some(number));
        }
        let certificate = note.text().parse::<Certificate>().map_err(|error| format!("{name}: {error}"))?;
        if certificate.epoch != number || certificate.key != *of {
            return Err(format!("{name} is signed and is not that of key {number}"));
        }
    }
    Ok(None)
}

/// Checks that each key has its certificate signed in the end, whatever the signer has done before.
pub(super) fn check_certificates(
    world: &World,
    journal: &Subscription,
    worker: &mut SignedWorker,
) -> Result<(), String> {
    let mut unsigned = None;
    for _ in 0..300 {
        worker.turn(journal);
        unsigned = first_unsigned(world, worker.worker.chain())?;
        if unsigned.is_none() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Err(format!("the certificate of key {unsigned:?} is not signed in the end"))
}

fn stay_signed(acts: &'static [Act]) {
    for setting in [DIRECT, BUFFERED] {
        Tale { setting: Setting { retention_days: 100, has_signer: true, ..setting }, acts }
            .stays_consistent();
    }
}

#[test]
fn a_signer_that_works_fails_or_hangs_takes_nothing_from_a_journal_that_crashes() {
    stay_signed(SEALING_DAYS);
    stay_signed(SEALING_AGAIN);
    stay_signed(SEALING_THROUGH_POWER_CUTS);
}
