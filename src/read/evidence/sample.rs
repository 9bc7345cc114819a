//! Random samples that anyone can draw again.

use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// Returns which rows of a population are in a random sample: `size` different ones, counted from 0, in their order; all of them if there
/// are no more.
///
/// `population` is the SHA-256 of the population, in hex: it is fixed before the seed is given, so that it can't be chosen to
/// fit the seed, nor the seed to fit the rows. The row of the counter 0, 1 and so on is the first 8 bytes of the SHA-256 of
/// `population`, a newline, the seed, a newline and the counter in decimal, as a big-endian number, modulo the number of rows; numbers from the
/// largest multiple of the number of rows on are passed over, so that each row is as likely, and so are rows that were drawn before.
///
/// ```
/// use tracing_audit::read::evidence::sample_rows;
///
/// let population = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
/// assert_eq!(sample_rows(population, 1000, 3, "auditor 42"), sample_rows(population, 1000, 3, "auditor 42"));
/// assert_eq!(sample_rows(population, 2, 5, "auditor 42"), [0, 1]);
/// ```
#[must_use]
pub fn sample_rows(population: &str, rows: u64, size: u64, seed: &str) -> Vec<u64> {
    if size >= rows {
        return (0..rows).collect();
    }
    let limit = u64::MAX - (u64::MAX % rows + 1) % rows;
    let mut drawn = BTreeSet::new();
    let mut counter = 0_u64;
    while (drawn.len() as u64) < size {
        let hash = Sha256::digest(format!("{population}\n{seed}\n{counter}"));
        let number = hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        if number <= limit {
            drawn.insert(number % rows);
        }
        counter += 1;
    }
    drawn.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the Python on the page for auditors draws.
    #[test]
    fn the_rows_are_those_that_the_recipe_draws() {
        let population = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        assert_eq!(sample_rows(population, 1000, 5, "auditor 42"), ROWS);
        assert_ne!(sample_rows(population, 1000, 5, "auditor 43"), ROWS);
    }

    const ROWS: [u64; 5] = [181, 395, 401, 899, 999];

    #[test]
    fn each_row_is_as_likely() {
        let mut counts = [0_u32; 10];
        for seed in 0..2_000 {
            sample_rows("ab", 10, 3, &seed.to_string()).iter().for_each(|row| counts[*row as usize] += 1);
        }
        // 600 are expected; five standard deviations are 102.
        assert!(counts.iter().all(|count| (498..702).contains(count)), "{counts:?}");
    }
}
