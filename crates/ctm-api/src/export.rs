//! The request body of an export for the OpenAPI document. [`crate::params`] parses it.

use crate::parameter::{Form, ParameterLocation};
use crate::parameters::{EXPORT_FILTER, EXPORTED, FIELDS, FILTER};
use utoipa::openapi::schema::{Object, ObjectBuilder, OneOfBuilder, RefBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
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
