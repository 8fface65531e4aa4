//! The sums of a machine's day.

use crate::claim::{Claim, PartNumbers};
use crate::connection::{TeamStore, TenantId, Tx, statement};
use crate::settling::Days;
use ctm_facts::StorageError;
use ctm_facts::days::{DayForm, DayUsage, KeptDay};
use ctm_types::{HomeId, UtcDay};
use sqlx::postgres::PgRow;
use sqlx::{QueryBuilder, Row as _};
use std::collections::BTreeSet;

/// Rows of a statement: each has three values, of which a statement takes 65,535.
const ROWS: usize = 10_000;

/// Computes the sums of days of a machine anew. The machine is locked.
pub(crate) async fn sum(
    tx: &mut Tx,
    tenant: TenantId,
    form: &DayForm,
    machine: i32,
    days: &BTreeSet<UtcDay>,
) -> sqlx::Result<()> {
    const PUT: &str = "INSERT INTO usage_day (tenant, machine, day, form, usage) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (tenant, machine, day) DO UPDATE SET form = excluded.form, usage = excluded.usage
        WHERE (usage_day.form, usage_day.usage) IS DISTINCT FROM (excluded.form, excluded.usage)";
    const REMOVE: &str = "DELETE FROM usage_day WHERE tenant = $1 AND machine = $2 AND day = $3";
    for day in days {
        match of_events(tx, tenant, form, machine, *day).await? {
            Some(usage) => {
                let put = statement(PUT).bind(tenant.0).bind(machine).bind(day.0);
                put.bind(form.name().to_owned()).bind(usage.pack(*day)).execute(&mut **tx).await?;
            }
            None => {
                let remove = statement(REMOVE).bind(tenant.0).bind(machine).bind(day.0);
                remove.execute(&mut **tx).await?;
            }
        }
    }
    Ok(())
}

/// Returns the sums of a machine's day, from its responses; `None` without any.
pub(crate) async fn of_events(
    tx: &mut Tx,
    tenant: TenantId,
    form: &DayForm,
    machine: i32,
    day: UtcDay,
) -> sqlx::Result<Option<DayUsage>> {
    const FIND: &str = "SELECT response.*, coalesce(session_id, 0) AS session_id, coalesce(project_id, 0) AS project_id,
            coalesce(sidechain, false) AS sidechain
        FROM response
        LEFT JOIN conversation ON conversation.tenant = response.tenant AND conversation.machine = response.machine
            AND conversation.id = response.conversation
        WHERE response.tenant = $1 AND response.machine = $2 AND at_ms BETWEEN $3 AND $4";
    let first_ms = day.0.saturating_mul(UtcDay::MILLIS);
    let last_ms = first_ms.saturating_add(UtcDay::MILLIS - 1);
    let find = statement(FIND).bind(tenant.0).bind(machine).bind(first_ms).bind(last_ms);
    let rows = find.fetch_all(&mut **tx).await?;
    let mut sums = <DayUsage as KeptDay>::Sums::default();
    for row in &rows {
        add(&mut sums, row, form)?;
    }
    Ok((!rows.is_empty()).then(|| DayUsage::of(sums)))
}

/// Adds the parts of a response to sums.
fn add(sums: &mut <DayUsage as KeptDay>::Sums, row: &PgRow, form: &DayForm) -> sqlx::Result<()> {
    let claim = Claim::read(row)?;
    let (session, project): (i64, i64) = (row.try_get("session_id")?, row.try_get("project_id")?);
    let sidechain: bool = row.try_get("sidechain")?;
    let is_final = claim.rank()?.is_final();
    for (number, part) in (0..).zip(&claim.parts) {
        let [billing, tokens @ .., web_searches]: PartNumbers = *part;
        let place =
            [claim.at_ms.0, session, project, project, claim.machine.into(), sidechain.into(), billing];
        let of_part = [number, i64::from(is_final)];
        let columns = [&place[..], &of_part, &tokens, &[web_searches, 0]].concat();
        if let Some(event) = DayUsage::event(&columns) {
            DayUsage::add(sums, &event, form);
        }
    }
    Ok(())
}

