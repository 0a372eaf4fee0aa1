//! The simulator over real sockets: REST, gateway, interactions, control and hostile clients.

mod binary;
mod bot;
mod commands;
mod control;
mod gateway;
mod hostile;
mod interactions;
mod messages;
mod moderation;
mod openapi;
mod routes;
