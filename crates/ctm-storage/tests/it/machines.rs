//! Usage of other machines: each response counts once, by the best claim, in any order, and without a machine as if there had
//! never been one.

use crate::support::{Database, T0, batch, copy, next_batch, part, totals};
use ctm_facts::{ImportError, Imported, MachineSection, OwnMachine, UsageFilter};
use ctm_push_format::{Level, Pepper};
use ctm_storage::{FacetDetails, known_response};
use ctm_types::{
    ClaimRank, DisclosedConversation, EpochMs, EventId, LoggedCopy, MachineClaim, MachineId, RankedLine,
    ResponseClaims, ResponseKey, TokenCounts, UsageRow,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

const SECRET: &[u8] = b"secret of the machines";

pub(crate) const OWN: MachineId = MachineId([5; 16]);

/// The machines: some have a smaller id than this one, some a greater one.
const OTHERS: [(MachineId, &str); 3] =
    [(MachineId([1; 16]), "laptop"), (MachineId([6; 16]), "server"), (MachineId([7; 16]), "desk")];

/// What the homes of the machines are called.
const HOMES: [&str; 3] = ["machine:laptop", "machine:server", "machine:desk"];

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Returns the usage by what responses were made for.
async fn by_facet(database: &Database) -> Vec<UsageRow> {
    let all = UsageFilter::default();
    let mut parts = database.store.facet_usage(&all, FacetDetails::default()).await.unwrap();
    let mut usage = Vec::new();
    while let Some(part) = parts.next().await.unwrap() {
        usage.extend(part.rows.into_iter().map(|(_, row)| row));
    }
    usage
}

fn pepper() -> Pepper {
    Pepper::new(SECRET)
}

fn own() -> OwnMachine {
    OwnMachine { id: OWN, pepper: SECRET.to_vec(), now: T0 }
}

/// What a copy or claim of a response is about.
#[derive(Debug, Clone)]
struct Known {
    key: u8,
    output: u64,
    is_final: bool,
    day: i64,
    parts: usize,
}

fn known() -> impl Strategy<Value = Known> {
    (0..6_u8, 1..4_u64, any::<bool>(), 0..3_i64, 1..4_usize)
        .prop_map(|(key, output, is_final, day, parts)| Known { key, output, is_final, day, parts })
}

impl Known {
    fn key(&self) -> ResponseKey {
        ResponseKey::from_stored(&format!("r{}", self.key))
    }

    fn parts(&self) -> Vec<ctm_types::Part> {
        let further = (1..self.parts).map(|number| part("claude-haiku-4-5", number as u64));
        std::iter::once(part("claude-opus-5", self.output)).chain(further).collect()
    }

    /// The copy of this machine.
    fn copy(&self, offset_bytes: u64) -> LoggedCopy {
        let mut copy = copy(self.key().as_str(), "s", offset_bytes, self.output);
        copy.attribution.at_ms = T0 + self.day * DAY_MS;
        copy.snapshot.parts = self.parts();
        copy.snapshot.is_final = self.is_final;
        copy
    }

    /// The claim of another machine.
    fn claim(&self, revision: u64) -> MachineClaim {
        let line = RankedLine {
            is_final: self.is_final,
            output: self.output,
            in_own_file: true,
            ..RankedLine::default()
        };
        MachineClaim {
            key: pepper().digest(&self.key()),
            revision,
            rank: ClaimRank::of(line),
            at_ms: T0 + self.day * DAY_MS,
            parts: self.parts(),
            conversation: Arc::new(DisclosedConversation {
                session: Some(pepper().session("s")).filter(|_| self.key.is_multiple_of(2)),
                project: Some("app".to_owned()).filter(|_| self.key.is_multiple_of(3)),
                version: Some(format!("2.1.{}", self.key)).filter(|_| !self.key.is_multiple_of(3)),
                ..DisclosedConversation::default()
            }),
        }
    }
}

fn section(machine: usize, at: u64, claims: Vec<MachineClaim>) -> MachineSection {
    let (id, name) = OTHERS[machine];
    let at_ms = EpochMs(at.cast_signed());
    MachineSection { machine: id, name: name.to_owned(), level: "names".to_owned(), at_ms, claims }
}

async fn import(database: &Database, sections: Vec<MachineSection>) -> Result<Imported, ImportError> {
    let mut sections = VecDeque::from(sections);
    database.store.import_claims(&own(), || Ok(sections.pop_front())).await
}

/// Imports claims on responses with these keys.
pub(crate) async fn import_some(database: &Database, keys: &[&str]) {
    let claim = |key: &&str| MachineClaim {
        key: pepper().digest(&ResponseKey::from_stored(key)),
        ..Known { key: 0, output: 1, is_final: true, day: 0, parts: 2 }.claim(1)
    };
    import(database, vec![section(0, 1, keys.iter().map(claim).collect())]).await.unwrap();
}

/// Imports a claim of a machine that has no secret.
pub(crate) async fn import_without_pepper(database: &Database) {
    let plain = OwnMachine { pepper: Vec::new(), ..own() };
    let mut sections = VecDeque::from([section(0, 1, vec![simple(1, 1).claim(1)])]);
    database.store.import_claims(&plain, || Ok(sections.pop_front())).await.unwrap();
}

/// What counts, by home.
type Counted = BTreeMap<String, (u64, [u64; 5])>;

async fn counted(database: &Database) -> Counted {
    let names = database.store.home_names().await.unwrap();
    let mut by_home: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for row in database.usage().await {
        by_home.entry(names[&row.home].clone()).or_default().push(row);
    }
    by_home.into_iter().map(|(home, rows)| (home, totals(&rows))).collect()
}

/// What counts according to the rule of claims.
#[derive(Default)]
struct Expected(BTreeMap<u8, ResponseClaims>);

impl Expected {
    fn claims(&mut self, claim: &MachineClaim) -> &mut ResponseClaims {
        let key =
            (0..6).find(|key| claim.key == pepper().digest(&ResponseKey::from_stored(&format!("r{key}"))));
        self.0.entry(key.unwrap()).or_default()
    }

    /// Puts what this machine claims, as it reports it to others.
    async fn put_own(&mut self, database: &Database) {
        let reported =
            database.store.reported_responses(EpochMs::MIN, EventId(i64::MIN), 1_000).await.unwrap();
        for response in &reported {
            let claim = Level::Names.disclose(&pepper(), &known_response(response, 0));
            let claims = self.claims(&claim);
            claims.remove(OWN);
            claims.put(OWN, claim);
        }
    }

    fn counted(&self) -> Counted {
        let mut counted = Counted::new();
        for (machine, claim) in self.0.values().filter_map(ResponseClaims::counting) {
            let other = OTHERS.iter().position(|(id, _)| *id == machine);
            let home = other.map_or(crate::support::HOME, |at| HOMES[at]);
            let (responses, sums) = counted.entry(home.to_owned()).or_default();
            *responses += 1;
            let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } =
                claim.parts.iter().map(|part| part.tokens).sum();
            for (sum, count) in
                sums.iter_mut().zip([input, output, cache_read, cache_write_5m, cache_write_1h])
            {
                *sum += count;
            }
        }
        counted
    }

    fn without(&mut self, machine: MachineId) {
        for claims in self.0.values_mut() {
            claims.remove(machine);
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// This machine reads more of its transcript.
    Read(Vec<Known>),
    /// The file of a machine with a revision.
    Import(usize, u64, Vec<Known>),
    /// The removal of a machine.
    Remove(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let known = || prop::collection::vec(known(), 1..6);
    let step = prop_oneof![
        3 => known().prop_map(Step::Read),
        4 => (0..3_usize, 1..4_u64, known()).prop_map(|(machine, at, known)| Step::Import(machine, at, known)),
        1 => (0..3_usize).prop_map(Step::Remove),
    ];
    prop::collection::vec(step, 1..10)
}

/// Responses of a file, each once: a file has one claim on each.
fn each_once(known: &[Known], revision: u64) -> Vec<MachineClaim> {
    let by_key: BTreeMap<u8, &Known> = known.iter().map(|known| (known.key, known)).collect();
    by_key.values().map(|known| known.claim(revision)).collect()
}

async fn check(steps: Vec<Step>) {
    let mut database = Database::new().await;
    let introduced: Vec<_> = (0..OTHERS.len()).map(|machine| section(machine, 0, Vec::new())).collect();
    import(&database, introduced.clone()).await.unwrap();
    let (mut expected, mut offset) = (Expected::default(), 0);
    for step in &steps {
        match step {
            Step::Read(known) => {
                let end = offset + known.len() as u64;
                let copies = (offset..).zip(known).map(|(offset, known)| known.copy(offset)).collect();
                let batch =
                    if offset == 0 { batch("s", end, copies) } else { next_batch("s", offset, end, copies) };
                database.writer.apply(&[batch]).await.unwrap();
                offset = end;
            }
            Step::Import(machine, at, known) => {
                let claims = each_once(known, *at);
                for claim in &claims {
                    expected.claims(claim).put(OTHERS[*machine].0, claim.clone());
                }
                import(&database, vec![section(*machine, *at, claims.clone())]).await.unwrap();
                let before = database.store.data_version().await.unwrap();
                let again = import(&database, vec![section(*machine, *at, claims)]).await.unwrap();
                assert_eq!(again.machines.iter().map(|machine| machine.new).sum::<u64>(), 0);
                assert_eq!(
                    database.store.data_version().await.unwrap(),
                    before,
                    "a file twice changes nothing"
                );
            }
            Step::Remove(machine) => {
                database.store.remove_machine(OTHERS[*machine].0).await.unwrap();
                expected.without(OTHERS[*machine].0);
            }
        }
        expected.put_own(&database).await;
        assert_eq!(counted(&database).await, expected.counted(), "after {step:?} of {steps:?}");
        assert_eq!(
            totals(&by_facet(&database).await),
            database.totals().await,
            "after {step:?} of {steps:?}"
        );
    }
    assert!(database.store.differing_days().await.unwrap().is_empty());
    assert!(
        ctm_storage::inspect(database.store.path(), ctm_facts::Depth::Thorough)
            .await
            .unwrap()
            .problems
            .is_empty()
    );
    import(&database, introduced).await.unwrap();
    for (machine, _) in OTHERS {
        assert!(database.store.remove_machine(machine).await.unwrap());
        expected.without(machine);
        assert_eq!(counted(&database).await, expected.counted(), "{steps:?}");
    }
    let left = database
        .number(
            "SELECT (SELECT count(*) FROM machine_claim) + (SELECT count(*) FROM machine_session)
             + (SELECT count(*) FROM machine_project) + (SELECT count(*) FROM machine_billing)
             + (SELECT count(*) FROM machine_version) + (SELECT count(*) FROM machine_overlap)
             + (SELECT count(*) FROM machine_secret)",
        )
        .await;
    assert_eq!(left, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn in_any_order_the_best_claim_of_all_machines_counts(steps in steps()) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(check(steps));
    }
}

/// Returns a claim of another machine on a response.
pub(crate) fn some_claim(revision: u64) -> MachineClaim {
    simple(1, 1).claim(revision)
}

fn simple(key: u8, output: u64) -> Known {
    Known { key, output, is_final: true, day: 0, parts: 1 }
}

#[tokio::test]
async fn a_claim_is_compared_with_those_of_its_key_alone() {
    let mut database = Database::new().await;
    let on = |key, day| Known { day, ..simple(key, 2) };
    let copies = (0..5).map(|key| on(key, i64::from(key)).copy(key.into())).collect();
    database.writer.apply(&[batch("s", 10, copies)]).await.unwrap();
    import(&database, vec![section(0, 1, vec![simple(0, 1).claim(1)])]).await.unwrap();
    // What is compared anew loses this.
    database
        .execute(
            "UPDATE machine_overlap SET beaten = 1 WHERE event_id = (SELECT id FROM event WHERE key = 'r3')",
        )
        .await;
    const BEATEN: &str = "SELECT group_concat(key, ',') FROM (
        SELECT event.key FROM machine_overlap CROSS JOIN event ON event.id = event_id AND beaten ORDER BY event.key)";
    let claim = Known { output: 3, ..on(1, 1) }.claim(2);
    import(&database, vec![section(0, 2, vec![claim])]).await.unwrap();
    assert_eq!(database.text(BEATEN).await, "r1,r3");
    assert_eq!(database.number("SELECT count(*) FROM machine_overlap").await, 5);
    // Another id of this machine compares all.
    let other = OwnMachine { id: MachineId([9; 16]), ..own() };
    database.store.import_claims(&other, || Ok(None)).await.unwrap();
    assert_eq!(database.text(BEATEN).await, "r1");
    assert_eq!(counted(&database).await[HOMES[0]].0, 1);
}

#[tokio::test]
async fn machines_are_listed_with_what_counts_of_them() {
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 10, vec![simple(1, 9).copy(0)])]).await.unwrap();
    let claims = vec![simple(1, 2).claim(8), simple(2, 3).claim(8)];
    let imported = import(&database, vec![section(0, 8, claims)]).await.unwrap();
    let of = |imported: &Imported| {
        imported.machines.iter().map(|of| (of.name.clone(), of.claims, of.new)).collect::<Vec<_>>()
    };
    assert_eq!(of(&imported), [("laptop".to_owned(), 2, 2)]);
    let machines = database.store.machines().await.unwrap();
    let [laptop] = &machines[..] else { panic!("{machines:?}") };
    assert_eq!((&*laptop.name, &*laptop.level, laptop.exported_at_ms.0), ("laptop", "names", 8));
    assert_eq!((laptop.responses, laptop.counting, laptop.imported_at_ms), (2, 1, T0));
    // An older file changes neither its name nor its claims.
    let older = MachineSection { name: "old".to_owned(), ..section(0, 7, vec![simple(2, 1).claim(7)]) };
    assert_eq!(of(&import(&database, vec![older]).await.unwrap()), [("old".to_owned(), 1, 0)]);
    assert_eq!(database.store.machines().await.unwrap(), machines);
    // Machines of one name are distinguished by their ids.
    let namesake = MachineSection { name: "laptop".to_owned(), ..section(1, 8, Vec::new()) };
    import(&database, vec![namesake]).await.unwrap();
    let machines = database.store.machines().await.unwrap();
    let names: Vec<&str> = machines.iter().map(|machine| &*machine.name).collect();
    assert_eq!(names, ["laptop 01010101", "laptop 06060606"]);
    let homes = database.store.home_names().await.unwrap();
    assert!(homes.values().any(|home| home == "machine:laptop 06060606"), "{homes:?}");
}

