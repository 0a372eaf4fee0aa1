//! The only user of serenity: gateway to events, calls to REST, rate limits, command sync.
