//! The OpenAPI document. The web page at `/api/docs` shows it and sends requests.
//!
//! The document is generated from the table of operations and the types of bodies. The test client checks
//! every response of every test against it.

use crate::export::{row_schemas, rows};
use crate::operations::{ALL, Body, Operation, ResponseBody, Variable};
use crate::problem::{FieldError, ProblemBody};
use ctm_config::base_path::BasePath;
use ctm_report::wire;
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn, Paths};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{Components, ComponentsBuilder, Object, ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Content, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required, ResponseBuilder,
    Schema, Server,
};

const DESCRIPTION: &str = "Exact token usage and cost of Claude Code, from its transcripts. Counts are whole numbers, rates go \
     from 0 to 1, times are in UTC, days are in the requested zone. Amounts are estimates at API list prices, not the bill of a subscription; unknown costs are null, never 0.";

const LICENSE: &str = "MIT OR Apache-2.0";

const TAGS: &[(&str, &str)] = &[
    ("Statistics", "Totals of usage. All of them agree to the last digit."),
    ("Sessions", "Sessions and their responses, and how a response was counted."),
    ("Limits", "Five-hour windows."),
    ("Projects", "Projects, their folders, and the rules that assign them."),
    ("Budgets", "How much may be used within a period, and the level on any day."),
    ("Alerts", "What a person wants to be alerted to, and the alerts."),
    ("Targets", "Budgets that charts show: of all usage in a window, a day, a week and a month."),
    ("Personal", "Records of a person: notes about days, with the markers beside them, and saved views."),
    ("Machines", "Other machines, whose usage is imported from files."),
    ("Team", "The machines of a hub, for the person who has it."),
    ("Push", "What machines push to a hub, each with a token of its own."),
    ("Links", "Read-only links: access for others, with a scope and an end."),
    ("SQL", "Statements of SQL over views of the facts, and saved queries."),
    ("Seals", "Sealed months, and what changed of them since."),
    ("Backups", "Backups of the database, and their restore."),
    ("Server", "Health, metrics and settings of the server."),
];

/// Problems that every operation can return.
const PROBLEMS: [(&str, &str); 2] = [
    ("400", "Invalid parameters; all of them are listed."),
    (
        "default",
        "Another problem: missing token, rate limit exceeded, or a database that cannot be read at present.",
    ),
];

/// Fields that are omitted if they are empty; all others are always sent, as null if necessary.
const SOMETIMES: [(&str, &str); 15] = [
    ("Day", "imported"),
    ("Day", "models"),
    ("Day", "stats_cache"),
    ("Model", "previous"),
    ("ModelStats", "previous"),
    ("Problem", "acked"),
    ("Problem", "code"),
    ("Problem", "errors"),
    ("Problem", "toml"),
    ("Project", "previous"),
    ("ProjectStats", "previous"),
    ("Session", "previous"),
    ("Sessions", "previous"),
    ("ToolStats", "previous"),
    ("ToolUsage", "previous_calls"),
];

/// Request bodies, whose schemas define the required fields.
const REQUESTS: &[&str] = &[
    "ExportFilter",
    "ExportRequest",
    "NewAlertRule",
    "NewBudget",
    "NewLink",
    "NewNote",
    "NewView",
    "NoteChange",
    "ProjectRulesChange",
    "TargetsChange",
    "ViewChange",
];

/// Returns the OpenAPI document as JSON.
#[must_use]
pub fn document() -> String {
    document_at(&BasePath::default())
}

/// Returns the document of a server with a base path.
#[expect(clippy::missing_panics_doc, reason = "it cannot panic, see `expect`")]
#[must_use]
pub fn document_at(base: &BasePath) -> String {
    let mut document = described();
    if !base.as_str().is_empty() {
        document.servers = Some(vec![Server::new(base.as_str())]);
    }
    let document = document.to_pretty_json();
    document.expect("texts, numbers and lists are always JSON")
}

fn described() -> OpenApi {
    let license = LicenseBuilder::new().name(LICENSE).identifier(Some(LICENSE)).build();
    let info = InfoBuilder::new()
        .title("Claude Token Monitor")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(license));
    let mut paths = Paths::new();
    for operation in ALL {
        paths.add_path_operation(operation.path, vec![operation.method.clone()], documented(operation));
    }
    let tags = TAGS.iter().map(|(name, text)| TagBuilder::new().name(*name).description(Some(*text)).build());
    let anybody_or_token =
        [SecurityRequirement::default(), SecurityRequirement::new("token", Vec::<String>::new())];
    OpenApiBuilder::new()
        .info(info)
        .paths(paths)
        .components(Some(components()))
        .security(Some(anybody_or_token))
        .tags(Some(tags))
        .build()
}

