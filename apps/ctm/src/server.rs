//! `ctm serve`: the server, the loop behind it, and how both stop.

use crate::api::{self, Context};
use crate::base::{self, BasePath};
use crate::clock::Clock;
use crate::error::AppError;
use crate::guard::{self, Guard};
use crate::ingest::Ingestor;
use crate::line::{self, Door, Listener, Packers, Rooms, Timing};
use crate::live::Live;
use crate::open_files;
use crate::origin::Origin;
use crate::report::{Facts, Homes, Reporter};
use crate::rules::ProjectRules;
use crate::service::{Service, ServiceState};
use crate::settings::Settings;
use crate::{login, page};
use actix_cors::Cors;
use actix_web::dev::ServerHandle;
use actix_web::http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER,
};
use actix_web::middleware::{Compress, Condition, from_fn};
use actix_web::{App, web};
use ctm_pricing::PriceBook;
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

/// Threads that answer requests. Answers come from the database's own threads, so that few do.
const WORKERS: usize = 2;

/// Seconds for which a browser remembers what pages of other origins may ask.
const CORS_SECS: usize = 3_600;

/// A server that runs.
pub struct Server {
    address: SocketAddr,
    base: BasePath,
    state: Arc<ServiceState>,
    live: Arc<Live>,
    store: Store,
    http: JoinHandle<std::io::Result<()>>,
    handle: ServerHandle,
    service: JoinHandle<Ingestor>,
    rules: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Opens the database, listens, and starts to read what is there.
    ///
    /// # Errors
    ///
    /// Fails when everybody would be answered and nobody said so, or when the database cannot be
    /// used or the address not be listened on.
    pub async fn start(settings: Settings, prices: PriceBook, clock: Clock) -> Result<Self, AppError> {
        settings.check_exposure()?;
        let store = Store::open(&settings.database, prices.context_thresholds()).await?;
        let store = store.with_projects(settings.projects.clone());
        let live = Arc::new(Live::new(store.data_version().await?, settings.ws_clients));
        let reporter =
            Reporter::new(Facts::Stored(store.clone()), prices, clock.clone(), Homes::new(&settings.roots))
                .in_zone(settings.tz, settings.tz_source);
        let (published, snapshotted) = (Arc::clone(&live), reporter.clone());
        let service = Service::start(&settings, store.clone(), published, snapshotted, clock.clone()).await?;
        let state = service.state();
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
        let guard = web::Data::new(Guard::new(&settings, Arc::clone(&rooms), clock.clone()));
        let base = web::Data::new(settings.base_path.clone());
        let context = web::Data::new(Context::new(
            store.clone(),
            reporter,
            Arc::clone(&live),
            Arc::clone(&state),
            Arc::clone(&rules),
            settings,
            clock,
            stopped.clone(),
        ));
        let served = base.clone();
        let taken = |source| AppError::Listen { address: wanted, source };
        let socket = line::listen(wanted).map_err(taken)?;
        let address = socket.local_addr().map_err(taken)?;
        let listener = Listener { socket, door, rooms, workers: WORKERS, connections, timing };
        let app = move || app(context.clone(), guard.clone(), served.clone(), bounds.clone(), cors(&origins));
        let server = listener.serve(app).map_err(taken)?;
        let handle = server.handle();
        Ok(Self {
            address,
            base: base.as_ref().clone(),
            state,
            live,
            store,
            handle,
            http: tokio::spawn(server),
            rules: tokio::spawn(rules.follow(stopped.clone())),
            service: tokio::spawn(service.run(stopped)),
            stop,
        })
    }

    /// Returns the address of the page.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{}/", self.address, self.base.as_str())
    }

    /// Returns how the loop behind the server is doing.
    #[must_use]
    pub fn state(&self) -> Arc<ServiceState> {
        Arc::clone(&self.state)
    }

    /// Returns the notifications, and the number of subscribers.
    #[must_use]
    pub fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live)
    }

    /// Stops: sockets are closed, requests under way answered, then the database closed, its
    /// readers before the writer, so that the writer can put its log away.
    ///
    /// # Errors
    ///
    /// Fails when the server broke down or the database cannot be closed.
    pub async fn stop(self) -> Result<(), AppError> {
        self.stop.send_replace(true);
        self.handle.stop(true).await;
        let broke_down = AppError::io("run the server");
        self.http.await.map_err(std::io::Error::from).flatten().map_err(broke_down)?;
        self.rules.await.map_err(|error| AppError::io("follow the config file")(error.into()))?;
        let ingestor = self.service.await.map_err(|error| AppError::io("stop reading")(error.into()))?;
        self.store.close().await;
        ingestor.close().await
    }
}

/// Bounds of the memory of responses.
#[derive(Clone)]
struct Bounds {
    rooms: web::Data<Rooms>,
    packers: web::Data<Packers>,
}

/// Puts together what answers; of the layers, the last is the first that a request meets.
fn app(
    context: web::Data<Context>,
    guard: web::Data<Guard>,
    base: web::Data<BasePath>,
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
    let docs = api::docs(&base);
    App::new()
        .app_data(context)
        .app_data(guard)
        .app_data(base)
        .app_data(bounds.rooms)
        .app_data(bounds.packers)
        .wrap(from_fn(guard::take_body))
        .wrap(from_fn(guard::authenticate))
        .wrap(cors)
        .wrap(from_fn(guard::check_request))
        .wrap(from_fn(api::normalize_errors))
        .wrap(from_fn(line::bound))
        .wrap(Compress::default())
        .wrap(from_fn(base::strip_base_path))
        .wrap(from_fn(api::answer_head))
        .wrap(from_fn(api::trace))
        .wrap(from_fn(line::take_turn))
        .service(docs)
        .service(api::metrics())
        .configure(login::routes)
        .service(api::routes())
        .default_service(web::to(page::page))
}

/// Allows other origins to read responses, if any (CORS). They may not use the cookie for that.
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
