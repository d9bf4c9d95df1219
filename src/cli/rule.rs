use clap::Args;
use serde::Serialize;

use super::Summary;
use super::exit::Exit;
use super::session::Session;
use nova_ft::error::{Error, Result};
use nova_ft::findings::Rule;

#[derive(Debug, Args)]
pub(super) struct RuleArgs {
    /// Code or name of a rule: IMG001, image-format-unknown
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    code: Option<String>,
    /// All rules, a line each
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Serialize)]
struct RuleEvent {
    event: &'static str,
    code: &'static str,
    name: &'static str,
    severity: String,
    scope: String,
    fix: nova_ft::findings::FixKind,
    docs: String,
}

pub(super) fn execute(args: &RuleArgs, session: &Session<'_>) -> Result<Summary> {
    let registry = nova_ft::registry::registry();
    let rules = match &args.code {
        None => registry.rules().to_vec(),
        Some(code) => vec![registry.find(code).ok_or_else(|| Error::Setting {
            origin: "rule".to_owned(),
            what: format!("no rule is called `{code}`"),
            hint: "`nova-ft rule --all` lists them.".to_owned(),
        })?],
    };
    for rule in &rules {
        let text = if args.all {
            format!("{}  {:<7}  {:<7}  {}", rule.code, rule.severity, rule.scope, rule.name)
        } else {
            rule.page()
        };
        session.ui.page(&text);
        session.ui.event(&event(rule));
    }
    Ok(Summary::new(Exit::Done).with("rules", rules.len()))
}

fn event(rule: &Rule) -> RuleEvent {
    RuleEvent {
        event: "rule",
        code: rule.code,
        name: rule.name,
        severity: rule.severity.to_string(),
        scope: rule.scope.to_string(),
        fix: rule.fix,
        docs: rule.page(),
    }
}
