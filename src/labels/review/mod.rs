//! A page on this machine on which a person accepts or corrects labels, one photo after the other.
//!
//! [`Review::open`] takes a label table and a folder of photos, [`Review::serve`] shows them on 127.0.0.1. A decision is on
//! the disk, in a journal beside the table, before the browser hears of it; the table is written after that, and every byte of
//! it that no decision is about stays. All state comes from these two files: a process that is killed loses nothing.

mod access;
mod candidates;
mod desk;
mod history;
mod known;
mod late;
mod photo;
mod queue;
mod site;
mod table;

use std::fmt;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Serialize;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::images::{self, Scan, ScanOptions};
use crate::reader::PageCache;
use crate::settings::Secret;
use foundation::entropy::random_hex;

use access::Door;
use desk::Desk;
use known::Known;
use photo::Pictures;
use queue::overview;
use site::{Site, router};

/// 128 bits.
const TOKEN_BYTES: usize = 16;
/// How long requests in flight may take after the end was asked for.
const STOP_DEADLINE: Duration = Duration::from_secs(2);

/// What [`Review::open`] needs to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviewOptions {
    /// The label table, CSV.
    pub labels: PathBuf,
    /// The folder of the photos.
    pub input_dir: PathBuf,
    /// Where the decisions go; without it, into the table itself.
    pub output_file: Option<PathBuf>,
    /// What the page lists first.
    pub only: Only,
}

/// Which photos are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Only {
    /// Those that wait for a decision, or have had one.
    #[default]
    Open,
    /// All.
    All,
}

impl fmt::Display for Only {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Open => "open",
            Self::All => "all",
        })
    }
}

impl FromStr for Only {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "open" => Ok(Self::Open),
            "all" => Ok(Self::All),
            _ => Err("expected `open` or `all`".to_owned()),
        }
    }
}

/// How far a review is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ReviewCounts {
    /// Photos that wait for a decision.
    pub open: usize,
    /// Photos that were left for later.
    pub skipped: usize,
    /// Photos with a decision that the table still says.
    pub settled: usize,
    /// Photos with a label that nothing speaks against.
    pub fine: usize,
}

/// What [`ReviewServer::stop`] returns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviewOutcome {
    /// How far the review is.
    pub counts: ReviewCounts,
    /// What is not in the table: rows of other programs that were kept in a file beside it, decisions that could not be written.
    pub warnings: Vec<String>,
}

/// A table that is being reviewed. While it lives, no other process reviews it.
#[derive(Debug)]
pub struct Review {
    desk: Desk,
    only: Only,
}

impl Review {
    /// Opens the table, its journal and the folder. What a killed process had decided and not written yet is written.
    ///
    /// # Errors
    /// Where table, folder or journal cannot be read or written, a row cannot be told, or another process reviews the table.
    pub fn open(options: &ReviewOptions, clock: Clock) -> Result<Self> {
        let scan = images::scan(&options.input_dir, &ScanOptions::default())?;
        if scan.photos.is_empty() {
            let hint = "name the folder of the photos with `input_dir`.";
            return Err(Error::input(options.input_dir.as_path(), "there is no photo in this folder", hint));
        }
        Ok(Self { desk: Desk::open(options, Arc::new(scan), clock)?, only: options.only })
    }

    /// How far it is.
    pub fn counts(&self) -> ReviewCounts {
        overview(&self.desk).counts()
    }

    /// The file that the decisions are written into.
    pub fn table(&self) -> PathBuf {
        self.desk.table.path().to_path_buf()
    }

    /// The file in which each decision is kept first.
    pub fn journal(&self) -> PathBuf {
        self.desk.journal_path().to_path_buf()
    }

    /// Rows whose photo is not in the folder, or could be several: they are left as they are.
    pub fn rows_without_photo(&self) -> usize {
        self.desk.table.without_photo
    }

