//! What clap says, help and misuse, said as everything else is.

use std::ffi::OsString;

use clap::error::ErrorKind;

use super::event::{ErrorEvent, HelpEvent};
use super::exit::Exit;
use super::ui::{Output, Ui, Verbosity};

/// Says it and decides the exit code: help that was asked for is a result, the rest is misuse.
pub(super) fn say(error: &clap::Error, args: &[OsString]) -> Exit {
    // The arguments do not parse, so they are only looked through.
    let json = args.iter().skip(1).take_while(|arg| *arg != "--").any(|arg| arg == "--json");
    let ui = Ui::new(if json { Output::Json } else { Output::Text }, Verbosity::Normal);
    let text = error.render().to_string();
    let exit = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            ui.page(&text);
            ui.event(&HelpEvent { event: "help", text: text.trim_end() });
            Exit::Done
        }
        _ => {
            ui.complaint(&text);
            // Then the text is the help, which says nothing of what is wrong.
            let no_command = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
            ui.event(&if no_command {
                event("no command is given\n\nFor the commands, try '--help'.")
            } else {
                event(&text)
            });
            Exit::CouldNotRun
        }
    };
    ui.finish(None, exit, serde_json::Map::new())
}

/// The first paragraph is what is wrong; below it stand tips, the usage, and the way to the help.
fn event(text: &str) -> ErrorEvent {
    let mut paragraphs = text.trim().split("\n\n");
    let one_line = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let message = one_line(paragraphs.next().unwrap_or_default());
    let hints: Vec<_> = paragraphs.filter(|paragraph| !paragraph.starts_with("Usage:")).map(one_line).collect();
    let message = message.strip_prefix("error: ").unwrap_or(&message).to_owned();
    let mut event = ErrorEvent::new(message);
    event.hint = Some(hints.join(" ")).filter(|hint| !hint.is_empty());
    event
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_paragraph_is_the_message_and_the_usage_is_left_out() {
        let text = "error: the following required arguments were not provided:\n  <FILE>\n\n  tip: a similar one\n\n\
                    Usage: nova-ft validate <FILE>\n\nFor more information, try '--help'.\n";
        let event = event(text);
        assert_eq!(event.message, "the following required arguments were not provided: <FILE>");
        assert_eq!(event.hint.as_deref(), Some("tip: a similar one For more information, try '--help'."));
    }
}
