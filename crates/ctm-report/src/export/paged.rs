//! Responses that are read and written a page at a time.

use super::ExportError;
use crate::error::ReportError;
use crate::responses::response_item;
use crate::wire;
use ctm_export::{Column, Exporter, Format};
use ctm_facts::{
    ResponseCursor, ResponseFilter, ResponsePage, StorageError, StoredResponse, TimeOrder, UsageFilter,
};
use ctm_pricing::PriceBook;
use ctm_storage::Store;
use ctm_types::EventId;
use std::collections::VecDeque;
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
    place: PagePlace,
}

/// What comes next.
enum PagePlace {
    /// Everything after a response.
    After(Option<ResponseCursor>),
    /// Listed responses, in the order of time: as many at once as a page has, so that no statement has all of them.
    Listed(VecDeque<EventId>),
}

impl Paged {
    /// Begins a file of the responses that pass both filters.
    pub(super) fn begin(
        format: Format,
        columns: Vec<Column<wire::Response>>,
        store: Store,
        prices: Arc<PriceBook>,
        (filter, mut only): (UsageFilter, ResponseFilter),
    ) -> Result<Self, ExportError> {
        let place = only.events.take().map_or(PagePlace::After(None), |of| PagePlace::Listed(of.into()));
        let (sender, written) = channel();
        let exporter = Some(Exporter::new(format, columns, Sink(sender))?);
        Ok(Self { exporter, written, store, prices, filter, only, place })
    }

    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, ExportError> {
        if self.exporter.is_none() {
            return Ok(None);
        }
        let (mut responses, is_last) = self.read_page().await.map_err(ReportError::from)?;
        let Some(exporter) = &mut self.exporter else { return Ok(None) };
        for response in &mut responses {
            // As in every other report, parts of other models are omitted.
            let models = &self.filter.models;
            response.parts.retain(|part| models.is_empty() || models.contains(&part.billing.model));
            exporter.write(&response_item(response, &self.prices))?;
        }
        if is_last && let Some(exporter) = self.exporter.take() {
            exporter.finish()?;
        }
        Ok(Some(self.written.try_iter().flatten().collect()))
    }

    /// Returns the responses of the next page, and whether it is the last one.
    async fn read_page(&mut self) -> Result<(Vec<StoredResponse>, bool), StorageError> {
        let mut page =
            ResponsePage { after: None, limit: PAGE, order: TimeOrder::OldestFirst, only: self.only.clone() };
        match &mut self.place {
            PagePlace::After(after) => {
                page.after = after.take();
                let responses = self.store.responses(&self.filter, &page).await?;
                *after = responses.last().map(ResponseCursor::of);
                let is_last = responses.len() < PAGE;
                Ok((responses, is_last))
            }
            PagePlace::Listed(events) => {
                page.only.events = Some(events.drain(..PAGE.min(events.len())).collect());
                let responses = self.store.responses(&self.filter, &page).await?;
                Ok((responses, events.is_empty()))
            }
        }
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
