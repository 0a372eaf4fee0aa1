//! What may be done with an interaction, and what that means on the wire (wire §6.10). No I/O.
//!
//! ```text
//!        respond, followup: callback 4 (7 to update) · send_modal: callback 9
//! New ───────────────────────────────────────────────────────────────────────────> Answered
//!  │ defer: callback 5                                                                ^
//!  ├──────────────────> Deferred ────────── respond, followup: edit the original ─────┤
//!  │ 2.2 s: callback 5                                                                │
//!  ├──────────────────> AutoDeferred ────── public: edit the original ────────────────┤
//!  │                                        ephemeral: delete it, post a follow-up    │
//!  │ 2.2 s, component: callback 6                                                     │
//!  └──────────────────> AutoDeferredUpdate  update: edit the original ────────────────┤
//!                                           else: post a follow-up                    │
//!                                                            followup: post another <─┘
//! ```
//!
//! `New` holds nothing yet; every other state knows what "the original" is: our own answer, or the message that
//! carries the component.

/// What started an interaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A command was run.
    Command,
    /// A button was pressed or a select chosen.
    Component,
    /// A modal was submitted.
    Modal,
}

/// Where an interaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing was sent.
    New,
    /// The plugin deferred: the original is our placeholder.
    Deferred,
    /// We deferred: the original is our public placeholder.
    AutoDeferred,
    /// We deferred a component without a visible change: the original is the component's message.
    AutoDeferredUpdate,
    /// Answered; the original is our answer.
    Answered,
    /// Answered by updating the component's message, which is the original.
    Updated,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// `interaction.respond`.
    Respond {
        /// Only the user sees it.
        ephemeral: bool,
        /// Replace the component's message instead.
        update: bool,
    },
    /// `interaction.defer`.
    Defer,
    /// `interaction.followup`.
    Followup {
        /// Only the user sees it.
        ephemeral: bool,
    },
    /// `interaction.send_modal`.
    Modal,
    /// Nobody answered for 2.2 s.
    AutoDefer,
    /// The handlers are done and nobody ever answered.
    Notice,
}

/// What to send to Discord.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Send {
    /// Nothing; it is so already.
    Nothing,
    /// The first answer, of this callback type.
    Callback(u8),
    /// Edit the original.
    EditOriginal,
    /// Post a follow-up message.
    Followup,
    /// Delete the public placeholder, then post a follow-up: a private answer is never published.
    ReplacePlaceholder,
    /// Edit the message that carries the component.
    EditComponentMessage,
}

/// Callback: a new message.
const MESSAGE: u8 = 4;
/// Callback: a new message will follow.
const DEFER_MESSAGE: u8 = 5;
/// Callback: an update of the component's message may follow.
const DEFER_UPDATE: u8 = 6;
/// Callback: update the component's message.
const UPDATE: u8 = 7;
/// Callback: open a modal.
const MODAL: u8 = 9;

/// Why something cannot be done now; completes "`_interaction_id` is required and must be ...".
pub(crate) type No = &'static str;

const ANSWERED: No = "an interaction that was not answered yet (send more with followup)";
const NO_COMPONENT: No = "a component interaction when update_message is set";
const TOO_LATE_TO_UPDATE: No = "an interaction that was not deferred when update_message is set";
const MODAL_FIRST: No = "an interaction nothing was sent for: a modal must be the first response, within 2 s";
const MODAL_FROM_MODAL: No = "a command or component: a modal cannot be answered with a modal";

