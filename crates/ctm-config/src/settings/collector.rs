//! The settings of the collector: its address and what it is sent.

use super::reading::{Values, place};
use super::secrets::SecretSetting;
use super::setting::OFF;
use super::table::named;
use crate::collector::CollectorSettings;
use crate::secret::Secret;
use percent_encoding::percent_decode_str;

/// The most headers.
const MOST_HEADERS: usize = 20;

/// Headers that belong to the request itself.
const OWN: [&str; 7] =
    ["connection", "content-encoding", "content-length", "content-type", "host", "te", "transfer-encoding"];

/// Reads the collector; every setting of it is checked, whether there is one or not.
pub(super) fn read(values: &mut Values) -> Option<CollectorSettings> {
    let url = address(values);
    let headers = SecretSetting {
        setting: "otlp_export_headers",
        file: "otlp_export_headers_file",
        valid: "a list of headers",
        subject: "the headers of the collector",
    };
    let headers = headers.read(values, parse_headers).unwrap_or_default();
    let interval = values.seconds("otlp_export_interval");
    let allow_private = values.parsed("otlp_export_allow_private");
    let allow_http = values.parsed("otlp_export_allow_http");
    Some(CollectorSettings { url: url?, headers, interval, allow_private, allow_http })
}

/// Reads the address. An address that is refused is not shown, because it may have a password.
fn address(values: &mut Values) -> Option<String> {
    let given = values.raw.get("otlp_export").map(|(text, source)| (text.trim().to_owned(), source));
    let address = match given {
        None => None,
        Some((text, _)) if text == OFF => None,
        Some((text, _)) if is_address(&text) => Some(text),
        Some((_, source)) => {
            let place = place("otlp_export", source);
            let allowed = named("otlp_export").allowed();
            values.errors.push(format!("{place} is no address of a collector; allowed: {allowed}"));
            None
        }
    };
    values.show("otlp_export", address.clone().unwrap_or_else(|| OFF.to_owned()));
    address
}

fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"@?#\\".contains(&byte))
    })
}

/// Parses headers, separated by commas or ends of lines.
fn parse_headers(text: &str) -> Option<Vec<(String, Secret)>> {
    let items = text.split([',', '\n']).map(str::trim).filter(|item| !item.is_empty());
    let headers: Vec<_> = items.map(parse_header).collect::<Option<_>>()?;
    (headers.len() <= MOST_HEADERS).then_some(headers)
}

fn parse_header(item: &str) -> Option<(String, Secret)> {
    let (name, value) = item.split_once('=')?;
    let name = name.trim().to_ascii_lowercase();
    let is_name =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
    let is_value = value.is_ascii();
    let secret = Secret::parse(&value).filter(|_| is_name && is_value && !OWN.contains(&&*name))?;
    Some((name, secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Layers, Settings};
    use std::fs;

    fn collector(environment: &[(&str, &str)]) -> Result<Option<CollectorSettings>, String> {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings::new(&Layers::of_home(dir.path(), &[], environment));
        settings.map(|settings| settings.collector).map_err(|error| error.to_string())
    }

    const ADDRESS: (&str, &str) = ("CTM_OTLP_EXPORT", "https://otel.example/v1/metrics");

    #[test]
    fn there_is_a_collector_only_where_an_address_is_set() {
        assert_eq!(collector(&[]), Ok(None));
        assert_eq!(collector(&[("CTM_OTLP_EXPORT", "off"), ("CTM_OTLP_EXPORT_HEADERS", "a=b")]), Ok(None));
        let plain = collector(&[ADDRESS]).unwrap().unwrap();
        assert_eq!((&*plain.url, plain.interval.as_secs()), (ADDRESS.1, 60));
        assert!(plain.headers.is_empty() && !plain.allow_private && !plain.allow_http);
        let headers = "authorization=Bearer%20hush%3D, X-Api-Key = hush2 ,";
        let whole = collector(&[
            ADDRESS,
            ("CTM_OTLP_EXPORT_HEADERS", headers),
            ("CTM_OTLP_EXPORT_INTERVAL", "5"),
            ("CTM_OTLP_EXPORT_ALLOW_PRIVATE", "true"),
            ("CTM_OTLP_EXPORT_ALLOW_HTTP", "true"),
        ]);
        let whole = whole.unwrap().unwrap();
        let shown: Vec<_> = whole.headers.iter().map(|(name, value)| (&**name, value.expose())).collect();
        assert_eq!(shown, [("authorization", "Bearer hush="), ("x-api-key", "hush2")]);
        assert!(whole.allow_private && whole.allow_http && whole.interval.as_secs() == 5);
        assert!(!format!("{whole:?}").contains("hush"));
    }

    #[test]
    fn headers_are_in_a_setting_or_a_file_and_never_shown() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("headers");
        fs::write(&path, "authorization=hush\nx-team=a\n").unwrap();
        let file = [("otlp_export_headers_file", path.to_str().unwrap())];
        let settings = Settings::new(&Layers::of_home(dir.path(), &file, &[ADDRESS])).unwrap();
        assert_eq!(settings.collector.unwrap().headers.len(), 2);
        assert!(settings.in_force.iter().all(|value| !value.text.contains("hush")));
        let both = Settings::new(&Layers::of_home(dir.path(), &file, &[("CTM_OTLP_EXPORT_HEADERS", "a=b")]));
        assert!(both.unwrap_err().to_string().contains("are both set; allowed: one of them"));
    }

    #[test]
    fn faults_name_the_setting_and_show_no_value() {
        let check = |name: &'static str, value: &str, expected: &str| {
            let error = collector(&[(name, value)]).unwrap_err();
            assert!(error.contains(name) && error.contains(expected) && !error.contains("hush"), "{error}");
        };
        for url in [
            "hush.example",
            "https://",
            "ftp://hush.example",
            "https://user:hush@a.example",
            "https://a.example/?key=hush",
            "https://a.example/#hush",
            "https://a hush",
        ] {
            check("CTM_OTLP_EXPORT", url, "is no address of a collector; allowed: ");
        }
        let many = "a=hush,".repeat(21);
        for headers in
            ["hush", "=hush", "a b=hush", "a=hush%0d%0ab", "a=", "Content-Type=hush", "a=hüsh", &many]
        {
            check("CTM_OTLP_EXPORT_HEADERS", headers, "is not a list of headers; allowed: ");
        }
        check("CTM_OTLP_EXPORT_INTERVAL", "0", "allowed: 1–3600");
        check("CTM_OTLP_EXPORT_ALLOW_HTTP", "maybe", "allowed: `true`, `false`");
    }
}