#[tokio::test]
async fn a_session_of_both_machines_is_one_and_names_of_others_are_found() {
    let mut database = Database::new().await;
    let claims = vec![simple(0, 3).claim(1), simple(3, 4).claim(1)];
    import(&database, vec![section(0, 1, claims)]).await.unwrap();
    let sessions = async |database: &Database| {
        let names = database.store.session_names().await.unwrap();
        let usage = database.usage().await;
        let mut found: Vec<_> =
            usage.iter().map(|row| names.get(&row.session).cloned().unwrap_or_default()).collect();
        found.sort();
        found
    };
    assert_eq!(sessions(&database).await, [String::new(), pepper().session("s")]);
    // Read later, by this machine: the session has a name from then on.
    database.writer.apply(&[batch("s", 10, vec![simple(5, 9).copy(0)])]).await.unwrap();
    assert_eq!(sessions(&database).await, ["", "s", "s"]);
    let filtered = async |filter: UsageFilter| totals(&database.store.usage(&filter).await.unwrap()).0;
    let named = |name: &str| vec![name.to_owned()];
    let all = UsageFilter::default;
    assert_eq!(filtered(UsageFilter { homes: named("machine:laptop"), ..all() }).await, 2);
    assert_eq!(filtered(UsageFilter { homes: named(crate::support::HOME), ..all() }).await, 1);
    assert_eq!(filtered(UsageFilter { projects: named("app"), ..all() }).await, 2);
    assert_eq!(filtered(UsageFilter { sessions: named("s"), ..all() }).await, 2);
    assert_eq!(filtered(UsageFilter { models: named("claude-opus-5"), ..all() }).await, 3);
    assert_eq!(filtered(UsageFilter { models: named("other"), ..all() }).await, 0);
}

