//! The figures as text.

use crate::required::Bound;

/// Prints figures, and knows whether all have kept their bounds.
#[derive(Default)]
pub(crate) struct Table {
    missed: usize,
}

impl Table {
    /// Prints a figure of a sealed log beside that of another one.
    pub(crate) fn compared(&self, name: &str, sealed: f64, unsealed: f64) {
        println!("{name:<44} {sealed:>12.1} {unsealed:>12.1}  {:.2}", sealed / unsealed);
    }

    /// Prints a figure with its bound.
    pub(crate) fn judge(&mut self, name: &str, figure: f64, bound: Bound) {
        let is_kept = bound.is_kept(figure);
        self.missed += usize::from(!is_kept);
        let verdict = if is_kept { "" } else { "  NOT KEPT" };
        let line = format!("{name:<44} {figure:>12.2} {:>12}  {}{verdict}", "", bound.text());
        println!("{}", line.trim_end());
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.missed == 0
    }
}

/// Returns the median; NaN without figures.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
