//! A Prometheus that scrapes a server.

use anyhow::{Context, Result, bail, ensure};
use ctm_harness::http::Connection;
use ctm_harness::{process, server};
use serde_json::Value;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Time between two questions whether something was scraped.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// A running Prometheus, which ends with its owner.
pub(super) struct Scraper {
    child: Child,
    url: String,
}

impl Scraper {
    /// Starts a Prometheus as the example sets it up; only the address and the intervals are others.
    pub(super) fn start(examples: &Path, folder: &Path, ctm: &str) -> Result<Self> {
        let mut text = fs::read_to_string(examples.join("prometheus.yml"))?;
        let target = ctm.trim_start_matches("http://").trim_end_matches('/');
        for (there, here) in [("127.0.0.1:51888", target), ("_interval: 30s", "_interval: 1s")] {
            ensure!(text.contains(there), "prometheus.yml has no `{there}`");
            text = text.replace(there, here);
        }
        fs::write(folder.join("prometheus.yml"), text)?;
        fs::copy(examples.join("alerts.yml"), folder.join("alerts.yml"))?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let child = Command::new("prometheus")
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", "--log.level=error"])
            .arg(format!("--web.listen-address={address}"))
            .current_dir(folder)
            .stdout(Stdio::null())
            .spawn()
            .context("cannot start prometheus")?;
        Ok(Self { child, url: format!("http://{address}/") })
    }

    /// Waits until a query has a result.
    pub(super) fn wait_for(&self, query: &str) -> Result<()> {
        let start = Instant::now();
        loop {
            let answer = self.query(query);
            match &answer {
                Ok(results) if !results.is_empty() => return Ok(()),
                _ if start.elapsed() < server::PATIENCE => std::thread::sleep(ASK_EVERY),
                Ok(_) => bail!("Prometheus has no `{query}`"),
                Err(_) => return answer.map(drop),
            }
        }
    }

    /// Returns the results of a query, which must be valid.
    pub(super) fn query(&self, query: &str) -> Result<Vec<Value>> {
        let form = "application/x-www-form-urlencoded";
        let body = format!("query={}", encoded(query));
        let received = Connection::open(&self.url)?.post("/api/v1/query", form, body.as_bytes());
        let answer: Value = serde_json::from_slice(&received.with_context(|| query.to_owned())?.body)?;
        list(&answer["data"]["result"])
    }

    /// Returns the names of the alerts that are active.
    pub(super) fn alerts(&self) -> Result<Vec<String>> {
        self.wait_for("ALERTS")?;
        let answer: Value = serde_json::from_slice(&Connection::open(&self.url)?.get("/api/v1/alerts")?)?;
        let name = |alert: &Value| Some(alert["labels"]["alertname"].as_str()?.to_owned());
        Ok(list(&answer["data"]["alerts"])?.iter().filter_map(name).collect())
    }
}

impl Drop for Scraper {
    fn drop(&mut self) {
        if process::terminate(&mut self.child).is_ok() {
            let _ = self.child.wait();
        }
    }
}

fn list(value: &Value) -> Result<Vec<Value>> {
    value.as_array().cloned().with_context(|| format!("Prometheus answers {value}"))
}

/// Returns a text as a value of a form.
fn encoded(text: &str) -> String {
    let byte = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => char::from(*byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.as_bytes().iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_values_of_a_form() {
        assert_eq!(encoded("up == 1"), "up%20%3D%3D%201");
    }
}
