//! Texts that a person writes.

use crate::error::FieldFault;

/// Returns what is wrong with a text of one line of at most `most` characters.
pub(crate) fn text_fault(field: &'static str, text: &str, most: usize) -> Option<FieldFault> {
    let fault = |message| Some(FieldFault { field, message });
    if text.trim().is_empty() {
        return fault(format!("`{field}` is empty; allowed: 1 to {most} characters"));
    }
    if text.chars().any(char::is_control) {
        return fault(format!("`{field}` has line breaks or other control characters; allowed: one line"));
    }
    let length = text.chars().count();
    (length > most).then(|| FieldFault {
        field,
        message: format!("`{field}` has {length} characters; allowed: 1 to {most}"),
    })
}
