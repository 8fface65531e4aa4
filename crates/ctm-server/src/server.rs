//! `ctm serve`: the server, the update loop, and their stop.

use crate::alerts;
use crate::api::{self, Context, News};
use crate::base;
use crate::channels::Channels;
use crate::collector::{self, Collector};
use crate::deliveries;
use crate::error::ServerError;
use crate::follow_team;
use crate::guard::{self, Guard};
use crate::http::{self, Authenticator};
use crate::line::{self, Door, Listener, Packers, Rooms, Timing};
use crate::login;
use crate::mcp;
use crate::open_files;
use crate::otlp::{self, Receiver, Writing};
use crate::page::{self, Document};
use actix_cors::Cors;
use actix_web::dev::ServerHandle;
use actix_web::http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER,
};
use actix_web::middleware::{Compress, Condition, from_fn};
use actix_web::web::ServiceConfig;
use actix_web::{App, web};
use ctm_api::metrics::HttpMetrics;
use ctm_api::telemetry::Received;
use ctm_backend::{FactsReader, Hub};
use ctm_config::base_path::BasePath;
use ctm_config::origin::Origin;
use ctm_config::settings::Settings;
use ctm_ingest::conditions::LogStatus;
use ctm_ingest::ingest::Ingestor;
use ctm_ingest::live::Live;
use ctm_ingest::rules::ProjectRules;
use ctm_ingest::updater::{Updater, UpdaterState};
use ctm_ingest::{open_hub, open_store};
use ctm_mcp::{McpService, Reports};
use ctm_personal::Personal;
use ctm_pricing::PriceBook;
use ctm_report::clock::Clock;
use ctm_report::{DatabaseReports, Homes, Reporter};
use ctm_storage::Store;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Grace period of requests when the server stops.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// Keep-alive timeout between two requests.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Threads for requests. Queries run on the database's own threads, so few are enough.
const WORKERS: usize = 2;

/// Seconds for which a browser caches the permissions of other origins.
const CORS_SECS: usize = 3_600;

