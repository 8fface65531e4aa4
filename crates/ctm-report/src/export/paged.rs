//! Responses that are read and written a page at a time.

use super::ExportError;
use crate::error::ReportError;
use crate::responses::response_item;
use crate::wire;
use ctm_export::{Column, Exporter, Format};
use ctm_facts::{ResponseCursor, ResponseFilter, ResponsePage, TimeOrder, UsageFilter};
use ctm_pricing::PriceBook;
use ctm_storage::Store;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Responses per read.
const PAGE: usize = 1_000;

/// Responses that are read and written a page at a time.
pub(super) struct Paged {
    /// `None` once the file is complete.
    exporter: Option<Exporter<wire::Response, Sink>>,
    /// Output of the exporter.
    written: Receiver<Vec<u8>>,
    store: Store,
    prices: Arc<PriceBook>,
    filter: UsageFilter,
    only: ResponseFilter,
    /// The last response that was written.
    after: Option<ResponseCursor>,
}

impl Paged {
    /// Begins a file of the responses that pass both filters.
    pub(super) fn begin(
        format: Format,
        columns: Vec<Column<wire::Response>>,
        store: Store,
        prices: Arc<PriceBook>,
        (filter, only): (UsageFilter, ResponseFilter),
    ) -> Result<Self, ExportError> {
        let (sender, written) = channel();
        let exporter = Some(Exporter::new(format, columns, Sink(sender))?);
        Ok(Self { exporter, written, store, prices, filter, only, after: None })
    }

    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, ExportError> {
        let Some(exporter) = &mut self.exporter else { return Ok(None) };
        let page = ResponsePage {
            after: self.after.take(),
            limit: PAGE,
            order: TimeOrder::OldestFirst,
            only: self.only.clone(),
        };
        let mut responses = self.store.responses(&self.filter, &page).await.map_err(ReportError::from)?;
        for response in &mut responses {
            // As in every other report, parts of other models are omitted.
            let models = &self.filter.models;
            response.parts.retain(|part| models.is_empty() || models.contains(&part.billing.model));
            exporter.write(&response_item(response, &self.prices))?;
        }
        self.after = responses.last().map(ResponseCursor::of);
        if responses.len() < PAGE
            && let Some(exporter) = self.exporter.take()
        {
            exporter.finish()?;
        }
        Ok(Some(self.written.try_iter().flatten().collect()))
    }
}

/// Forwards everything that is written to it.
struct Sink(Sender<Vec<u8>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
