//! Problems of requests about personal records.

use crate::problem::{FieldError, Problem};
use ctm_personal::PersonalError;

impl From<PersonalError> for Problem {
    fn from(error: PersonalError) -> Self {
        match error {
            PersonalError::Invalid { faults, .. } => {
                let errors = faults.into_iter().map(|fault| FieldError {
                    field: fault.field.to_owned(),
                    code: "invalid",
                    message: fault.message,
                });
                Self::BadRequest(errors.collect())
            }
            PersonalError::Unknown { .. } => Self::Unknown(error.to_string()),
            PersonalError::TooMany { .. } => Self::Other(409, error.to_string()),
            PersonalError::Storage(error) => Self::Unavailable(error),
        }
    }
}
