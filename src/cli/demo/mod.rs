//! `demo`: a gateway to try, with everything it needs, in one command.
//!
//! [`files`] writes what an operator and an administrator would write, [`upstream`] plays MAGDA,
//! [`client`] calls as a consumer would, [`show`] marks what was removed. The gateway between them is
//! the real one, started from the written `gateway.toml` as `run` would start it.

/// Prints a line. A reader that has seen enough (`| head`) is no fault.
macro_rules! say {
    ($($words:tt)*) => {
        drop(writeln!(std::io::stdout(), $($words)*))
    };
}

mod cast;
mod client;
mod files;
mod show;
mod upstream;

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use self::cast::{Consumer, Expected};
use self::client::{Answer, Client};
use self::files::Files;
use self::show::Paint;
use super::{CONFIG, fail};
use crate::app;
use crate::text::words::chain;

/// Try the gateway: a throw-away CA, three consumers, a MAGDA-style upstream and three calls
///
/// Writes certificates, an example registry and a gateway.toml to a directory, starts an upstream with
/// hand-made KBO answers, starts the gateway as `run --config DIR/gateway.toml` would, and calls it as
/// three consumers: without a statutory basis, with one, and without the VKBO disclaimer. Then it keeps
/// running and says how to repeat the calls with curl.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Where to write certificates, keys, registry, gateway.toml and the audit trail; when left out, a temporary directory that
    /// is removed at the end
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Call this upstream instead of the built-in one
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    /// Where the gateway listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// Exit after the three calls: 0 when each went as it should
    #[arg(long)]
    once: bool,
}

/// What can go wrong before or during the demo.
type Trouble = Box<dyn std::error::Error>;

impl Demo {
    pub(super) fn run(&self) -> ExitCode {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        match runtime.map_err(Trouble::from).and_then(|runtime| runtime.block_on(self.play())) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => fail(1, &"a call of the demo did not go as it should"),
            Err(trouble) => fail(CONFIG, &told(&*trouble)),
        }
    }

    async fn play(&self) -> Result<bool, Trouble> {
        let place = Place::new(self.dir.as_deref())?;
        let upstream = match &self.upstream {
            Some(url) => url.clone(),
            None => upstream::start().await?,
        };
        let files = Files::write(place.path(), self.listen, &upstream)?;
        let gateway = app::start(crate::config::load(&files.gateway())?, app::clock::clock())?;
        announce(&files, &upstream, &gateway);
        let right = three_calls(&files, gateway.address()).await?;
        if !self.once {
            show::curl_lines(&files, gateway.address());
            app::until_told(&gateway).await?;
        }
        gateway.shutdown().await;
        Ok(right)
    }
}

/// What went wrong, and for a taken address how to choose another.
fn told(trouble: &(dyn std::error::Error + 'static)) -> String {
    let text = chain(trouble);
    let taken = text.contains("cannot listen on");
    if taken { text + "; --listen chooses another address" } else { text }
}

/// The demo's directory; a temporary one goes when the demo does.
struct Place {
    path: PathBuf,
    temporary: bool,
}

impl Place {
    fn new(dir: Option<&Path>) -> std::io::Result<Self> {
        let temporary = dir.is_none();
        let path = match dir {
            Some(dir) => std::path::absolute(dir)?,
            None => std::env::temp_dir().join(format!("poortwachter-demo-{}", std::process::id())),
        };
        std::fs::create_dir_all(&path)?;
        Ok(Self { path, temporary })
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.temporary {
            // Left behind it is only litter in the temporary directory.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

fn announce(files: &Files, upstream: &str, gateway: &app::Running) {
    say!("files     {}", files.dir().display());
    say!("upstream  {upstream}");
    say!(
        "gateway   https://{}  (poortwachter run --config {})",
        gateway.address(),
        files.gateway().display()
    );
    let dir = files.dir().display();
    say!(
        "audit     {dir}/audit  (poortwachter audit verify --live --key {dir}/keys/checkpoint.pub {dir}/audit)"
    );
    say!("metrics   http://{}/metrics", gateway.admin_address());
}

/// Calls as each consumer and shows what came of it; whether all went as they should.
async fn three_calls(files: &Files, gateway: SocketAddr) -> Result<bool, Trouble> {
    let mut answers: Vec<(&Consumer, Answer)> = Vec::new();
    for consumer in &cast::CONSUMERS {
        let client = Client::new(files, consumer, gateway)?;
        answers.push((consumer, client.ask(Files::question(consumer)).await?));
    }
    let whole = answers.iter().find(|(consumer, _)| consumer.expected == Expected::Whole);
    let whole = whole.map(|(_, answer)| answer.body.clone()).unwrap_or_default();
    let paint = Paint::new(std::io::stdout().is_terminal());
    let mut right = true;
    for (at, (consumer, answer)) in answers.iter().enumerate() {
        let went_right = consumer.expected.met_by(answer, &whole);
        show::call(&paint, at + 1, consumer, answer, &whole, went_right);
        right &= went_right;
    }
    Ok(right)
}
