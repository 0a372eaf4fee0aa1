//! Configuration, wiring, start-up and drain of the appliance.
