//! Who acted, as it is said in arguments.

/// The arguments of commands that find or append events: for whom, in which session and in which trace.
#[derive(Debug, clap::Args)]
pub(crate) struct Acted {
    /// Who acted: `ada` is a user_id or user_sid, `address=203.0.113.7` any part of the actor; may be given again
    #[arg(long, short, value_name = "[PART=]NAME")]
    pub(crate) actor: Vec<String>,

    /// For whom: `actor.tenant`
    #[arg(long)]
    pub(crate) tenant: Option<String>,

    /// In which session: `actor.session_id`
    #[arg(long)]
    pub(crate) session: Option<String>,

    /// In which trace
    #[arg(long, value_name = "ID")]
    pub(crate) trace_id: Option<String>,
}