/// A running server.
pub struct Server {
    address: SocketAddr,
    base: BasePath,
    state: Arc<UpdaterState>,
    live: Arc<Live>,
    store: Store,
    hub: Hub,
    serving: Vec<JoinHandle<std::io::Result<()>>>,
    handles: Vec<ServerHandle>,
    writing: Writing,
    updater: JoinHandle<Ingestor>,
    rules: JoinHandle<()>,
    alerts: JoinHandle<()>,
    deliveries: JoinHandle<()>,
    exports: JoinHandle<()>,
    team: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Opens the database, listens, and starts to read the homes.
    ///
    /// # Errors
    ///
    /// Fails when the server would be open to everyone without explicit permission, or when the database
    /// cannot be used or the address not be listened on.
    pub async fn start(
        settings: Settings,
        prices: PriceBook,
        clock: Clock,
        log_status: fn() -> LogStatus,
        channels: Channels,
        collector: Option<Collector>,
    ) -> Result<Self, ServerError> {
        settings.check_exposure()?;
        let store = open_store(&settings, prices.context_thresholds()).await?;
        let hub = open_hub(&settings, &store, prices.context_thresholds()).await?;
        if let Some(team) = hub.team() {
            let address = team.shown().display();
            tracing::info!("reports are of what machines push to `{address}`; no transcripts are read");
        }
        let facts = match &hub {
            Hub::Sqlite(store) => FactsReader::from(store.clone()),
            Hub::Team(team) => FactsReader::from(team.clone()),
        };
        let live = Arc::new(Live::new(facts.data_version().await?, settings.ws_clients));
        let reporter = Reporter::new(facts, prices, clock.clone(), Homes::new(&settings.homes))
            .in_zone(settings.tz, settings.tz_source)
            .counting_unlogged(settings.count_unlogged)
            .with_titles(settings.session_names)
            .with_managed(settings.managed_settings.clone())
            .with_ticket(settings.ticket.clone())
            .with_plans(settings.plans.clone())
            .with_budgets(settings.budgets.clone());
        let (published, snapshotted) = (Arc::clone(&live), reporter.clone());
        let updater = Updater::start(&settings, store.clone(), published, snapshotted, clock.clone()).await?;
        let state = updater.state();
        let (stop, stopped) = watch::channel(false);
        let rules = Arc::new(ProjectRules::new(&settings, store.clone(), Arc::clone(&live)));

        let wanted = SocketAddr::new(settings.host, settings.port);
        let timing = Timing { keep_alive: KEEP_ALIVE, head: settings.request_timeout, shutdown: SHUTDOWN };
        let connections = open_files::connections(settings.ws_clients);
        let most_of_one = settings.connections_per_address.min(connections - connections / 8);
        let door = Arc::new(Door::new(most_of_one, settings.trusted_proxies.clone()));
        let rooms = Arc::new(Rooms::default());
        let bounds = Bounds { rooms: Arc::clone(&rooms).into(), packers: web::Data::new(Packers::default()) };
        let origins = settings.cors_origins.clone();
        let authenticator =
            Arc::new(Authenticator::new(&settings, Personal::new(store.clone()), clock.clone()));
        let guard = web::Data::new(Guard::new(
            &settings,
            Arc::clone(&rooms),
            Arc::clone(&authenticator),
            hub.clone(),
            reporter.clone(),
        ));
        let base = web::Data::new(settings.base_path.clone());
        let received = Arc::new(Received::default());
        let (receiver, writing) = Receiver::start(store.clone(), hub.team().is_some(), Arc::clone(&received));
        let news = News::new(reporter.clone(), Arc::clone(&live), store.clone(), clock.clone());
        let tools = Reports {
            reporter: reporter.clone(),
            archive: DatabaseReports::new(store.clone(), reporter.clone()),
            personal: Personal::new(store.clone()),
            tz: settings.tz,
        };
        let parts = Parts {
            updater: web::Data::from(Arc::clone(&state)),
            news: web::Data::new(news),
            metrics: web::Data::new(HttpMetrics::default()),
            authenticator: web::Data::from(authenticator),
            receiver: web::Data::new(receiver),
            received: web::Data::from(received),
            tools: web::Data::new(McpService::new(tools)),
        };
        let telemetry = settings.otlp_listen;
        let (http, received) = (parts.metrics.clone(), parts.received.clone());
        let context = web::Data::new(Context::new(
            store.clone(),
            hub.clone(),
            reporter,
            Arc::clone(&live),
            Arc::clone(&state),
            Arc::clone(&rules),
            settings,
            clock,
            stopped.clone(),
            log_status,
            channels,
        ));
        let (alerts, deliveries) = (alerts::follow(context.clone()), deliveries::follow(context.clone()));
        let exports = collector::follow(context.clone(), http, received, collector);
        let team = follow_team::follow(hub.clone(), Arc::clone(&live), Arc::clone(&state), stopped.clone());
        let (served, document) = (base.clone(), web::Data::new(Document::new(&base)));
        let listen = |address: SocketAddr, workers| {
            let taken = |source| ServerError::Listen { address, source };
            let socket = line::listen(address).map_err(taken)?;
            let bound = socket.local_addr().map_err(taken)?;
            let (door, rooms) = (Arc::clone(&door), Arc::clone(&rooms));
            Ok::<_, ServerError>((Listener { socket, door, rooms, workers, connections, timing }, bound))
        };
        let with = move |routes: fn(&mut ServiceConfig), base: web::Data<BasePath>| {
            let (context, guard, parts) = (context.clone(), guard.clone(), parts.clone());
            let (bounds, document, origins) = (bounds.clone(), document.clone(), origins.clone());
            move || {
                let cors = cors(&origins);
                let (context, guard) = (context.clone(), guard.clone());
                let app = app(context, guard, base.clone(), parts.clone(), bounds.clone(), cors);
                app.configure(routes).app_data(document.clone())
            }
        };
        let (listener, address) = listen(wanted, WORKERS)?;
        let mut servers = vec![listener.serve(with(routes, served)).map_err(ServerError::io("listen"))?];
        if let Some(address) = telemetry {
            let (listener, address) = listen(address, 1)?;
            tracing::info!("telemetry is received at http://{address}/v1/logs");
            let root = web::Data::new(BasePath::default());
            servers.push(listener.serve(with(otlp::only_routes, root)).map_err(ServerError::io("listen"))?);
        }
        let handles = servers.iter().map(actix_web::dev::Server::handle).collect();
        Ok(Self {
            address,
            base: base.as_ref().clone(),
            state,
            live,
            store,
            handles,
            team: tokio::spawn(team),
            hub,
            serving: servers.into_iter().map(tokio::spawn).collect(),
            writing,
            rules: tokio::spawn(rules.follow(stopped.clone())),
            alerts: tokio::spawn(alerts),
            deliveries: tokio::spawn(deliveries),
            exports: tokio::spawn(exports),
            updater: tokio::spawn(updater.run(stopped)),
            stop,
        })
    }

