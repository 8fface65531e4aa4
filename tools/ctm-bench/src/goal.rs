//! Targets of figures.

/// A figure with its target.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) what: String,
    pub(crate) measured: f64,
    pub(crate) unit: &'static str,
    pub(crate) bound: Bound,
}

/// Bound of a figure.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    Below(f64),
    AtLeast(f64),
}

impl Target {
    /// Returns whether the figure meets its target.
    pub(crate) fn is_met(&self) -> bool {
        match self.bound {
            Bound::Below(bound) => self.measured < bound,
            Bound::AtLeast(bound) => self.measured >= bound,
        }
    }

    /// Returns the cells of a table: figure, measured value, target, and whether it is met.
    pub(crate) fn row(&self) -> Vec<String> {
        let Self { what, measured, unit, bound } = self;
        let bound = match bound {
            Bound::Below(bound) => format!("< {bound} {unit}"),
            Bound::AtLeast(bound) => format!(">= {bound} {unit}"),
        };
        let met = if self.is_met() { "yes" } else { "**no**" };
        vec![what.clone(), format!("{} {unit}", short(*measured)), bound, met.to_owned()]
    }
}

/// Formats a figure with two or three significant decimals.
fn short(figure: f64) -> String {
    if figure < 10.0 { format!("{figure:.2}") } else { format!("{figure:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_limits() {
        for (bound, expected) in [
            (Bound::Below(2.0), "x|2.00 s|< 2 s|**no**"),
            (Bound::Below(2.5), "x|2.00 s|< 2.5 s|yes"),
            (Bound::AtLeast(2.0), "x|2.00 s|>= 2 s|yes"),
            (Bound::AtLeast(20.0), "x|2.00 s|>= 20 s|**no**"),
        ] {
            let target = Target { what: "x".to_owned(), measured: 2.0, unit: "s", bound };
            assert_eq!(target.row().join("|"), expected);
        }
        assert_eq!(short(12.34), "12.3");
    }
}
