use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done.
    Done,
    /// Done, and the answer is no: findings of error level, objects that did not go through.
    No,
    /// Could not run: usage, a missing file, a service.
    CouldNotRun,
    /// Ctrl-C.
    Interrupted,
}

impl Exit {
    /// `Done` if it is so, else `No`.
    pub(super) fn answer(yes: impl Into<bool>) -> Self {
        if yes.into() { Self::Done } else { Self::No }
    }

    /// The number that the shell sees.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::CouldNotRun => 2,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
