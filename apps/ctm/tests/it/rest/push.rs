//! A hub: machines that enrol, push, and are refused.

use super::NOW;
use super::links::{BEARER, JSON, TOKEN};
use super::problems::check_problem;
use crate::cli::machines::reported;
use crate::http::{Answer, host, request, request_of, request_with, send};
use crate::place::Place;
use crate::running::Running;
use ctm_config::machine::machine_id;
use ctm_facts::ReportedResponse;
use ctm_push_format::{JournalId, KnownResponse, Level, Pepper, Push, Sender, Writer};
use ctm_report::clock::Clock;
use ctm_storage::Store;
use ctm_types::{EpochMs, EventId, MachineId};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");

const GZIP: (&str, &str) = ("content-encoding", "gzip");

/// A server that is a hub.
struct Hub {
    place: Place,
    server: Running,
}

impl Hub {
    fn new() -> Self {
        Self::of(Place::empty(), &[("team", "true"), ("auth_token", TOKEN)])
    }

    fn of(place: Place, flags: &[(&'static str, &str)]) -> Self {
        let server = Running::at(NOW, &place, flags);
        Self { place, server }
    }

    fn url(&self, path: &str) -> String {
        format!("{}api/v1/{path}", self.server.url())
    }

    /// Makes an invite, and returns its code.
    fn invite(&self, args: &[&str]) -> String {
        let printed = self.place.print(&[&["team", "invite"], args].concat());
        let command = printed.lines().find(|line| line.contains("ctm push enrol")).unwrap();
        command.split_whitespace().last().unwrap().to_owned()
    }

    fn enrol(&self, code: &str, machine: &str) -> Answer {
        let body = json!({"code": code, "machine": machine, "name": "desk"}).to_string();
        request_with("POST", &self.url("push/enrolment"), &[JSON], &body)
    }

    fn stats(&self, query: &str) -> Value {
        let answer = request("GET", &self.url(&format!("stats?range=all{query}")), &[BEARER]);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    fn responses(&self) -> u64 {
        self.stats("")["totals"]["responses"].as_u64().unwrap()
    }
}

/// A machine that is enrolled.
struct Machine {
    place: Place,
    id: String,
    bearer: String,
    pepper: Vec<u8>,
    name: &'static str,
}

impl Machine {
    fn enrolled(hub: &Hub, place: Place, name: &'static str) -> Self {
        place.print(&["daily"]);
        let id = machine_id(&place.database()).unwrap();
        let answer = hub.enrol(&hub.invite(&[]), &id);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let answer = answer.json();
        let digits = answer["pepper"].as_str().unwrap();
        let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        let pepper = (0..digits.len()).step_by(2).map(byte).collect();
        let bearer = format!("Bearer {}", answer["token"].as_str().unwrap());
        Self { place, id, bearer, pepper, name }
    }

    /// A machine with some responses.
    fn with(hub: &Hub, responses: u64) -> Self {
        let place = Place::empty();
        let line = |number: u64| {
            let second = u32::try_from(number).unwrap();
            crate::place::response("other", second, 10 * number, &format!("2026-03-10T10:00:{second:02}Z"))
        };
        let lines: String = (1..=responses).map(line).collect();
        place.append("projects/-p/other.jsonl", lines.as_bytes());
        Self::enrolled(hub, place, "desk")
    }

    /// Returns its responses, in an order that does not change.
    fn reported(&self) -> Vec<ReportedResponse> {
        Runtime::new().unwrap().block_on(async {
            let store = Store::open(&self.place.database(), &[]).await.unwrap();
            let reported = store.reported_responses(EpochMs::MIN, EventId(i64::MIN), 1_000_000).await;
            store.close().await;
            reported.unwrap()
        })
    }

    /// Returns a push of the responses after a number up to another one.
    fn body(&self, push: &Push, epoch: u64) -> Vec<u8> {
        let sender = Sender {
            machine: MachineId::parse(&self.id).unwrap(),
            name: self.name.to_owned(),
            level: Level::Names,
            pepper: Pepper::new(&self.pepper),
            at_ms: EpochMs(0),
            push: Some(push.clone()),
        };
        let reported = self.reported();
        let mut writer = Writer::new(sender, Vec::new());
        for (number, response) in
            (1..).zip(&reported).skip(push.from as usize).take((push.to - push.from) as usize)
        {
            let known = KnownResponse {
                key: &response.key,
                revision: Push::revision(epoch, number),
                rank: response.rank,
                at_ms: response.at_ms,
                parts: &response.parts,
                session: &response.session,
                project: &response.project,
                version: response.version.as_deref(),
                sidechain: response.sidechain,
            };
            writer.write(&known).unwrap();
        }
        writer.finish().unwrap()
    }

    fn send(&self, hub: &Hub, body: &[u8]) -> Answer {
        let headers = [("authorization", &*self.bearer), NDJSON, GZIP];
        request_of("POST", &hub.url("push"), &headers, body)
    }

    fn push(&self, hub: &Hub, range: [u64; 2], receipt: Option<&str>) -> Answer {
        self.send(hub, &self.body(&push(1, range, receipt), 1))
    }

    fn ask(&self, hub: &Hub, method: &str, path: &str) -> Answer {
        request(method, &hub.url(path), &[("authorization", &self.bearer)])
    }
}

fn push(journal: u8, [from, to]: [u64; 2], receipt: Option<&str>) -> Push {
    Push { journal: JournalId([journal; 16]), from, to, receipt: receipt.map(str::to_owned) }
}

fn receipt(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["receipt"].as_str().unwrap().to_owned()
}

#[test]
fn a_machine_enrols_and_pushes_and_the_same_again_changes_nothing() {
    let hub = Hub::new();
    let desk = Machine::with(&hub, 4);
    let position = desk.ask(&hub, "GET", "push").json();
    let expected = json!({"versions": [1], "most": 5_000, "journal": null, "acked": 0, "level": "names", "again_after_ms": 60_000});
    assert_eq!(position, expected);
    let before = hub.stats("")["meta"]["data_version"].clone();
    let first = desk.push(&hub, [0, 2], None);
    let receipt_1 = receipt(&first);
    assert_eq!((&first.json()["acked"], &first.json()["taken"]), (&json!(2), &json!(2)));
    assert_eq!(
        (hub.responses(), hub.stats("&home=machine:desk")["totals"]["responses"].clone()),
        (2, json!(2))
    );
    // Pages notice what is new. The answer was lost: the same again changes nothing.
    let version = hub.stats("")["meta"]["data_version"].clone();
    assert_ne!(version, before);
    let again = desk.push(&hub, [0, 2], None);
    assert_eq!((&again.json()["taken"], &hub.stats("")["meta"]["data_version"]), (&json!(0), &version));
    assert_eq!(receipt(&again), receipt_1, "the receipt of the lost answer");
    let behind = desk.push(&hub, [3, 4], Some(&receipt(&again)));
    assert_eq!(
        (behind.status, &behind.json()["code"], &behind.json()["acked"]),
        (409, &json!("behind"), &json!(2))
    );
    assert_eq!(hub.responses(), 2);
    let next = desk.push(&hub, [2, 4], Some(&receipt(&again)));
    assert_eq!((next.status, hub.responses()), (200, 4));
    assert_eq!(desk.ask(&hub, "GET", "push").json()["acked"], 4);
    // The push before the last one is behind the chain of receipts.
    let fork = desk.push(&hub, [4, 4], None);
    assert_eq!((fork.status, &fork.json()["code"]), (409, &json!("fork")));
    let begun = desk.send(&hub, &desk.body(&push(2, [0, 4], None), 2));
    assert_eq!((begun.status, &begun.json()["taken"], hub.responses()), (200, &json!(4), 4));
    let listed: Value = serde_json::from_str(&hub.place.print(&["team", "machines", "--json"])).unwrap();
    assert_eq!((&listed[0]["name"], &listed[0]["acked"]), (&json!("desk"), &json!(4)));
    assert!(hub.place.print(&["team", "machines"]).contains("desk"));
    hub.server.stop();
}

#[test]
fn a_token_opens_its_own_pushes_and_nothing_else() {
    let hub = Hub::new();
    let (desk, other) = (Machine::with(&hub, 1), Machine::with(&hub, 1));
    let bearer = [("authorization", &*desk.bearer)];
    for path in ["stats", "config", "machines", "team", "links", "health", "nothing"] {
        assert_eq!(request("GET", &hub.url(path), &bearer).status, 403, "{path}");
    }
    for (headers, status) in
        [(&[][..], 401), (&[BEARER][..], 401), (&[("authorization", "Bearer ctmm_x")][..], 401)]
    {
        for method in ["GET", "POST", "DELETE"] {
            check_problem(&request(method, &hub.url("push"), headers), status, "/api/v1/push");
        }
        check_problem(&request("POST", &hub.url("push/token"), headers), status, "/api/v1/push/token");
    }
    // What a body claims to be is compared with its token.
    let foreign = other.body(&push(1, [0, 1], None), 1);
    check_problem(&desk.send(&hub, &foreign), 403, "/api/v1/push");
    assert_eq!(hub.responses(), 0);
    // Rotation: both are valid for a day.
    let token = desk.ask(&hub, "POST", "push/token").json()["token"].as_str().unwrap().to_owned();
    assert_eq!(desk.ask(&hub, "GET", "push").status, 200);
    let rotated = Machine { bearer: format!("Bearer {token}"), ..desk };
    let first = receipt(&rotated.push(&hub, [0, 1], None));
    assert_eq!(hub.responses(), 1);
    // Machines of one name are revoked by their ids.
    hub.place.run(&["team", "revoke", "desk"]).failed(2, &["several machines are called `desk`"]);
    hub.place.print(&["team", "revoke", &rotated.id]);
    assert_eq!((rotated.push(&hub, [1, 1], Some(&first)).status, hub.responses()), (401, 1));
    hub.place.run(&["team", "revoke", "nobody"]).failed(2, &["no machine that enrolled is called `nobody`"]);
    // A machine that leaves takes its usage with it, and a late push is refused.
    let second = receipt(&other.push(&hub, [0, 1], None));
    assert_eq!(other.ask(&hub, "DELETE", "push").json()["machine"], other.id.as_str());
    check_problem(&other.push(&hub, [1, 1], Some(&second)), 410, "/api/v1/push");
    assert_eq!(hub.stats("&home=machine:desk")["totals"]["responses"], 1);
    hub.server.stop();
}

#[test]
fn a_code_enrols_as_many_machines_as_it_says() {
    let hub = Hub::new();
    let id = |digit: &str| digit.repeat(32);
    let code = hub.invite(&["--uses", "2", "--level", "totals", "--expires", "7d"]);
    for digit in ["1", "2"] {
        let enrolled = hub.enrol(&code, &id(digit));
        assert_eq!(
            (enrolled.status, &enrolled.json()["level"]),
            (200, &json!("totals")),
            "{}",
            enrolled.body
        );
    }
    for code in [&*code, "", "x", &"0".repeat(32)] {
        check_problem(&hub.enrol(code, &id("3")), 403, "/api/v1/push/enrolment");
    }
    let own = machine_id(&hub.place.database()).unwrap();
    for machine in ["", "x", &own] {
        assert_eq!(hub.enrol(&hub.invite(&[]), machine).status, 400, "{machine}");
    }
    for body in ["", "{}", "[]", "{\"code\":1}", "no JSON"] {
        let answer = request_with("POST", &hub.url("push/enrolment"), &[JSON], body);
        assert!([400, 415].contains(&answer.status), "{body}: {}", answer.body);
    }
    hub.server.stop();
    // A server that is no hub has none of it.
    let closed = Hub::of(Place::empty(), &[]);
    for path in ["push", "push/enrolment", "push/token"] {
        check_problem(&request("POST", &closed.url(path), &[]), 404, &format!("/api/v1/{path}"));
        check_problem(&request("TRACE", &closed.url(path), &[]), 405, &format!("/api/v1/{path}"));
    }
    closed.server.stop();
}

#[test]
fn a_push_that_cannot_be_read_changes_nothing() {
    let hub = Hub::new();
    let desk = Machine::with(&hub, 3);
    let intact = desk.body(&push(1, [0, 3], None), 1);
    let text = {
        use std::io::Read;
        let mut text = String::new();
        flate2::read::GzDecoder::new(&*intact).read_to_string(&mut text).unwrap();
        text
    };
    let sent = |body: &[u8]| {
        let headers = [("authorization", &*desk.bearer), NDJSON];
        request_of("POST", &hub.url("push"), &headers, body).status
    };
    assert_eq!(sent(text.replacen("{\"v\":1,", "{\"v\":2,", 1).as_bytes()), 426);
    let url = hub.server.url();
    let head = format!(
        "POST /api/v1/push HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\ncontent-type: application/x-ndjson\r\ncontent-length: 1048577\r\n\r\n",
        host(&url),
        desk.bearer
    );
    assert_eq!(send(&url, head.as_bytes()).status, 413);
    let bomb = {
        use std::io::Write;
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(&[text.as_bytes(), &b"\n".repeat(9 << 20)].concat()).unwrap();
        packed.finish().unwrap()
    };
    assert_eq!((bomb.len() < 100_000, sent(&bomb)), (true, 413));
    assert_eq!(sent(text.replace("\"level\":\"names\"", "\"level\":\"all\"").as_bytes()), 400);
    let hostile: [&[u8]; 7] = [
        b"\0",
        b"{}",
        b"{\"v\":1}",
        b"\xff\xfe",
        &intact[..intact.len() / 2],
        &text.as_bytes()[..text.len() / 2],
        &text.repeat(2).into_bytes(),
    ];
    for body in hostile {
        assert_eq!(sent(body), 400, "{}", String::from_utf8_lossy(body));
    }
    let headers = [("authorization", &*desk.bearer), JSON];
    assert_eq!(request_of("POST", &hub.url("push"), &headers, &*intact).status, 415);
    let wrong = Machine { pepper: b"another".to_vec(), ..Machine::with(&hub, 1) };
    assert_eq!(wrong.push(&hub, [0, 1], None).status, 400);
    assert_eq!(hub.responses(), 0);
    // A response that can never be taken is named, and the others are stored.
    let ahead = text.replacen("\"rank\":\"", "\"rank\":\"-", 1);
    let headers = [("authorization", &*desk.bearer), NDJSON];
    let taken = request_of("POST", &hub.url("push"), &headers, ahead.as_bytes()).json();
    let refused = json!([{"r": Push::revision(1, 1), "reason": "`rank` has a value that cannot be"}]);
    assert_eq!((&taken["refused"], &taken["acked"], hub.responses()), (&refused, &json!(3), 2));
    hub.server.stop();
}

#[test]
fn a_push_discloses_no_more_than_was_agreed() {
    let hub = Hub::new();
    let desk = Machine::with(&hub, 1);
    let code = hub.invite(&["--level", "totals"]);
    let answer = hub.enrol(&code, &desk.id).json();
    let bearer = format!("Bearer {}", answer["token"].as_str().unwrap());
    let desk = Machine { bearer, ..desk };
    let refused = desk.send(&hub, &desk.body(&push(1, [0, 1], None), 2));
    check_problem(&refused, 403, "/api/v1/push");
    assert!(refused.body.contains("`totals`"), "{}", refused.body);
    hub.server.stop();
}

/// Splits a home over machines that push in parts, in turns, each part twice.
fn check_split(home: &Path) {
    const MACHINES: usize = 4;
    const PART: u64 = 1_500;
    let whole = Place::reading(home);
    whole.print(&["daily"]);
    let place = Place::empty();
    let server = Running::start(Clock::system(), &place, &[("team", "true"), ("auth_token", TOKEN)]);
    let hub = Hub { place, server };
    let places: Vec<Place> = (0..MACHINES).map(|_| Place::empty()).collect();
    for (number, path) in whole.transcripts().iter().enumerate() {
        let below = path.strip_prefix(home).unwrap().to_str().unwrap();
        let bytes = std::fs::read(path).unwrap();
        places[number % MACHINES].append(below, &bytes);
        if number.is_multiple_of(3) {
            places[(number + 1) % MACHINES].append(below, &bytes);
        }
    }
    let machines: Vec<Machine> =
        places.into_iter().map(|place| Machine::enrolled(&hub, place, "one of them")).collect();
    let mut receipts: Vec<Option<String>> = vec![None; MACHINES];
    let most = machines.iter().map(|machine| machine.reported().len() as u64).max().unwrap();
    for from in (0..most).step_by(PART as usize) {
        for (machine, before) in machines.iter().zip(&mut receipts) {
            let body = machine.body(&push(1, [from, from + PART], before.as_deref()), 1);
            receipt(&machine.send(&hub, &body));
            let again = machine.send(&hub, &body);
            *before = Some(receipt(&again));
            assert_eq!(again.json()["taken"], 0);
        }
    }
    assert_eq!(reported(&hub.place), reported(&whole), "{}", home.display());
    hub.server.stop();
}

#[test]
fn a_home_that_is_pushed_by_several_machines_has_its_totals() {
    let Some(corpora) = std::env::var_os("CTM_CORPORA").map(PathBuf::from) else {
        println!("skipped: CTM_CORPORA is not set");
        return;
    };
    let mut homes: Vec<PathBuf> =
        std::fs::read_dir(corpora).unwrap().map(|entry| entry.unwrap().path()).collect();
    homes.retain(|home| home.join("golden.json").exists());
    homes.iter().for_each(|home| check_split(home));
}

#[test]
fn machines_are_invited_listed_and_revoked_over_rest() {
    let hub = Hub::new();
    let ask =
        |method: &str, path: &str, body: &str| request_with(method, &hub.url(path), &[BEARER, JSON], body);
    assert_eq!(ask("GET", "team", "").json(), json!({"hub": true, "machines": []}));
    let invite = ask("POST", "team/invites", r#"{"hours": 2, "level": "totals"}"#);
    assert_eq!((invite.status, &invite.json()["ends_at"]), (201, &json!("2026-03-11T12:00:00.000Z")));
    let code = invite.json()["code"].as_str().unwrap().to_owned();
    let id = "a".repeat(32);
    let enrolled = hub.enrol(&code, &id);
    assert_eq!((enrolled.status, &enrolled.json()["level"]), (200, &json!("totals")));
    assert_eq!(hub.enrol(&code, &"b".repeat(32)).status, 403);
    let team = ask("GET", "team", "").json();
    let expected = json!({
        "id": id, "name": "desk", "level": "totals", "enrolled_at": "2026-03-11T10:00:00.000Z", "revoked": false,
        "pushed_at": null, "acked": 0, "skew_ms": null, "agent": null,
    });
    assert_eq!(team["machines"], json!([expected]));
    for (body, named) in
        [(r#"{"hours": 0}"#, "hours"), (r#"{"uses": 10001}"#, "uses"), (r#"{"level": "all"}"#, "`hashed`")]
    {
        let refused = ask("POST", "team/invites", body);
        assert_eq!(refused.status, 400, "{body}");
        assert!(refused.body.contains(named), "{}", refused.body);
    }
    let revoked = ask("DELETE", &format!("team/machines/{id}/token"), "");
    assert_eq!((revoked.status, &revoked.json()["machines"][0]["revoked"]), (200, &json!(true)));
    let bearer = format!("Bearer {}", enrolled.json()["token"].as_str().unwrap());
    let bearer = [("authorization", &*bearer)];
    assert_eq!(request("GET", &hub.url("push"), &bearer).status, 401);
    for unknown in ["b".repeat(32), "x".to_owned()] {
        let path = format!("team/machines/{unknown}/token");
        check_problem(&ask("DELETE", &path, ""), 404, &format!("/api/v1/{path}"));
    }
    // Nobody else has access.
    assert_eq!(request("GET", &hub.url("team"), &[]).status, 401);
    hub.server.stop();
}

#[test]
fn a_server_that_is_no_hub_makes_no_invite() {
    let hub = Hub::of(Place::empty(), &[("auth_token", TOKEN)]);
    assert_eq!(request("GET", &hub.url("team"), &[BEARER]).json(), json!({"hub": false, "machines": []}));
    let refused = request_with("POST", &hub.url("team/invites"), &[BEARER, JSON], "{}");
    check_problem(&refused, 403, "/api/v1/team/invites");
    hub.server.stop();
}