impl State {
    /// Decides what `ask` means for an interaction of this kind, and where it then stands.
    #[expect(clippy::match_same_arms, reason = "the table of wire §6.10, row by row")]
    pub(crate) fn plan(self, kind: Kind, ask: Ask) -> Result<(Send, Self), No> {
        use State::{Answered, AutoDeferred, AutoDeferredUpdate, Deferred, New, Updated};
        let component = kind == Kind::Component;
        Ok(match (self, ask) {
            (_, Ask::Respond { update: true, .. }) if !component => return Err(NO_COMPONENT),
            (New, Ask::Respond { update: true, .. }) => (Send::Callback(UPDATE), Updated),
            (New, Ask::Respond { .. } | Ask::Followup { .. }) => (Send::Callback(MESSAGE), Answered),
            (New, Ask::Defer) => (Send::Callback(DEFER_MESSAGE), Deferred),
            (New, Ask::Modal) if kind == Kind::Modal => return Err(MODAL_FROM_MODAL),
            (New, Ask::Modal) => (Send::Callback(MODAL), Answered),
            (New, Ask::AutoDefer) if component => (Send::Callback(DEFER_UPDATE), AutoDeferredUpdate),
            (New, Ask::AutoDefer) => (Send::Callback(DEFER_MESSAGE), AutoDeferred),

            (Deferred | AutoDeferred, Ask::Respond { update: true, .. }) => return Err(TOO_LATE_TO_UPDATE),
            (Deferred, Ask::Respond { .. } | Ask::Followup { .. }) => (Send::EditOriginal, Answered),
            (AutoDeferred, Ask::Respond { ephemeral: true, .. } | Ask::Followup { ephemeral: true }) => {
                (Send::ReplacePlaceholder, Answered)
            }
            (AutoDeferred, Ask::Respond { .. } | Ask::Followup { .. }) => (Send::EditOriginal, Answered),
            (AutoDeferredUpdate, Ask::Respond { update: true, .. }) => (Send::EditOriginal, Updated),
            (AutoDeferredUpdate, Ask::Respond { .. } | Ask::Followup { .. }) => (Send::Followup, Updated),

            (Updated, Ask::Respond { update: true, .. }) => (Send::EditOriginal, Updated),
            (Answered, Ask::Respond { update: true, .. }) => (Send::EditComponentMessage, Answered),
            (Answered | Updated, Ask::Followup { .. }) => (Send::Followup, self),
            (Answered | Updated, Ask::Respond { .. } | Ask::Defer) => return Err(ANSWERED),

            (Deferred | AutoDeferred | AutoDeferredUpdate, Ask::Defer) => (Send::Nothing, self),
            (_, Ask::Modal) => return Err(MODAL_FIRST),
            // The notice may be overwritten by a late answer, so the state stays.
            (AutoDeferred, Ask::Notice) => (Send::EditOriginal, AutoDeferred),
            (_, Ask::AutoDefer | Ask::Notice) => (Send::Nothing, self),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Kind::{Command, Component, Modal};

    const RESPOND: Ask = Ask::Respond {
        ephemeral: false,
        update: false,
    };
    const PRIVATE: Ask = Ask::Respond {
        ephemeral: true,
        update: false,
    };
    const UPDATE_MESSAGE: Ask = Ask::Respond {
        ephemeral: false,
        update: true,
    };
    const FOLLOWUP: Ask = Ask::Followup { ephemeral: false };
    const PRIVATE_FOLLOWUP: Ask = Ask::Followup { ephemeral: true };

    #[test]
    fn the_contracts_table_holds_cell_by_cell() {
        let table = [
            // state, kind, ask, what is sent, where it then stands
            (State::New, Command, RESPOND, Send::Callback(4), State::Answered),
            (
                State::New,
                Component,
                UPDATE_MESSAGE,
                Send::Callback(7),
                State::Updated,
            ),
            (
                State::New,
                Command,
                Ask::Defer,
                Send::Callback(5),
                State::Deferred,
            ),
            (
                State::New,
                Component,
                Ask::Defer,
                Send::Callback(5),
                State::Deferred,
            ),
            (State::New, Command, FOLLOWUP, Send::Callback(4), State::Answered),
            (
                State::New,
                Command,
                Ask::Modal,
                Send::Callback(9),
                State::Answered,
            ),
            (
                State::New,
                Component,
                Ask::Modal,
                Send::Callback(9),
                State::Answered,
            ),
            (
                State::New,
                Command,
                Ask::AutoDefer,
                Send::Callback(5),
                State::AutoDeferred,
            ),
            (
                State::New,
                Modal,
                Ask::AutoDefer,
                Send::Callback(5),
                State::AutoDeferred,
            ),
            (
                State::New,
                Component,
                Ask::AutoDefer,
                Send::Callback(6),
                State::AutoDeferredUpdate,
            ),
            (
                State::Deferred,
                Command,
                PRIVATE,
                Send::EditOriginal,
                State::Answered,
            ),
            (
                State::Deferred,
                Command,
                FOLLOWUP,
                Send::EditOriginal,
                State::Answered,
            ),
            (
                State::Deferred,
                Command,
                Ask::Defer,
                Send::Nothing,
                State::Deferred,
            ),
            (
                State::AutoDeferred,
                Command,
                RESPOND,
                Send::EditOriginal,
                State::Answered,
            ),
            (
                State::AutoDeferred,
                Command,
                PRIVATE,
                Send::ReplacePlaceholder,
                State::Answered,
            ),
            (
                State::AutoDeferred,
                Command,
                FOLLOWUP,
                Send::EditOriginal,
                State::Answered,
            ),
            (
                State::AutoDeferred,
                Modal,
                PRIVATE_FOLLOWUP,
                Send::ReplacePlaceholder,
                State::Answered,
            ),
            (
                State::AutoDeferred,
                Command,
                Ask::Defer,
                Send::Nothing,
                State::AutoDeferred,
            ),
            (
                State::AutoDeferred,
                Command,
                Ask::Notice,
                Send::EditOriginal,
                State::AutoDeferred,
            ),
            (
                State::AutoDeferredUpdate,
                Component,
                RESPOND,
                Send::Followup,
                State::Updated,
            ),
            (
                State::AutoDeferredUpdate,
                Component,
                PRIVATE,
                Send::Followup,
                State::Updated,
            ),
            (
                State::AutoDeferredUpdate,
                Component,
                UPDATE_MESSAGE,
                Send::EditOriginal,
                State::Updated,
            ),
            (
                State::AutoDeferredUpdate,
                Component,
                Ask::Notice,
                Send::Nothing,
                State::AutoDeferredUpdate,
            ),
            (
                State::Answered,
                Command,
                FOLLOWUP,
                Send::Followup,
                State::Answered,
            ),
            (
                State::Answered,
                Component,
                UPDATE_MESSAGE,
                Send::EditComponentMessage,
                State::Answered,
            ),
            (
                State::Updated,
                Component,
                UPDATE_MESSAGE,
                Send::EditOriginal,
                State::Updated,
            ),
            (
                State::Updated,
                Component,
                FOLLOWUP,
                Send::Followup,
                State::Updated,
            ),
            (
                State::Answered,
                Command,
                Ask::AutoDefer,
                Send::Nothing,
                State::Answered,
            ),
            (
                State::Answered,
                Command,
                Ask::Notice,
                Send::Nothing,
                State::Answered,
            ),
            (
                State::Deferred,
                Command,
                Ask::Notice,
                Send::Nothing,
                State::Deferred,
            ),
        ];
        for (state, kind, ask, send, then) in table {
            assert_eq!(
                state.plan(kind, ask),
                Ok((send, then)),
                "{kind:?} {state:?} {ask:?}"
            );
        }
    }

    #[test]
    fn what_the_contract_refuses_is_refused() {
        for (state, kind, ask, why) in [
            (State::New, Modal, Ask::Modal, MODAL_FROM_MODAL),
            (State::New, Command, UPDATE_MESSAGE, NO_COMPONENT),
            (State::New, Modal, UPDATE_MESSAGE, NO_COMPONENT),
            (State::Deferred, Component, UPDATE_MESSAGE, TOO_LATE_TO_UPDATE),
            (State::Deferred, Command, Ask::Modal, MODAL_FIRST),
            (State::AutoDeferred, Command, Ask::Modal, MODAL_FIRST),
            (State::AutoDeferredUpdate, Component, Ask::Modal, MODAL_FIRST),
            (State::Answered, Command, Ask::Modal, MODAL_FIRST),
            (State::Answered, Command, RESPOND, ANSWERED),
            (State::Answered, Command, Ask::Defer, ANSWERED),
            (State::Updated, Component, RESPOND, ANSWERED),
        ] {
            assert_eq!(state.plan(kind, ask), Err(why), "{kind:?} {state:?} {ask:?}");
        }
    }

    #[test]
    fn no_private_answer_is_ever_published() {
        for state in [
            State::New,
            State::AutoDeferred,
            State::AutoDeferredUpdate,
            State::Answered,
            State::Updated,
        ] {
            for kind in [Command, Component, Modal] {
                for ask in [PRIVATE, PRIVATE_FOLLOWUP] {
                    if let Ok((send, _)) = state.plan(kind, ask) {
                        assert_ne!(
                            send,
                            Send::EditOriginal,
                            "an edit cannot make a public message private"
                        );
                    }
                }
            }
        }
    }
}
