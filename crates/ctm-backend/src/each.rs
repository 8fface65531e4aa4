//! Delegation to the back end of an enum.

/// Evaluates an expression with the back end, whichever it is.
macro_rules! each {
    ($of:expr, $back_end:ident => $answer:expr) => {
        match $of {
            Self::Sqlite($back_end) => $answer,
            Self::Memory($back_end) => $answer,
        }
    };
}

pub(crate) use each;
