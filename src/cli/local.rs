use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::Summary;
use super::event::PathEvent;
use super::exit::Exit;
use super::put_off::PutOff;
use super::session::Session;
use nova_ft::aws::backend::BackendKind;
use nova_ft::error::{Error, Result};
use nova_ft::local::{LocalHandle, Reset, reset};

/// Interval between two checks whether a job is deferred, and whether another process that served is gone.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

#[derive(Debug, Subcommand)]
pub(super) enum LocalCommand {
    /// Serve the stand-in to other programs until Ctrl-C, and print the variables that they need
    #[command(after_help = "Example:
  nova-ft local serve > stand-in.env & sleep 1; . ./stand-in.env; aws s3 ls")]
    Serve(ServeArgs),
    /// Forget the stand-in's buckets, objects, jobs, models and keys
    Reset,
}

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Port to listen on [default: the one of the last time, else any free one]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
}

#[derive(Debug, Serialize)]
struct ServerEvent<'a> {
    event: &'static str,
    s3_endpoint: String,
    bedrock_endpoint: String,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    region: &'a str,
}

pub(super) fn execute(command: LocalCommand, session: &Session<'_>) -> Result<Summary> {
    session.say_settings();
    if session.backend_kind()? == BackendKind::Aws {
        return Err(Error::Setting {
            origin: "--backend".to_owned(),
            what: "`local` commands are about the stand-in, not about aws".to_owned(),
            hint: "give --backend local.".to_owned(),
        });
    }
    match command {
        LocalCommand::Serve(args) => serve(&args, session),
        LocalCommand::Reset => {
            let Reset { removed, kept } = reset(&session.state_dir()?)?;
            for path in &removed {
                session.ui.result(&format!("removed {}", path.display()));
                session.ui.event(&PathEvent::removed("state", path));
            }
            for path in &kept {
                session.ui.warning(&format!("{} was not made by nova-ft, so it and its folder stay", path.display()));
            }
            if removed.is_empty() && kept.is_empty() {
                session.ui.result("nothing to forget");
            }
            Ok(Summary::new(Exit::Done).with("removed", removed.len()))
        }
    }
}

fn serve(args: &ServeArgs, session: &Session<'_>) -> Result<Summary> {
    let port = session.settings.command("local").value(args.port, "port")?;
    let backend = session.open_backend_at(port)?;
    let Some(handle) = backend.local() else { return Ok(Summary::new(Exit::CouldNotRun)) };
    session.ui.status(&format!("# {}", backend.describe()));
    if !handle.is_serving() {
        session.ui.status("# another nova-ft process serves it; this one takes over when that ends");
    }
    session.interrupt.expect();
    // Straight to stdout, past the log: what these lines hold opens the stand-in.
    if session.ui.is_json() {
        session.ui.event(&event(handle, backend.region()));
    } else {
        session.ui.print(&exports(handle, backend.region()));
    }
    session.ui.status("# stop with Ctrl-C");
    let put_off = PutOff::default();
    while !session.interrupt.wait_for(LOOK_INTERVAL) {
        handle.ensure_served();
        put_off.say(Some(handle), session.ui);
    }
    drop(backend);
    // Asked to serve until Ctrl-C, it has done so.
    session.ui.status(&format!("# stopped; its objects stay in {}", session.state_dir()?.display()));
    Ok(Summary::new(Exit::Done))
}

fn event<'a>(handle: &'a LocalHandle, region: &'a str) -> ServerEvent<'a> {
    ServerEvent {
        event: "server",
        s3_endpoint: handle.endpoint(),
        bedrock_endpoint: handle.bedrock_endpoint(),
        access_key_id: &handle.keys().access_key_id,
        secret_access_key: handle.keys().secret_access_key.reveal(),
        region,
    }
}

/// Lines for a shell to evaluate. The variables that would lead elsewhere are taken away.
fn exports(handle: &LocalHandle, region: &str) -> String {
    let (keys, bedrock) = (handle.keys(), handle.bedrock_endpoint());
    [
        "unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL".to_owned(),
        format!("export AWS_ENDPOINT_URL_S3={}", handle.endpoint()),
        format!("export AWS_ENDPOINT_URL_BEDROCK={bedrock}"),
        format!("export AWS_ENDPOINT_URL_BEDROCK_RUNTIME={bedrock}"),
        format!("export AWS_ENDPOINT_URL_STS={bedrock}"),
        format!("export AWS_ENDPOINT_URL_IAM={bedrock}"),
        format!("export AWS_ACCESS_KEY_ID={}", keys.access_key_id),
        format!("export AWS_SECRET_ACCESS_KEY={}", keys.secret_access_key.reveal()),
        format!("export AWS_REGION={region}"),
        format!("export AWS_DEFAULT_REGION={region}"),
    ]
    .join("\n")
}
