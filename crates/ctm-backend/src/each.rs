//! Delegation to the back end of an enum.

/// Evaluates an expression with the back end, which is one of the variants.
macro_rules! each {
    ($of:expr, $($variant:ident)|+, $back_end:ident => $answer:expr) => {
        match $of {
            $(Self::$variant($back_end) => $answer,)+
        }
    };
}

pub(crate) use each;