#[tokio::test]
async fn usage_of_others_is_summed_by_day_in_advance() {
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 10, vec![simple(1, 9).copy(0)])]).await.unwrap();
    let on = |key, day| Known { day, ..simple(key, 2) }.claim(1);
    import(&database, vec![section(0, 1, vec![on(2, 0), on(3, 4), on(4, 4)])]).await.unwrap();
    const SUMMED: &str = "SELECT count(*) FROM usage_day WHERE usage IS NOT NULL AND claims IS NOT NULL";
    assert_eq!(database.number(SUMMED).await, 2);
    let summed = counted(&database).await;
    database.execute("UPDATE usage_day SET usage = NULL").await;
    assert_eq!(counted(&database).await, summed);
    database.writer.settle().await.unwrap();
    assert_eq!((database.number(SUMMED).await, counted(&database).await), (2, summed.clone()));
    // Sums that cannot be read are summed anew.
    database.execute("UPDATE usage_day SET claims = x'00' WHERE claims IS NOT NULL").await;
    assert_eq!(counted(&database).await, summed);
    database.store.remove_machine(OTHERS[0].0).await.unwrap();
    assert_eq!(database.number("SELECT count(*) FROM usage_day").await, 1);
    assert_eq!(counted(&database).await.into_keys().collect::<Vec<_>>(), [crate::support::HOME]);
}

