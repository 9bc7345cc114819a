//! The builder's settings of seals.

use super::builder::AuditLayerBuilder;
use std::path::PathBuf;
use std::time::Duration;

impl AuditLayerBuilder {
    /// Sets that records are not sealed, which `log.opened` says among the settings. Default: they are, with
    /// the crate's feature `seal`, which is one of its defaults ([`AuditConfig::seal`](crate::AuditConfig::seal)).
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// let builder = tracing_audit::AuditLayer::builder(dir.path().join("audit")).unsealed();
    /// assert!(!builder.config().seal);
    /// let (layer, guard) = builder.open()?;
    /// # drop((layer, guard));
    /// # Ok(())
    /// # }
    /// ```
    pub fn unsealed(mut self) -> AuditLayerBuilder {
        self.config.seal = false;
        self
    }

    /// Sets the file of the private key that signs the seals. Best it is outside the directory, where a copy
    /// of the log does not contain it; the next key and the guard are beside it, as `PATH.next` and
    /// `PATH.guard`. Needs the feature `seal`. Default: `.state/seal.key`.
    pub fn seal_key(mut self, path: impl Into<PathBuf>) -> AuditLayerBuilder {
        self.config.seal_key = Some(path.into());
        self
    }

    /// Sets a key outside of the log that signs as well, in a TPM, an HSM, a KMS or another process: see
    /// [`Signer`](crate::seal::Signer). Its public key is in `log.opened`, among the settings, and in
    /// `seal/signer.vkey`. It signs the certificate of the log's present key, and of those that follow. No effect in an
    /// [`unsealed`](AuditLayerBuilder::unsealed) or disabled log. Needs the feature `seal`. Default: none.
    ///
    /// [`open`](AuditLayerBuilder::open) fails with [`OpenError::Setting`](crate::OpenError::Setting) if the name of
    /// the signer's key has more than 200 bytes.
    ///
    /// # Panics
    ///
    /// If [`verifier_key`](crate::seal::Signer::verifier_key) or [`deadline`](crate::seal::Signer::deadline) panics:
    /// both are called here.
    #[cfg(feature = "seal")]
    pub fn signer(mut self, signer: impl crate::seal::Signer) -> AuditLayerBuilder {
        self.signer = crate::sealer::GivenSigner::of(signer);
        self
    }

    /// Sets the name under which the log signs, from 1 to 200 letters, digits, `.`, `_`, `/` and `-`. Needs the
    /// feature `seal`. Default: the host, the application and the begin of the journal's id
    /// ([`AuditConfig::origin`](crate::AuditConfig::origin)).
    pub fn origin(mut self, name: impl Into<String>) -> AuditLayerBuilder {
        self.config.origin = Some(name.into());
        self
    }

    /// Sets how long nothing is recorded before a `log.heartbeat` is, and how often from then on. Default: 1
    /// hour. 0: never.
    pub fn heartbeat_interval(mut self, interval: Duration) -> AuditLayerBuilder {
        self.config.heartbeat_interval = interval;
        self
    }

    /// Sets how often a `log.checkpoint` is recorded, and so copied by the mirrors, while events come. Default:
    /// 5 minutes. 0: only when a day file ends, and at shutdown.
    pub fn checkpoint_interval(mut self, interval: Duration) -> AuditLayerBuilder {
        self.config.checkpoint_interval = interval;
        self
    }

    /// Sets how often the log verifies its own day files, at a low priority: those that were sealed since the last
    /// time, and a 30th of the older ones in turn. `log.verified` is the result. Default: 1 day. 0: never.
    pub fn verify_interval(mut self, interval: Duration) -> AuditLayerBuilder {
        self.config.verify_interval = interval;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::OpenError;
    use crate::error::ReconfigureError;
    use crate::read::Reader;
    use crate::{AuditConfig, AuditLayer};

    #[cfg_attr(not(feature = "seal"), ignore = "there are no seals")]
    #[test]
    fn an_origin_or_a_key_that_can_be_none_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let builder = || AuditLayer::builder(folder.path().join("audit"));
        for origin in ["", "a b", "a\nb", "é", &"x".repeat(201), &"x".repeat(1 << 20)] {
            let error = builder().origin(origin).open().unwrap_err();
            assert!(matches!(error, OpenError::Setting { setting: "origin", .. }), "{error}");
            assert!(error.to_string().len() < 400, "{error}");
        }
        for path in ["", "~/seal.key", "/", "keys/.."] {
            let error = builder().seal_key(path).open().unwrap_err();
            assert!(matches!(error, OpenError::Setting { setting: "seal_key", .. }), "{error}");
        }
        assert!(!folder.path().join("audit").exists(), "nothing was opened");
        drop(builder().origin("host7/app").open().unwrap());
    }

    #[cfg_attr(feature = "seal", ignore = "they are there")]
    #[test]
    fn settings_of_seals_name_the_feature_that_they_need() {
        let folder = tempfile::tempdir().unwrap();
        let builder = || AuditLayer::builder(folder.path().join("audit"));
        for (builder, setting) in [(builder().origin("a"), "origin"), (builder().seal_key("a"), "seal_key")] {
            let error = builder.open().unwrap_err();
            assert!(matches!(&error, OpenError::NotCompiledIn { setting: named, .. } if *named == setting));
            assert!(error.to_string().contains("feature `seal`"), "{error}");
        }
        drop(builder().unsealed().open().unwrap());
    }

    #[test]
    fn intervals_change_while_the_log_is_open_and_the_rest_with_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("audit");
        let (_layer, guard) = AuditLayer::builder(&dir).open().unwrap();
        let config = AuditConfig::new(&dir);
        let changed = AuditConfig {
            heartbeat_interval: Duration::ZERO,
            checkpoint_interval: Duration::from_secs(60),
            verify_interval: Duration::from_secs(7 * 24 * 3600),
            ..config.clone()
        };
        guard.handle().reconfigure(&changed).unwrap();
        guard.handle().reconfigure(&changed).unwrap();
        let fixed = [
            ("seal", AuditConfig { seal: false, ..config.clone() }),
            ("seal_key", AuditConfig { seal_key: Some("seal.key".into()), ..config.clone() }),
            ("origin", AuditConfig { origin: Some("a".to_owned()), ..config }),
        ];
        for (setting, other) in fixed.into_iter().filter(|_| cfg!(feature = "seal")) {
            let error = guard.handle().reconfigure(&other).unwrap_err();
            assert!(
                matches!(&error, ReconfigureError::Fixed { setting: named } if *named == setting),
                "{error}"
            );
        }
        drop(guard);
        let records = Reader::open(&dir).unwrap().records().collect::<Result<Vec<_>, _>>().unwrap();
        let changes =
            records.iter().filter(|record| record.event == "log.config_changed").collect::<Vec<_>>();
        assert_eq!(changes.len(), 1);
        for (setting, before, after) in [
            ("heartbeat_interval", "1h", "0s"),
            ("checkpoint_interval", "5m", "1m"),
            ("verify_interval", "1day", "7days"),
        ] {
            let change = changes[0].resource[setting].as_object().unwrap();
            assert_eq!((&change["before"], &change["after"]), (&before.into(), &after.into()), "{setting}");
        }
    }
}
