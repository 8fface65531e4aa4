//! Documentation as resources.

use rmcp::model::{Resource, ResourceContents};

const MEDIA_TYPE: &str = "text/markdown";

/// A document.
struct Document {
    uri: &'static str,
    name: &'static str,
    about: &'static str,
    text: &'static str,
}

static DOCUMENTS: [Document; 3] = [
    Document {
        uri: "ctm://docs/glossary",
        name: "glossary",
        about: "What each word and figure means.",
        text: include_str!("../../../docs/glossary.md"),
    },
    Document {
        uri: "ctm://docs/insight",
        name: "insight",
        about: "How causes, limits, drivers and the value of plans are computed.",
        text: include_str!("../../../docs/insight.md"),
    },
    Document {
        uri: "ctm://docs/data",
        name: "data",
        about: "What Claude Code logs, and how each response is counted once.",
        text: include_str!("../../../docs/data.md"),
    },
];

/// Returns all documents.
pub(crate) fn all() -> Vec<Resource> {
    let listed = |of: &Document| {
        let size = of.text.len() as u64;
        Resource::new(of.uri, of.name).with_description(of.about).with_mime_type(MEDIA_TYPE).with_size(size)
    };
    DOCUMENTS.iter().map(listed).collect()
}

/// Returns the text of a document.
pub(crate) fn read(uri: &str) -> Option<ResourceContents> {
    let found = DOCUMENTS.iter().find(|document| document.uri == uri)?;
    Some(ResourceContents::text(found.text, found.uri).with_mime_type(MEDIA_TYPE))
}
