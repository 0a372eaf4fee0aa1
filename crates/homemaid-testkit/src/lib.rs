//! A whole appliance on temporary storage and the simulator, for tests.
