//! Pure folds from usage sums to calendar reports in any time zone.
