//! When the output is colored.

use anstream::ColorChoice;

/// When to color the output. `auto` does on a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum ColorWhen {
    Auto,
    Always,
    Never,
}

impl ColorWhen {
    /// Sets it for the output of this process.
    pub(crate) fn apply(self) {
        let choice = match self {
            ColorWhen::Auto => ColorChoice::Auto,
            ColorWhen::Always => ColorChoice::Always,
            ColorWhen::Never => ColorChoice::Never,
        };
        choice.write_global();
    }
}
