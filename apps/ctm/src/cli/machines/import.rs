//! `ctm import facts`: the responses of other machines from their files.

use super::super::context::{self, Flags};
use super::super::output::CommandOutput;
use super::super::text::counted;
use super::{own_id, pepper};
use crate::error::AppError;
use clap::Args;
use ctm_facts::{ImportError, Imported, ImportedMachine, MachineSection, OwnMachine};
use ctm_proof::key::{KeySignature, Signed};
use ctm_push_format::{Entry, MOST_CLAIMS, Pepper, Reader, Section, StreamSignature};
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
    /// Refuse a file without a signature by this public key, in hexadecimal digits; may be repeated, for a key of each machine
    #[arg(long, value_name = "KEY")]
    signed_by: Vec<String>,
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
        let mut files = Files::new(args, &own);
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
    signers: &'f [String],
    paths: std::slice::Iter<'f, PathBuf>,
    pepper: Pepper,
    now: EpochMs,
    open: Option<OpenFile<'f>>,
}

struct OpenFile<'f> {
    path: &'f Path,
    reader: Reader<File>,
    signers: &'f [String],
    /// `true` if the last entries are not signed.
    is_unsigned: bool,
    /// A header whose claims follow.
    begun: Option<Section>,
}

impl<'f> Files<'f> {
    fn new(args: &'f FactsArgs, own: &OwnMachine) -> Self {
        let FactsArgs { files, signed_by, .. } = args;
        Self {
            signers: signed_by,
            paths: files.iter(),
            pepper: Pepper::new(&own.pepper),
            now: own.now,
            open: None,
        }
    }

    /// Returns the next section; `None` after the last one of the last file.
    fn next_section(&mut self) -> Result<Option<MachineSection>, String> {
        loop {
            if self.open.is_none() {
                let Some(path) = self.paths.next() else { return Ok(None) };
                self.open = Some(OpenFile::new(path, self)?);
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
    fn new(path: &'f Path, files: &Files<'f>) -> Result<Self, String> {
        let cannot = |reason: String| format!("`{}` cannot be read: {reason}", printable::path(path));
        let (file, _) = open_regular(path).map_err(|error| cannot(error.to_string()))?;
        let reader =
            Reader::new(file, &files.pepper, files.now).map_err(|error| cannot(with_causes(&error)))?;
        let mut opened = Self { path, reader, signers: files.signers, is_unsigned: true, begun: None };
        match opened.next_entry()? {
            Some(Entry::Section(section)) => opened.begun = Some(section),
            None => return Err(opened.refused("it is empty")),
            Some(_) => return Err(opened.refused("it has no header")),
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
                    self.is_unsigned = true;
                    break;
                }
                Entry::Signature(signature) => self.check(signature)?,
                Entry::Claim(_) | Entry::Refused(_) => return Err(self.refused("it has too many responses")),
            }
        }
        if self.begun.is_none() && self.is_unsigned && !self.signers.is_empty() {
            return Err(self.refused("it is not signed"));
        }
        Ok(Some(MachineSection { machine, name, level: level.to_string(), at_ms, claims }))
    }

    /// Checks a signature, and who made it.
    fn check(&mut self, signature: StreamSignature) -> Result<(), String> {
        let StreamSignature { sha256, public_key, signature } = signature;
        let by = KeySignature { public_key, signature };
        if !by.is_of(Signed::Facts, &sha256) {
            return Err(self.refused("its signature is not valid"));
        }
        let is_one = |signer: &String| signer.eq_ignore_ascii_case(&by.public_key);
        if !self.signers.is_empty() && !self.signers.iter().any(is_one) {
            return Err(self.refused(&format!("it is signed by {}", by.public_key)));
        }
        self.is_unsigned = false;
        Ok(())
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
