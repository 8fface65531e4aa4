//! `ctm serve`: the server, the loop behind it, and how both stop.

use crate::api::{self, Context};
use crate::clock::Clock;
use crate::error::AppError;
use crate::ingest::Ingestor;
use crate::live::Live;
use crate::page;
use crate::report::{Facts, Homes, Reporter};
use crate::service::{Service, ServiceState};
use crate::settings::Settings;
use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, DefaultHeaders, from_fn};
use actix_web::{App, HttpServer, web};
use ctm_pricing::PriceBook;
use ctm_storage::Store;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Seconds that requests under way are given when the server stops.
const SHUTDOWN_SECS: u64 = 5;

/// How long a client may take to send its request's head.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Threads that answer requests. Answers come from the database's own threads, so that few do.
const WORKERS: usize = 2;

/// Everything comes from this server and nothing else; `data:` is for pictures that the page
/// draws itself.
const CONTENT_POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
                              form-action 'self'; frame-ancestors 'none'";

/// A server that runs.
pub struct Server {
    address: SocketAddr,
    state: Arc<ServiceState>,
    live: Arc<Live>,
    store: Store,
    http: JoinHandle<std::io::Result<()>>,
    handle: ServerHandle,
    service: JoinHandle<Ingestor>,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Opens the database, listens, and starts to read what is there.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be used or the address cannot be listened on.
    pub async fn start(settings: Settings, prices: PriceBook, clock: Clock) -> Result<Self, AppError> {
        let store = Store::open(&settings.database, prices.context_thresholds()).await?;
        let live = Arc::new(Live::new(store.data_version().await?, settings.ws_clients));
        let service = Service::start(&settings, store.clone(), Arc::clone(&live), clock.clone()).await?;
        let state = service.state();
        let (stop, stopped) = watch::channel(false);

        let wanted = SocketAddr::new(settings.host, settings.port);
        let reporter =
            Reporter::new(Facts::Stored(store.clone()), prices, clock.clone(), Homes::new(&settings.roots));
        let context = web::Data::new(Context::new(
            store.clone(),
            reporter,
            Arc::clone(&live),
            Arc::clone(&state),
            settings,
            clock,
            stopped.clone(),
        ));
        let server = HttpServer::new(move || app(context.clone()))
            .workers(WORKERS)
            .disable_signals()
            .client_request_timeout(REQUEST_TIMEOUT)
            .shutdown_timeout(SHUTDOWN_SECS)
            .on_connect(api::keep_line)
            .bind(wanted)
            .map_err(|source| AppError::Listen { address: wanted, source })?;
        let address = server.addrs().first().copied().unwrap_or(wanted);
        let server = server.run();
        let handle = server.handle();
        Ok(Self {
            address,
            state,
            live,
            store,
            handle,
            http: tokio::spawn(server),
            service: tokio::spawn(service.run(stopped)),
            stop,
        })
    }

    /// Returns the address of the page.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Returns how the loop behind the server is doing.
    #[must_use]
    pub fn state(&self) -> Arc<ServiceState> {
        Arc::clone(&self.state)
    }

    /// Returns what those who watch are told, and how many they are.
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
        let ingestor = self.service.await.map_err(|error| AppError::io("stop reading")(error.into()))?;
        self.store.close().await;
        ingestor.close().await
    }
}

fn app(
    context: web::Data<Context>,
) -> App<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let headers = DefaultHeaders::new()
        .add(("content-security-policy", CONTENT_POLICY))
        .add(("x-content-type-options", "nosniff"))
        .add(("referrer-policy", "no-referrer"));
    App::new()
        .app_data(context)
        .wrap(Compress::default())
        .wrap(headers)
        .wrap(from_fn(api::trace))
        .service(api::docs())
        .service(api::routes())
        .default_service(web::get().to(page::page))
}