#[tokio::test]
async fn usage_of_other_machines_has_its_version() {
    let database = Database::new().await;
    let claims = [1, 2, 3].map(|key| simple(key, key.into()).claim(1)).to_vec();
    import(&database, vec![section(0, 1, claims)]).await.unwrap();
    let all = UsageFilter::default();
    let details = FacetDetails { versions: true, ..FacetDetails::default() };
    let mut parts = database.store.facet_usage(&all, details).await.unwrap();
    let mut outputs: BTreeMap<Option<String>, u64> = BTreeMap::new();
    while let Some(part) = parts.next().await.unwrap() {
        for (key, row) in &part.rows {
            let version = part.conversations.get(&key.conversation).and_then(|names| names.version.clone());
            *outputs.entry(version).or_default() += row.tokens.output;
        }
    }
    let version = |of: &str| Some(of.to_owned());
    assert_eq!(outputs, [(None, 3), (version("2.1.1"), 1), (version("2.1.2"), 2)].into());
}

#[tokio::test]
async fn what_is_refused_changes_nothing() {
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 10, vec![simple(1, 1).copy(0)])]).await.unwrap();
    let before = (counted(&database).await, database.store.data_version().await.unwrap());
    let mut sections = VecDeque::from([section(0, 1, vec![simple(1, 9).claim(1)])]);
    let next = || sections.pop_front().map(Some).ok_or_else(|| "line 3: nonsense".to_owned());
    let refused = database.store.import_claims(&own(), next).await.unwrap_err();
    assert_eq!(refused.to_string(), "line 3: nonsense");
    assert_eq!((counted(&database).await, database.store.data_version().await.unwrap()), before);
    assert_eq!(
        (database.store.machines().await.unwrap(), database.store.pepper().await.unwrap()),
        (Vec::new(), None)
    );
    import(&database, vec![section(0, 1, vec![simple(1, 9).claim(1)])]).await.unwrap();
    assert_eq!(database.store.pepper().await.unwrap().as_deref(), Some(SECRET));
    let other = OwnMachine { pepper: b"another secret".to_vec(), ..own() };
    let refused = database.store.import_claims(&other, || Ok(None)).await.unwrap_err();
    assert!(matches!(refused, ImportError::Pepper), "{refused:?}");
}

