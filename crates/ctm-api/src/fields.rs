//! The fields of a request body; all invalid ones are reported at once.

use crate::problem::{FieldError, Problem};
use ctm_personal::FieldFault;
use serde_json::{Map, Value};

/// The fields of an object, with their problems.
pub(crate) struct Fields<'a> {
    object: &'a Map<String, Value>,
    errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    /// Takes the fields of an object; those that are not `known` are problems.
    pub(crate) fn new(object: &'a Map<String, Value>, known: &[&str]) -> Self {
        let mut fields = Self { object, errors: Vec::new() };
        for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
            let message = format!("unknown field `{name}`; known: {}", known.join(", "));
            fields.refuse(name, "unknown_parameter", message);
        }
        fields
    }

    /// Returns a field that is required.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, FieldFault>,
    ) -> Option<T> {
        match self.object.get(name) {
            None => self.refuse(name, "missing", format!("`{name}` is missing")),
            Some(Value::Null) => self.refuse(name, "invalid", format!("`{name}` must be a string")),
            Some(_) => {}
        }
        self.optional(name, read)
    }

    /// Returns a field that may be absent or null.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, FieldFault>,
    ) -> Option<T> {
        let value = self.object.get(name).filter(|value| !value.is_null())?;
        let Some(text) = value.as_str() else {
            self.refuse(name, "invalid", format!("`{name}` must be a string"));
            return None;
        };
        match read(text) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.refuse(fault.field, "invalid", fault.message);
                None
            }
        }
    }

    /// Returns a number that may be absent or null, read from its exact text.
    pub(crate) fn number<T>(
        &mut self,
        name: &'static str,
        what: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.object.get(name).filter(|value| !value.is_null())?;
        let number = value.as_number().and_then(|number| read(&number.to_string()));
        if number.is_none() {
            self.refuse(name, "invalid", format!("`{name}` must be {what}"));
        }
        number
    }

    /// Returns the problems, if any.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::BadRequest(self.errors)) }
    }

    fn refuse(&mut self, field: &str, code: &'static str, message: String) {
        self.errors.push(FieldError { field: field.to_owned(), code, message });
    }
}

/// Returns the text, unless it has a fault.
pub(crate) fn checked(text: &str, fault: Option<FieldFault>) -> Result<String, FieldFault> {
    fault.map_or_else(|| Ok(text.to_owned()), Err)
}