fn documented(operation: &Operation) -> OperationBuilder {
    let required = |place, name, text, values: Vec<&'static str>| {
        let schema = ObjectBuilder::new().schema_type(Type::String);
        let schema = if values.is_empty() { schema } else { schema.enum_values(Some(values)) };
        ParameterBuilder::new()
            .name(name)
            .parameter_in(place)
            .required(Required::True)
            .description(Some(text))
            .schema(Some(schema.build()))
            .build()
    };
    let mut documented = OperationBuilder::new()
        .tag(operation.tag)
        .summary(Some(operation.summary))
        .description(operation.description)
        .operation_id(Some(operation.id));
    let variable = operation.variable.as_ref().map(|Variable { name, description, values }| {
        required(ParameterIn::Path, *name, *description, values())
    });
    let header = operation.header.map(|(name, text)| required(ParameterIn::Header, name, text, Vec::new()));
    let fixed = variable.into_iter().chain(header);
    let taken = operation.parameters.iter().copied().flatten().map(|parameter| parameter.documented());
    for parameter in fixed.chain(taken) {
        documented = documented.parameter(parameter);
    }
    if let Some(body) = &operation.body {
        let content = Content::new(Some(reference(body)));
        let body =
            RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True));
        documented = documented.request_body(Some(body.build()));
    }
    for (status, text, answer) in operation.answers {
        documented = documented.response(*status, answered(text, answer));
    }
    for (status, text) in PROBLEMS {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        let problem = ResponseBuilder::new().description(text).content("application/problem+json", content);
        documented = documented.response(status, problem.build());
    }
    documented
}

fn answered(text: &str, answer: &ResponseBody) -> utoipa::openapi::Response {
    let string = || Content::new(Some(Object::with_type(Type::String)));
    let response = ResponseBuilder::new().description(text);
    match answer {
        ResponseBody::Json(body) => response.content("application/json", Content::new(Some(reference(body)))),
        ResponseBody::Text(media_types) => {
            media_types.iter().fold(response, |response, media_type| response.content(*media_type, string()))
        }
        ResponseBody::JsonOrText(body, media_types) => {
            let response = response.content("application/json", Content::new(Some(reference(body))));
            media_types.iter().fold(response, |response, media_type| response.content(*media_type, string()))
        }
        ResponseBody::Table => response
            .content("text/csv", string())
            .content("application/json", Content::new(Some(rows())))
            .content("application/x-ndjson", string()),
    }
    .build()
}

fn reference(body: &Body) -> Ref {
    Ref::from_schema_name((body.name)())
}

/// Returns all types of bodies by name, and the authentication scheme.
pub(crate) fn components() -> Components {
    let mut schemas = Vec::new();
    for operation in ALL {
        let answers = operation.answers.iter().filter_map(|(.., answer)| match answer {
            ResponseBody::Json(body) | ResponseBody::JsonOrText(body, _) => Some(body),
            ResponseBody::Text(_) | ResponseBody::Table => None,
        });
        answers.chain(&operation.body).for_each(|body| add(body, &mut schemas));
    }
    for body in [Body::of::<wire::Usd>(), Body::of::<ProblemBody<'static>>(), Body::of::<FieldError>()] {
        add(&body, &mut schemas);
    }
    for (name, schema) in schemas.iter_mut().filter(|(name, _)| !REQUESTS.contains(&name.as_str())) {
        require_all(name, schema);
    }
    // A selection of fields omits others.
    schemas.extend(row_schemas());
    let token = Http::builder()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The access token of the server. Logged-in browsers send a cookie instead."));
    let components = ComponentsBuilder::new().schemas_from_iter(schemas);
    components.security_scheme("token", SecurityScheme::Http(token.build())).build()
}

fn add(body: &Body, schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push(((body.name)().into_owned(), (body.schema)()));
    (body.others)(schemas);
}

/// Marks the fields that are always present as required. The derived schema treats nullable fields as
/// optional.
fn require_all(name: &str, schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            let sent = |field: &&String| !SOMETIMES.contains(&(name, field.as_str()));
            object.required = object.properties.keys().filter(sent).cloned().collect();
        }
        RefOr::T(Schema::AllOf(parts)) => parts.items.iter_mut().for_each(|part| require_all(name, part)),
        _ => {}
    }
}
