//! Writes batches to a syslog server, which acknowledges nothing.
//!
//! What was flushed counts as sent. A connection that broke may have lost what was on its way: the batches before, as
//! far as they are kept, are sent again on the next one.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use tokio::io::{AsyncRead as _, AsyncWriteExt as _, ReadBuf};

use super::courier::Carrier;
use super::link::{self, Failure, Wire};
use crate::audit::reading::Entry;
use crate::config::Place;
use crate::export::syslog::Source;

/// Bytes that are kept of what was written, besides the last batch: about what can be on its way.
const KEPT: usize = 1 << 20;

pub(super) struct Writer {
    pub(super) place: Place,
    pub(super) source: Source,
    pub(super) wire: Option<Box<dyn Wire>>,
    /// The frames of the batches before: nothing shows that they arrived.
    pub(super) before: VecDeque<Vec<u8>>,
}

impl Carrier for Writer {
    async fn carry(&mut self, batch: &[Entry]) -> Result<u64, Failure> {
        if let Some(wire) = &mut self.wire
            && !is_open(wire).await
        {
            self.wire = None;
        }
        // Back in its place only when all was written.
        let mut wire = if let Some(wire) = self.wire.take() {
            wire
        } else {
            let mut wire = link::connect(&self.place, false).await?;
            for frames in &self.before {
                wire.write_all(frames).await.map_err(|_| Failure::soon("broke-off"))?;
            }
            wire
        };
        let mut frames = Vec::new();
        for entry in batch {
            self.source.frame(entry, &mut frames);
        }
        let written = async {
            wire.write_all(&frames).await?;
            wire.flush().await
        };
        written.await.map_err(|_| Failure::soon("broke-off"))?;
        self.wire = Some(wire);
        self.before.push_back(frames);
        while self.before.len() > 1 && self.before.iter().map(Vec::len).sum::<usize>() > KEPT {
            self.before.pop_front();
        }
        Ok(0)
    }

    async fn close(&mut self) {
        if let Some(mut wire) = self.wire.take() {
            let _ = wire.shutdown().await;
        }
    }
}

/// Whether the server has not closed it. What it says is passed over.
async fn is_open(wire: &mut Box<dyn Wire>) -> bool {
    let mut room = [0; 256];
    poll_fn(|context| {
        loop {
            let mut buffer = ReadBuf::new(&mut room);
            match Pin::new(&mut *wire).poll_read(context, &mut buffer) {
                Poll::Pending => return Poll::Ready(true),
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
                Poll::Ready(_) => return Poll::Ready(false),
            }
        }
    })
    .await
}
