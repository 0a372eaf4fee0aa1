//! A simulated Discord on loopback for testing bots in any language: REST v10, gateway, interactions, faults.
