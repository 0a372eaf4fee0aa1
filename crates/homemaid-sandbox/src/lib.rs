//! Workers in Podman: image, container, transport, limits and the proof of the limits.
