//! STS and IAM, as far as a preflight asks them: who am I, and whom does this role trust. (AWS's query protocol: a form in,
//! XML out.)

use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::constraints::{Checks, TextRule};
use super::fault::Fault;
use super::patterns::ROLE_NAME;
use super::percent;
use super::reply::{Reply, ReplyBody};
use super::roles;
use super::sigv4::{Api, Signer};
use crate::ACCOUNT_ID;
use foundation::entropy::hex;
use foundation::markup::escape;

/// The user whom all keys of the stand-in belong to.
const USER: &str = "nova-ft-local";
/// When its roles were made.
const ROLES_SINCE: &str = "2025-01-01T00:00:00Z";

/// Answers an action.
pub(super) fn answer(signer: &Signer, body: &[u8], roles_file: &Path) -> Result<Reply, Fault> {
    let form = std::str::from_utf8(body).ok().and_then(percent::form_pairs);
    let form =
        form.ok_or_else(|| Fault::new("MalformedQueryString", 400, "The query string contains a syntax error"))?;
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let (action, version) = (field("Action").unwrap_or_default(), field("Version").unwrap_or_default());
    match (signer.api, action) {
        (Api::Sts, "GetCallerIdentity") => Ok(xml(signer.api, "GetCallerIdentity", caller())),
        (Api::Iam, "GetRole") => Ok(xml(signer.api, "GetRole", role(field("RoleName"), roles_file)?)),
        _ => {
            let message = format!("Could not find operation {action} for version {version}");
            Err(Fault::new("InvalidAction", 400, message))
        }
    }
}

fn xml(api: Api, action: &'static str, result: String) -> Reply {
    Reply { status: 200, body: ReplyBody::Xml { api, action, result } }
}

fn caller() -> String {
    let id = unique_id("AIDA", USER);
    format!("<Arn>arn:aws:iam::{ACCOUNT_ID}:user/{USER}</Arn><UserId>{id}</UserId><Account>{ACCOUNT_ID}</Account>")
}

fn role(name: Option<&str>, roles_file: &Path) -> Result<String, Fault> {
    let mut checks = Checks::default();
    checks.required("roleName", name.as_ref());
    checks.text("roleName", name, TextRule::new(1, 64, &ROLE_NAME));
    // IAM has a code of its own for this.
    checks.finish().map_err(|fault| Fault { code: "ValidationError", ..fault })?;
    let name = name.unwrap_or_default();
    let policy = roles::trust_policy(roles_file, name)?
        .ok_or_else(|| Fault::new("NoSuchEntity", 404, format!("The role with name {name} cannot be found.")))?;
    let (id, name) = (unique_id("AROA", name), escape(name));
    let document = percent::encode(&policy.to_string());
    Ok(format!(
        "<Role><Path>/</Path><RoleName>{name}</RoleName><RoleId>{id}</RoleId>\
         <Arn>arn:aws:iam::{ACCOUNT_ID}:role/{name}</Arn><CreateDate>{ROLES_SINCE}</CreateDate>\
         <AssumeRolePolicyDocument>{document}</AssumeRolePolicyDocument>\
         <MaxSessionDuration>3600</MaxSessionDuration></Role>"
    ))
}

/// In the form of IAM's unique ids: four letters for the kind, and 17 that are always the same for one name.
fn unique_id(kind: &str, name: &str) -> String {
    let digest = hex(&Sha256::digest(name)).to_uppercase();
    format!("{kind}{}", &digest[..17])
}
