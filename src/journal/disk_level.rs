//! How full the disk of a log is.

/// How full the disk of a log is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[non_exhaustive]
pub enum DiskLevel {
    /// At least [`disk_low_bytes`](crate::AuditConfig::disk_low_bytes) are free, or the free space is
    /// not known.
    #[default]
    Fine,
    /// Fewer bytes than that are free.
    Low,
    /// Fewer than [`disk_critical_bytes`](crate::AuditConfig::disk_critical_bytes) are free.
    Critical,
    /// A line could not be written, for lack of space or of quota.
    Full,
}

impl DiskLevel {
    /// Returns the level's name in `log.disk_low`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            DiskLevel::Fine => "fine",
            DiskLevel::Low => "low",
            DiskLevel::Critical => "critical",
            DiskLevel::Full => "full",
        }
    }

    pub(super) fn of_number(number: u8) -> DiskLevel {
        [DiskLevel::Fine, DiskLevel::Low, DiskLevel::Critical]
            .into_iter()
            .find(|level| *level as u8 == number)
            .unwrap_or(DiskLevel::Full)
    }

    /// Returns the level with so many bytes free. It gets better only when a quarter more is free than
    /// its limit.
    pub(super) fn with(free: u64, low: u64, critical: u64, before: DiskLevel) -> DiskLevel {
        let is_below = |limit: u64, level| {
            let limit = if before >= level { limit.saturating_add(limit / 4) } else { limit };
            free < limit
        };
        if before == DiskLevel::Full && free < RESERVE {
            DiskLevel::Full
        } else if is_below(critical, DiskLevel::Critical) {
            DiskLevel::Critical
        } else if is_below(low, DiskLevel::Low) {
            DiskLevel::Low
        } else {
            DiskLevel::Fine
        }
    }
}

/// The size of the reserve, in bytes: enough for some hundred records.
pub(super) const RESERVE: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::DiskLevel;
    use super::DiskLevel::{Critical, Fine, Full, Low};

    #[test]
    fn a_disk_gets_better_when_there_is_a_quarter_more() {
        let with = |mib: u64, before| DiskLevel::with(mib << 20, 512 << 20, 64 << 20, before);
        for (mib, before, after) in [
            (512, Fine, Fine),
            (511, Fine, Low),
            (639, Low, Low),
            (640, Low, Fine),
            (63, Fine, Critical),
            (63, Low, Critical),
            (64, Low, Low),
            (79, Critical, Critical),
            (80, Critical, Low),
            (639, Critical, Low),
            (640, Critical, Fine),
            (0, Critical, Critical),
            (0, Full, Full),
            (1, Full, Critical),
            (640, Full, Fine),
        ] {
            assert_eq!(with(mib, before), after, "{mib} MiB, {before:?}");
        }
        // Without limits nothing is low.
        assert_eq!(DiskLevel::with(0, 0, 0, Fine), Fine);
        for level in [Fine, Low, Critical, Full] {
            assert_eq!(DiskLevel::of_number(level as u8), level);
        }
    }
}