    /// Serves the page on 127.0.0.1, on this port or any free one. Pages that the reader has kept are looked up meanwhile.
    ///
    /// # Errors
    /// Where the port is taken, or the machine refuses a socket or threads.
    pub fn serve(self, port: Option<u16>, pages: Option<PageCache>) -> Result<ReviewServer> {
        Clock::check_http_date()?;
        let system = |action: &str, source| Error::System { action: action.to_owned(), source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).map_err(|source| match port {
            Some(port) => Error::Setting {
                origin: "port".to_owned(),
                what: format!("port {port} cannot be used: {source}"),
                hint: "name another port, or none for any that is free.".to_owned(),
            },
            None => system("listen on 127.0.0.1", source),
        })?;
        listener.set_nonblocking(true).map_err(|source| system("listen on 127.0.0.1", source))?;
        let port = listener.local_addr().map_err(|source| system("listen on 127.0.0.1", source))?.port();
        let token = Secret::new(random_hex(TOKEN_BYTES).map_err(|source| system("make a token", source))?);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("nova-ft review")
            .enable_all()
            .build()
            .map_err(|source| system("start the network threads", source))?;
        let url = Secret::new(format!("http://127.0.0.1:{port}/{}/", token.reveal()));
        let mut desk = self.desk;
        desk.is_looking = pages.is_some();
        let (scan, table) = (Arc::clone(&desk.scan), desk.table.path().to_path_buf());
        let site =
            Site { door: Door { token, port }, desk: Mutex::new(desk), pictures: Pictures::default(), only: self.only };
        let site = Arc::new(site);
        if let Some(pages) = pages {
            look_up(Arc::clone(&site), scan, table, pages)?;
        }
        let (stop, stopped) = oneshot::channel::<()>();
        let app = router(Arc::clone(&site));
        runtime.spawn(async move {
            // The socket is bound already, and a runtime is here.
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
            let end = async { stopped.await.unwrap_or_default() };
            let _ = axum::serve(listener, app).with_graceful_shutdown(end).await;
        });
        Ok(ReviewServer { url, site, runtime: Some(runtime), stop: Some(stop) })
    }
}

/// Looks up the pages that the reader has kept, on a thread of its own that nobody waits for.
fn look_up(site: Arc<Site>, scan: Arc<Scan>, table: PathBuf, pages: PageCache) -> Result<()> {
    let work = move || {
        let known = Known::look_up(&scan, &table, &pages);
        let mut desk = site.desk();
        desk.is_looking = false;
        desk.revision += 1;
        desk.known = known.unwrap_or_default();
    };
    let spawned = std::thread::Builder::new().name("nova-ft pages".to_owned()).spawn(work);
    spawned.map(drop).map_err(|source| Error::System { action: "start a thread".to_owned(), source })
}

/// A page that is served.
pub struct ReviewServer {
    url: Secret,
    site: Arc<Site>,
    runtime: Option<Runtime>,
    stop: Option<oneshot::Sender<()>>,
}

impl fmt::Debug for ReviewServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReviewServer").field("url", &self.url).finish_non_exhaustive()
    }
}

impl ReviewServer {
    /// The address of the page. Whoever knows it can decide.
    pub fn url(&self) -> &Secret {
        &self.url
    }

    /// Stops the server.
    pub fn stop(mut self) -> ReviewOutcome {
        let warnings = self.end();
        ReviewOutcome { counts: overview(&self.site.desk()).counts(), warnings }
    }

    /// Stops the server, and reads for the last time what other programs wrote into replaced versions of the table.
    fn end(&mut self) -> Vec<String> {
        if let Some(stop) = self.stop.take() {
            // Who no longer listens has ended already.
            let _ = stop.send(());
        }
        let Some(runtime) = self.runtime.take() else { return Vec::new() };
        runtime.shutdown_timeout(STOP_DEADLINE);
        self.site.desk().finish()
    }
}

impl Drop for ReviewServer {
    fn drop(&mut self) {
        // What it returns can be told nobody here; conflict files stay on the disk.
        let _ = self.end();
    }
}

#[cfg(test)]
mod tests;
