//! Settings that are one of a few words.

/// Declares an enum of a setting with a keyword per value.
macro_rules! choice {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$doc])* $value,)+
        }

        impl $name {
            /// All words, in the order of the values.
            pub(super) const NAMES: &[&str] = &[$($word),+];

            /// Returns the word of the value.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }

            /// Parses a word.
            pub(super) fn parse(text: &str) -> Option<Self> {
                match text {
                    $($word => Some(Self::$value),)+
                    _ => None,
                }
            }
        }
    };
}

choice! {
    /// Authentication mode.
    Auth {
        /// The token, if one is set; without one the server only listens on this machine.
        Token = "token",
        /// None: something else restricts access.
        None = "none",
    }
}

choice! {
    /// Changes of project rules over the network.
    ProjectEdits {
        /// Clients may change them.
        Allow = "allow",
        /// The server changes no file of settings.
        Refuse = "refuse",
    }
}

choice! {
    /// Statements of SQL over the network.
    SqlAccess {
        /// If the server listens on a loopback address.
        Local = "local",
        /// Clients may run them.
        Allow = "allow",
        /// The server runs none.
        Refuse = "refuse",
    }
}

choice! {
    /// Change detection of transcripts.
    WatchMode {
        /// File events and polling.
        Notify = "notify",
        /// Only polling.
        Poll = "poll",
    }
}

choice! {
    /// Format of a log line.
    LogFormat {
        /// Human-readable text.
        Text = "text",
        /// A JSON object, for programs.
        Json = "json",
    }
}