/// Marks days of machines whose sums are not those of their responses any more, in the order of machines and days.
///
/// A mark that is there is locked all the same: otherwise its machine could sum the day before this transaction commits, and remove
/// the mark.
pub(crate) async fn mark(tx: &mut Tx, tenant: TenantId, days: &Days) -> sqlx::Result<()> {
    let days: Vec<_> = days.iter().copied().collect();
    for rows in days.chunks(ROWS) {
        let mut insert = QueryBuilder::new("INSERT INTO day_to_sum (tenant, machine, day) ");
        insert.push_values(rows, |mut row, (machine, day)| {
            row.push_bind(tenant.0).push_bind(*machine).push_bind(day.0);
        });
        insert.push(" ON CONFLICT (tenant, machine, day) DO UPDATE SET day = excluded.day");
        insert.build().persistent(false).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Removes the marks of a machine, and returns their days. Those that another transaction is adding are left: nothing waits here, so that
/// no two transactions wait for each other.
pub(crate) async fn take_marks(
    tx: &mut Tx,
    tenant: TenantId,
    machine: i32,
) -> sqlx::Result<BTreeSet<UtcDay>> {
    const TAKE: &str = "DELETE FROM day_to_sum
        WHERE tenant = $1 AND machine = $2 AND day = ANY(ARRAY(
            SELECT day FROM day_to_sum WHERE tenant = $1 AND machine = $2 FOR UPDATE SKIP LOCKED))
        RETURNING day";
    let rows = statement(TAKE).bind(tenant.0).bind(machine).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| row.try_get("day").map(UtcDay)).collect()
}

impl TeamStore {
    /// Computes the sums of the days that other machines have changed. Machines that push at this time do it themselves. Figures are
    /// the same before and after.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be written.
    pub async fn sum_marked(&self) -> Result<(), StorageError> {
        const MARKED: &str = "SELECT DISTINCT machine FROM day_to_sum WHERE tenant = $1";
        const LOCK: &str = "SELECT id FROM machine WHERE tenant = $1 AND id = $2 FOR UPDATE SKIP LOCKED";
        let tenant = self.tenant;
        for row in self.rows(statement(MARKED).bind(tenant.0)).await? {
            let machine: i32 = self.at(row.try_get("machine"))?;
            let summed = self.change(async |tx| {
                let lock = statement(LOCK).bind(tenant.0).bind(machine).fetch_optional(&mut **tx);
                if lock.await?.is_some() {
                    let days = take_marks(tx, tenant, machine).await?;
                    sum(tx, tenant, &self.form, machine, &days).await?;
                }
                Ok(())
            });
            summed.await?;
        }
        Ok(())
    }
}

impl TeamStore {
    /// Returns the days of machines whose stored sums are not marked and differ from their responses: none, unless the database is
    /// damaged.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn differing_days(&self) -> Result<Vec<(HomeId, UtcDay)>, StorageError> {
        let read = async {
            let mut tx = self.reading().await?;
            let differing = differing(&mut tx, self.tenant, &self.form).await?;
            tx.commit().await?;
            Ok(differing)
        };
        self.at(read.await)
    }
}

async fn differing(tx: &mut Tx, tenant: TenantId, form: &DayForm) -> sqlx::Result<Vec<(HomeId, UtcDay)>> {
    const DAYS: &str = "SELECT machine, day, usage FROM usage_day
            FULL JOIN (SELECT DISTINCT tenant, machine, at_ms / 86400000 - (at_ms % 86400000 < 0)::int AS day
                FROM response) AS of_responses USING (tenant, machine, day)
        WHERE tenant = $1 AND NOT EXISTS (SELECT FROM day_to_sum AS mark
            WHERE mark.tenant = $1 AND (mark.machine, mark.day) = (usage_day.machine, usage_day.day)
               OR mark.tenant = $1 AND (mark.machine, mark.day) = (of_responses.machine, of_responses.day))
        ORDER BY machine, day";
    let mut differing = Vec::new();
    for row in statement(DAYS).bind(tenant.0).fetch_all(&mut **tx).await? {
        let (machine, day): (i32, _) = (row.try_get("machine")?, UtcDay(row.try_get("day")?));
        let stored: Option<Vec<u8>> = row.try_get("usage")?;
        let summed = of_events(tx, tenant, form, machine, day).await?.map(|usage| usage.pack(day));
        if stored != summed {
            differing.push((HomeId(machine.into()), day));
        }
    }
    Ok(differing)
}
