//! `cargo xtask proxy`: the program behind nginx, as `docker/nginx.conf` sets it up.
//!
//! With TLS on this machine's loopback, at `/` and under a path: nginx accepts the file, anonymous clients
//! are redirected to the login, a login is answered over HTTP/2, and a WebSocket is greeted. Only ports, the
//! path of the certificate, and the base path are changed in the file.

use anyhow::{Context, Result, bail, ensure};
use ctm_corpus::Plan;
use ctm_harness::packages::System;
use ctm_harness::repository::Repository;
use ctm_harness::server::{self, Server};
use ctm_harness::{clock, process};
use std::fs;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// Debian packages, and the program that each is needed for.
const NEEDED: [(&str, &str); 3] = [("nginx-light", "nginx"), ("openssl", "openssl"), ("curl", "curl")];

/// Token for the login.
pub(crate) const TOKEN: &str = "correct-horse-battery-staple";

/// Tries the program behind nginx with TLS, at `/` and under `/ctm/`.
///
/// It needs nginx, openssl and curl, which are installed on Debian as root.
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run() -> Result<()> {
    each(&Repository::here(), |_| Ok(()))
}

/// Tests each location, and runs `visit` on it.
pub(crate) fn each(repository: &Repository, mut visit: impl FnMut(&Client<'_>) -> Result<()>) -> Result<()> {
    require()?;
    let ctm = server::built(repository)?;
    let conf = repository.root.join("docker/nginx.conf");
    for base in ["", "/ctm"] {
        let place = tempfile::tempdir()?;
        let folder = place.path();
        let home = folder.join("claude");
        ctm_corpus::generate(&Plan { size_bytes: 300_000, ..Plan::demo(1, clock::now_ms()) }, &home)?;
        let mut serving = server::serving(&ctm, folder, &home);
        serving.env("CTM_AUTH_TOKEN", TOKEN).env("CTM_BASE_PATH", format!("{base}/"));
        let server = Server::start(&mut serving)?;
        let proxy = Proxy::start(&fs::read_to_string(&conf)?, folder, server.url(), base)?;
        let client = Client { folder, origin: &proxy.origin, base };
        client.check().with_context(|| client.url())?;
        visit(&client)?;
        server.stop()?;
        println!("behind nginx at `{base}/`: page, login, REST and WebSocket over TLS");
    }
    Ok(())
}

fn require() -> Result<()> {
    // Programs for root only are outside of the usual search path.
    let is_missing =
        |program: &str| process::find(program).is_none() && !Path::new("/usr/sbin").join(program).is_file();
    let missing = NEEDED.iter().filter(|(_, program)| is_missing(program));
    let packages: Vec<_> = missing.map(|(package, _)| *package).collect();
    System::this().require(&packages, "nginx, openssl and curl")
}

/// nginx, which ends with its owner.
struct Proxy {
    nginx: Child,
    /// Its public origin, such as `https://127.0.0.1:8443`.
    origin: String,
}

impl Proxy {
    fn start(conf: &str, folder: &Path, upstream: &str, base: &str) -> Result<Self> {
        let certificate =
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        let mut openssl = Command::new("openssl");
        openssl.args(certificate).args([
            "-days",
            "1",
            "-subj",
            "/CN=127.0.0.1",
            "-keyout",
            "ctm.key",
            "-out",
            "ctm.pem",
        ]);
        process::output(openssl.current_dir(folder).stderr(Stdio::null()))?;

        let (plain, encrypted) = (free_port()?, free_port()?);
        let upstream = upstream.trim_start_matches("http://").split('/').next().unwrap_or_default();
        let mut text = conf.to_owned();
        for (there, here) in [
            ("server 127.0.0.1:51888;", format!("server {upstream};")),
            ("listen 80;", format!("listen 127.0.0.1:{plain};")),
            ("listen 443 ssl", format!("listen 127.0.0.1:{encrypted} ssl")),
            ("/etc/nginx/tls/ctm.pem", folder.join("ctm.pem").display().to_string()),
            ("/etc/nginx/tls/ctm.key", folder.join("ctm.key").display().to_string()),
            ("pid nginx.pid;", format!("pid {};", folder.join("nginx.pid").display())),
            ("location / {", format!("location {base}/ {{")),
        ] {
            ensure!(text.contains(there), "docker/nginx.conf has no `{there}`");
            text = text.replace(there, &here);
        }
        let file = folder.join("nginx.conf");
        fs::write(&file, text)?;
        let nginx = || {
            let mut nginx = Command::new(process::find("nginx").unwrap_or("/usr/sbin/nginx".into()));
            nginx.arg("-c").arg(&file).arg("-p").arg(folder).args(["-e", "stderr"]);
            nginx
        };
        process::run(nginx().arg("-t"))?;
        let nginx = nginx().args(["-g", "daemon off;"]).spawn().context("cannot start nginx")?;
        let mut proxy = Self { nginx, origin: format!("https://127.0.0.1:{encrypted}") };
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, encrypted)).is_err() {
            if proxy.nginx.try_wait()?.is_some() || start.elapsed() > server::PATIENCE {
                bail!("nginx does not listen");
            }
            std::thread::yield_now();
        }
        Ok(proxy)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Its workers end with it, unless it is killed.
        if process::terminate(&mut self.nginx).is_ok() {
            let _ = self.nginx.wait();
        }
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A client that connects through nginx.
pub(crate) struct Client<'a> {
    folder: &'a Path,
    origin: &'a str,
    /// The base path of the program, empty for the root.
    pub(crate) base: &'a str,
}