    /// Returns the URL of the page.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{}/", self.address, self.base.as_str())
    }

    /// Returns the port of the listener.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns the state of the update loop.
    #[must_use]
    pub fn state(&self) -> Arc<UpdaterState> {
        Arc::clone(&self.state)
    }

    /// Returns the notifications, and the number of subscribers.
    #[must_use]
    pub fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live)
    }

    /// Stops: sockets are closed, requests in progress completed, then the database closed, its readers
    /// before the writer, so that the writer can checkpoint its log.
    ///
    /// # Errors
    ///
    /// Fails when the server failed or the database cannot be closed.
    pub async fn stop(self) -> Result<(), ServerError> {
        self.stop.send_replace(true);
        for handle in &self.handles {
            handle.stop(true).await;
        }
        for serving in self.serving {
            let broke_down = ServerError::io("run the server");
            serving.await.map_err(std::io::Error::from).flatten().map_err(broke_down)?;
        }
        self.writing.await.map_err(|error| ServerError::io("store telemetry")(error.into()))?;
        self.rules.await.map_err(|error| ServerError::io("follow the config file")(error.into()))?;
        self.alerts.await.map_err(|error| ServerError::io("evaluate the alert rules")(error.into()))?;
        self.deliveries.await.map_err(|error| ServerError::io("send alerts")(error.into()))?;
        self.exports.await.map_err(|error| ServerError::io("export metrics")(error.into()))?;
        let ingestor = self.updater.await.map_err(|error| ServerError::io("stop reading")(error.into()))?;
        self.team.await.map_err(|error| ServerError::io("follow the hub")(error.into()))?;
        if let Some(team) = self.hub.team() {
            team.close().await;
        }
        self.store.close().await;
        Ok(ingestor.close().await?)
    }
}

/// State of individual handlers and middleware.
#[derive(Clone)]
struct Parts {
    updater: web::Data<UpdaterState>,
    news: web::Data<News>,
    metrics: web::Data<HttpMetrics>,
    authenticator: web::Data<Authenticator>,
    receiver: web::Data<Receiver>,
    received: web::Data<Received>,
    tools: web::Data<McpService>,
}

/// Bounds of the memory for responses.
#[derive(Clone)]
struct Bounds {
    rooms: web::Data<Rooms>,
    packers: web::Data<Packers>,
}

/// Assembles the app; the last layer is the first that a request passes.
fn app(
    context: web::Data<Context>,
    guard: web::Data<Guard>,
    base: web::Data<BasePath>,
    parts: Parts,
    bounds: Bounds,
    cors: Condition<Cors>,
) -> App<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(context)
        .app_data(guard)
        .app_data(base)
        .app_data(parts.updater)
        .app_data(parts.news)
        .app_data(parts.metrics)
        .app_data(parts.authenticator)
        .app_data(parts.receiver)
        .app_data(parts.received)
        .app_data(parts.tools)
        .app_data(bounds.rooms)
        .app_data(bounds.packers)
        .wrap(from_fn(guard::take_body))
        .wrap(from_fn(guard::authenticate))
        .wrap(cors)
        .wrap(from_fn(guard::check_request))
        .wrap(from_fn(http::normalize_errors))
        .wrap(from_fn(line::bound))
        .wrap(Compress::default())
        .wrap(from_fn(base::strip_base_path))
        .wrap(from_fn(http::answer_head))
        .wrap(from_fn(http::trace))
        .wrap(from_fn(line::take_turn))
}

/// Adds all routes of the server.
fn routes(config: &mut ServiceConfig) {
    config
        .service(api::metrics())
        .configure(login::routes)
        .configure(otlp::routes)
        .configure(mcp::routes)
        .service(api::routes())
        .default_service(web::to(page::page));
}

/// Allows other origins to read responses, if any (CORS). They may not use the cookie.
fn cors(origins: &[Origin]) -> Condition<Cors> {
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST"])
        .allowed_headers([ACCEPT, AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH])
        .allowed_header("x-request-id")
        .expose_headers([CONTENT_DISPOSITION, ETAG, RETRY_AFTER])
        .expose_headers(["x-request-id", "x-row-count"])
        .max_age(CORS_SECS);
    let cors = origins.iter().fold(cors, |cors, origin| cors.allowed_origin(&origin.to_string()));
    Condition::new(!origins.is_empty(), cors)
}