#[tokio::test]
async fn tools_of_a_response_that_counts_elsewhere_are_kept() {
    let mut database = Database::new().await;
    let mut copy = simple(1, 1).copy(0);
    copy.tool_calls = vec![crate::support::call("toolu_1", "Read")];
    database.writer.apply(&[batch("s", 10, vec![copy])]).await.unwrap();
    let calls = async || {
        let usage = database.store.tool_usage(&UsageFilter::default()).await.unwrap();
        usage.iter().map(|row| row.calls).sum::<u64>()
    };
    assert_eq!(calls().await, 1);
    import(&database, vec![section(0, 1, vec![simple(1, 9).claim(1)])]).await.unwrap();
    assert_eq!(
        (calls().await, counted(&database).await.into_keys().collect()),
        (1, vec![HOMES[0].to_owned()])
    );
}

#[tokio::test]
async fn claims_of_this_machine_are_left_out() {
    let database = Database::new().await;
    let mine = MachineSection { machine: OWN, ..section(0, 1, vec![simple(1, 9).claim(1)]) };
    let imported = import(&database, vec![mine]).await.unwrap();
    assert_eq!(imported, Imported { machines: Vec::new(), own: 1 });
    assert_eq!((database.usage().await, database.store.pepper().await.unwrap()), (Vec::new(), None));
    assert!(!database.store.remove_machine(OWN).await.unwrap());
}
