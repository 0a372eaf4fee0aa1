//! The HTTP API, sessions, live streams and the embedded GUI.