impl Client<'_> {
    /// Returns the address of the page.
    pub(crate) fn url(&self) -> String {
        format!("{}{}/", self.origin, self.base)
    }

    fn check(&self) -> Result<()> {
        let base = self.base;
        let stranger = self.ask("/", &["--header", "accept: text/html"])?;
        expect(&stranger, &["HTTP/2 303", &format!("location: {base}/login?next=")])?;
        let closed = self.ask("/api/v1/stats", &[])?;
        expect(&closed, &["HTTP/2 401", "application/problem+json"])?;

        let form = format!("token={TOKEN}");
        let login = self.ask(
            "/login",
            &["--data", &form, "--header", &format!("origin: {}", self.origin), "--cookie-jar", "jar"],
        )?;
        expect(
            &login,
            &["HTTP/2 303", &format!("location: {base}/\r"), "; Secure", &format!("; Path={base}/;")],
        )?;

        let stats =
            self.ask("/api/v1/stats?range=all", &["--cookie", "jar", "--header", "accept-encoding: br"])?;
        expect(
            &stats,
            &[
                "HTTP/2 200",
                "content-encoding: br\r",
                "strict-transport-security: ",
                "content-security-policy: ",
            ],
        )?;
        ensure!(stats.matches("content-encoding").count() == 1, "compressed twice: {stats}");
        let figures = self.ask("/api/v1/stats?range=all", &["--cookie", "jar"])?;
        expect(&figures, &["\"total_tokens\":"])?;
        let page = self.ask("/", &["--cookie", "jar", "--header", "accept: text/html"])?;
        expect(&page, &["HTTP/2 200", &format!("=\"{base}/_app/")])?;
        self.is_greeted()
    }

    /// Requests a path, and returns head and body of the response.
    fn ask(&self, path: &str, options: &[&str]) -> Result<String> {
        let mut curl = self.curl(path);
        let output = curl.args(options).output()?;
        ensure!(output.status.success(), "`{}` ended with {}", process::shown(&curl), output.status);
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn curl(&self, path: &str) -> Command {
        let mut curl = Command::new("curl");
        // The certificate is self-signed.
        curl.args(["--silent", "--insecure", "--include", "--noproxy", "*", "--max-time", "30"]);
        curl.arg(format!("{}{}{path}", self.origin, self.base)).current_dir(self.folder);
        curl
    }

    /// Opens a WebSocket, and waits for the first message.
    fn is_greeted(&self) -> Result<()> {
        let mut curl = self.curl("/api/v1/ws");
        curl.args([
            "--http1.1",
            "--no-buffer",
            "--cookie",
            "jar",
            "--header",
            &format!("origin: {}", self.origin),
        ]);
        for header in [
            "connection: upgrade",
            "upgrade: websocket",
            "sec-websocket-version: 13",
            "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
        ] {
            curl.args(["--header", header]);
        }
        let mut curl = curl.stdout(Stdio::piped()).spawn()?;
        let mut stdout = curl.stdout.take().expect("stdout is piped");
        let (mut received, mut part) = (Vec::new(), [0; 4096]);
        let is_greeting =
            |received: &[u8]| String::from_utf8_lossy(received).contains("\"type\":\"connected\"");
        while !is_greeting(&received) {
            let read = stdout.read(&mut part)?;
            ensure!(read > 0, "the WebSocket said: {}", String::from_utf8_lossy(&received));
            received.extend_from_slice(&part[..read]);
        }
        curl.kill()?;
        curl.wait()?;
        expect(&String::from_utf8_lossy(&received), &["HTTP/1.1 101"])
    }
}

fn expect(answer: &str, parts: &[&str]) -> Result<()> {
    for part in parts {
        ensure!(answer.contains(part), "`{}` is not in: {answer}", part.trim_end());
    }
    Ok(())
}
