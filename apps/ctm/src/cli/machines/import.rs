//! `ctm import facts`: the responses of other machines from their files.

use super::super::context::{self, Flags};
use super::super::output::CommandOutput;
use super::super::text::counted;
use super::{own_id, pepper};
use crate::error::AppError;
use clap::Args;
use ctm_facts::{ImportError, Imported, ImportedMachine, MachineSection, OwnMachine};
use ctm_push_format::{Entry, MOST_CLAIMS, Pepper, Reader, Section};
use ctm_reader::open_regular;
use ctm_report::clock::Clock;
use ctm_types::EpochMs;
use ctm_types::printable::{self, one_line, with_causes};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Arguments of `ctm import facts`.
#[derive(Debug, Args)]
pub(in super::super) struct FactsArgs {
    /// Files of `ctm export facts`
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// File with the secret that your machines have in common [default: that of the last import]
    #[arg(long, value_name = "FILE")]
    pepper: Option<PathBuf>,
}

/// Runs `ctm import facts`.
pub(in super::super) async fn run(flags: Flags, args: &FactsArgs) -> Result<(), AppError> {
    let given = args.pepper.as_deref().map(|file| pepper::secret(Some(file))).transpose()?;
    let (settings, prices) = context::start(flags)?;
    let store = context::open_store(&settings, &prices).await?;
    let imported = async {
        let pepper = match given {
            Some(secret) => secret,
            None => store.pepper().await?.unwrap_or_default(),
        };
        let own = OwnMachine { id: own_id(&settings.database)?, pepper, now: Clock::system().now_ms() };
        let mut files = Files::new(&args.files, &own);
        store.import_claims(&own, || files.next_section()).await.map_err(refused)
    };
    let imported = imported.await;
    store.close().await;
    CommandOutput::Page(described(&imported?)).print()
}

fn refused(error: ImportError) -> AppError {
    match error {
        ImportError::Storage(source) => source.into(),
        ImportError::Pepper => AppError::Query(format!(
            "nothing was imported: {error}\nuse that one, or remove all machines first (`ctm machines remove`)"
        )),
        error => AppError::Query(format!("nothing was imported: {error}")),
    }
}

fn described(imported: &Imported) -> String {
    let line = |machine: &ImportedMachine| {
        let claims = counted(machine.claims, "response", "responses");
        format!("{}: {claims}, {} of them new", one_line(&machine.name), machine.new)
    };
    let mut lines: Vec<String> = imported.machines.iter().map(line).collect();
    if imported.own > 0 {
        let own = counted(imported.own, "response", "responses");
        lines.push(format!("Left out: {own} of this machine itself"));
    }
    if lines.is_empty() {
        lines.push("The files contain no responses.".to_owned());
    }
    lines.join("\n")
}

/// Files that are read one after the other, section by section.
struct Files<'f> {
    paths: std::slice::Iter<'f, PathBuf>,
    pepper: Pepper,
    now: EpochMs,
    open: Option<OpenFile<'f>>,
}

struct OpenFile<'f> {
    path: &'f Path,
    reader: Reader<File>,
    /// A header whose claims follow.
    begun: Option<Section>,
}

impl<'f> Files<'f> {
    fn new(paths: &'f [PathBuf], own: &OwnMachine) -> Self {
        Self { paths: paths.iter(), pepper: Pepper::new(&own.pepper), now: own.now, open: None }
    }

    /// Returns the next section; `None` after the last one of the last file.
    fn next_section(&mut self) -> Result<Option<MachineSection>, String> {
        loop {
            if self.open.is_none() {
                let Some(path) = self.paths.next() else { return Ok(None) };
                self.open = Some(OpenFile::new(path, &self.pepper, self.now)?);
            }
            let Some(file) = &mut self.open else { continue };
            match file.next_section()? {
                Some(section) => return Ok(Some(section)),
                None => self.open = None,
            }
        }
    }
}

impl<'f> OpenFile<'f> {
    fn new(path: &'f Path, pepper: &Pepper, now: EpochMs) -> Result<Self, String> {
        let cannot = |reason: String| format!("`{}` cannot be read: {reason}", printable::path(path));
        let (file, _) = open_regular(path).map_err(|error| cannot(error.to_string()))?;
        let reader = Reader::new(file, pepper, now).map_err(|error| cannot(with_causes(&error)))?;
        let mut opened = Self { path, reader, begun: None };
        match opened.next_entry()? {
            Some(Entry::Section(section)) => opened.begun = Some(section),
            None => return Err(opened.refused("it is empty")),
            Some(Entry::Claim(_) | Entry::Refused(_)) => return Err(opened.refused("it has no header")),
        }
        Ok(opened)
    }

    fn next_section(&mut self) -> Result<Option<MachineSection>, String> {
        let Some(Section { machine, name, level, at_ms, .. }) = self.begun.take() else { return Ok(None) };
        let mut claims = Vec::new();
        while let Some(entry) = self.next_entry()? {
            match entry {
                Entry::Claim(claim) if claims.len() < MOST_CLAIMS => claims.push(claim),
                Entry::Section(next) => {
                    self.begun = Some(next);
                    break;
                }
                Entry::Claim(_) | Entry::Refused(_) => return Err(self.refused("it has too many responses")),
            }
        }
        Ok(Some(MachineSection { machine, name, level: level.to_string(), at_ms, claims }))
    }

    /// Returns the next entry. A line that cannot be taken refuses the file.
    fn next_entry(&mut self) -> Result<Option<Entry>, String> {
        match self.reader.next_entry() {
            Ok(Some(Entry::Refused(refused))) => Err(self.refused(&refused.to_string())),
            Ok(entry) => Ok(entry),
            Err(error) => Err(self.refused(&with_causes(&error))),
        }
    }

    fn refused(&self, reason: &str) -> String {
        format!("`{}`: {}", printable::path(self.path), one_line(reason))
    }
}
