//! JSON Schemas of rows, from their types and the documentation of these.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform as _};
use schemars::{JsonSchema, Schema};

/// The schema of a row as it is written: what is null when absent is still always there.
pub(crate) fn schema_of<T: JsonSchema>(id: &str, title: &str) -> Schema {
    let mut schema =
        SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
    schema.insert("$id".into(), id.into());
    schema.insert("title".into(), title.into());
    RecursiveTransform(for_every_language).transform(&mut schema);
    schema
}

/// Leaves out of a description the paragraphs for users of the library: examples, and those that link to its
/// items.
fn for_every_language(schema: &mut Schema) {
    let Some(text) = schema.get("description").and_then(|text| text.as_str()) else { return };
    let (before_code, _) = text.split_once("\n\n```").unwrap_or((text, ""));
    let kept: Vec<_> = before_code.split("\n\n").filter(|it| !it.contains("[`")).collect();
    let kept = kept.join("\n\n");
    schema.insert("description".into(), kept.into());
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// A thing.
    ///
    /// It is null where there is none.
    ///
    /// [`Thing`] is of this library.
    ///
    /// ```
    /// let thing = "Thing";
    /// ```
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is read")]
    struct Thing {
        /// The inside.
        ///
        /// [`Thing::inside`] has it.
        inside: u8,
    }

    #[test]
    fn descriptions_have_no_code_and_no_links() {
        let schema = schema_of::<Thing>("thing", "a thing");
        let description = |value: &Value| value["description"].as_str().map(str::to_owned);
        let root = schema.as_value();
        assert_eq!(description(root).unwrap(), "A thing.\n\nIt is null where there is none.");
        assert_eq!(description(&root["properties"]["inside"]).unwrap(), "The inside.");
    }
}
