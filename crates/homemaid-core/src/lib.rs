//! Installations, consent, supervision, dispatch and calls.
