//! The request body of an export, and its rows, for the OpenAPI document. [`crate::params`] parses the body.

use crate::parameter::{Form, ParameterLocation};
use crate::parameters::{EXPORT_FILTER, EXPORTED, FIELDS, FILTER};
use ctm_report::export::{Dataset, row_schema};
use utoipa::openapi::schema::{
    AnyOfBuilder, Array, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, RefBuilder, Type,
};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The data set to export, and its format.
pub(crate) struct ExportRequest;

/// Filter of the exported usage, as in every report.
struct ExportFilter;

impl PartialSchema for ExportRequest {
    fn schema() -> RefOr<Schema> {
        let mut schema = ObjectBuilder::new().description(Some("The data set to export, and its format."));
        for parameter in EXPORTED {
            let is_optional = parameter.name() == FIELDS.name && parameter.form() == Form::List;
            let place = if is_optional { ParameterLocation::Optional } else { ParameterLocation::Required };
            schema = schema.property(parameter.name(), parameter.schema(place));
            if !is_optional {
                schema = schema.required(parameter.name());
            }
        }
        let filter = RefBuilder::new()
            .ref_location_from_schema_name(ExportFilter::name())
            .description(Some("Filter of the usage; defaults to everything."));
        let filter = OneOfBuilder::new().item(filter.build()).item(Object::with_type(Type::Null));
        schema.property("filter", filter).build().into()
    }
}

impl ToSchema for ExportRequest {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((ExportFilter::name().into_owned(), ExportFilter::schema()));
    }
}

impl PartialSchema for ExportFilter {
    fn schema() -> RefOr<Schema> {
        let text = "Filter of the exported usage, as in every report.";
        let schema = ObjectBuilder::new().description(Some(text));
        let properties = FILTER.iter().chain(&EXPORT_FILTER).fold(schema, |schema, parameter| {
            schema.property(parameter.name(), parameter.schema(ParameterLocation::Optional))
        });
        properties.build().into()
    }
}

impl ToSchema for ExportFilter {}

/// Returns a list of rows of any data set.
pub(crate) fn rows() -> Array {
    let row = |rows: AnyOfBuilder, dataset| rows.item(Ref::from_schema_name(row_name(dataset)));
    ArrayBuilder::new().items(Dataset::ALL.into_iter().fold(AnyOfBuilder::new(), row)).build()
}

/// Returns the rows of each data set by name.
pub(crate) fn row_schemas() -> impl Iterator<Item = (String, RefOr<Schema>)> {
    Dataset::ALL.into_iter().map(|dataset| (row_name(dataset), row_schema(dataset).into()))
}

/// Returns the name of the rows of a data set, such as `DailyModelsRow`.
fn row_name(dataset: Dataset) -> String {
    let capitalised = |word: &str| word[..1].to_uppercase() + &word[1..];
    dataset.name().split('-').map(capitalised).collect::<String>() + "Row"
}
