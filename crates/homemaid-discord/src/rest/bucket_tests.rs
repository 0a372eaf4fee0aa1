use super::*;

fn key(channel: u64) -> Key {
    Key::new(
        &Route::ChannelMessages {
            channel_id: channel.into(),
        },
        LightMethod::Post,
    )
}

fn admit(buckets: &mut Buckets, channel: u64, now: Instant) -> Admission {
    buckets.admit(key(channel), Priority::Call, now)
}

fn said(remaining: u32, reset_after: u64) -> Limits {
    let reset_after = Some(Duration::from_secs(reset_after));
    Limits {
        remaining: Some(remaining),
        reset_after,
        ..Limits::default()
    }
}

fn refused(retry_after: u64) -> Limits {
    Limits {
        retry_after: Some(Duration::from_secs(retry_after)),
        ..Limits::default()
    }
}

#[test]
fn an_empty_bucket_waits_for_its_reset_and_other_channels_do_not() {
    let (mut buckets, now) = (Buckets::new(50), Instant::now());
    buckets.observe(key(1), 200, &said(1, 5), now);
    assert_eq!(admit(&mut buckets, 1, now), Admission::Go);
    assert_eq!(
        admit(&mut buckets, 1, now),
        Admission::Wait(Duration::from_secs(5))
    );
    assert_eq!(admit(&mut buckets, 2, now), Admission::Go);
    assert_eq!(
        admit(&mut buckets, 1, now + Duration::from_secs(5)),
        Admission::Go
    );
}

#[test]
fn a_late_answer_does_not_refill_the_bucket() {
    let (mut buckets, now) = (Buckets::new(50), Instant::now());
    buckets.observe(key(1), 200, &said(0, 5), now);
    buckets.observe(key(1), 200, &said(3, 5), now);
    assert!(matches!(admit(&mut buckets, 1, now), Admission::Wait(_)));
}

#[test]
fn a_429_holds_its_own_bucket_and_a_global_one_holds_all() {
    let (mut buckets, now) = (Buckets::new(50), Instant::now());
    buckets.observe(key(1), 429, &refused(30), now);
    assert_eq!(
        admit(&mut buckets, 1, now),
        Admission::Wait(Duration::from_secs(30))
    );
    assert_eq!(admit(&mut buckets, 2, now), Admission::Go);
    buckets.observe(
        key(2),
        429,
        &Limits {
            global: true,
            ..refused(3)
        },
        now,
    );
    assert_eq!(
        admit(&mut buckets, 3, now),
        Admission::Wait(Duration::from_secs(3))
    );
}

#[test]
fn of_a_crowd_one_goes_first_and_as_many_follow_as_its_answer_allows() {
    let (mut buckets, now) = (Buckets::new(50), Instant::now());
    let gone = |buckets: &mut Buckets, at: Instant| {
        (0..20).filter(|_| admit(buckets, 1, at) == Admission::Go).count()
    };
    assert_eq!(gone(&mut buckets, now), 1);
    let limits = Limits {
        limit: Some(5),
        ..said(4, 5)
    };
    buckets.observe(key(1), 200, &limits, now);
    assert_eq!(gone(&mut buckets, now), 4);
    for window in 1..4 {
        let at = now + Duration::from_secs(5 * window);
        assert_eq!(
            gone(&mut buckets, at),
            5,
            "a window is as large as the one before"
        );
    }
}

#[test]
fn a_refusal_that_has_passed_does_not_let_a_crowd_through() {
    let (mut buckets, now) = (Buckets::new(50), Instant::now());
    buckets.observe(key(1), 429, &refused(3), now);
    let later = now + Duration::from_secs(3);
    assert_eq!(admit(&mut buckets, 1, later), Admission::Go);
    assert_eq!(admit(&mut buckets, 1, later), Admission::Wait(FIRST_ANSWER));
    assert_eq!(admit(&mut buckets, 1, later + FIRST_ANSWER), Admission::Go);
}

#[test]
fn without_an_answer_the_next_goes_and_without_limits_all_do() {
    let (mut buckets, now) = (Buckets::new(50), Instant::now());
    assert_eq!(admit(&mut buckets, 1, now), Admission::Go);
    assert!(matches!(admit(&mut buckets, 1, now), Admission::Wait(_)));
    buckets.unanswered(key(1));
    assert_eq!(admit(&mut buckets, 1, now), Admission::Go);
    buckets.observe(key(1), 204, &Limits::default(), now);
    for _ in 0..10 {
        assert_eq!(admit(&mut buckets, 1, now), Admission::Go);
    }
}

#[test]
fn each_interaction_has_limits_of_its_own() {
    let follow_up = |token: &str| {
        let application_id = 8.into();
        Key::new(
            &Route::WebhookFollowupMessages {
                application_id,
                token,
            },
            LightMethod::Post,
        )
    };
    let (mut buckets, now) = (Buckets::new(50), Instant::now());
    buckets.observe(follow_up("one"), 200, &said(0, 5), now);
    let mut admit = |token| buckets.admit(follow_up(token), Priority::Interaction, now);
    assert!(matches!(admit("one"), Admission::Wait(_)));
    assert_eq!(admit("two"), Admission::Go);
    for id in 1..=(BUCKETS as u64 * 2) {
        let (interaction_id, token) = (id.into(), "t");
        let callback = Key::new(
            &Route::InteractionResponse {
                interaction_id,
                token,
            },
            LightMethod::Post,
        );
        let limits = Limits {
            bucket: Some(1),
            ..said(1, 1)
        };
        buckets.observe(callback, 204, &limits, now);
    }
    assert!(buckets.names.is_empty(), "no interaction is answered first twice");
}

#[test]
fn routes_that_discord_counts_together_are_counted_together() {
    let pin = |channel: u64, method| {
        let (channel_id, message_id) = (channel.into(), 5.into());
        Key::new(
            &Route::ChannelPin {
                channel_id,
                message_id,
            },
            method,
        )
    };
    let (mut buckets, now) = (Buckets::new(50), Instant::now());
    let named = |remaining| Limits {
        bucket: Some(hash("pins")),
        limit: Some(5),
        ..said(remaining, 5)
    };
    let admit = |buckets: &mut Buckets, key| buckets.admit(key, Priority::Call, now);
    for method in [LightMethod::Put, LightMethod::Delete] {
        assert_eq!(admit(&mut buckets, pin(1, method)), Admission::Go);
    }
    buckets.observe(pin(1, LightMethod::Put), 204, &named(1), now);
    buckets.observe(pin(1, LightMethod::Delete), 204, &named(0), now);
    for method in [LightMethod::Put, LightMethod::Delete] {
        let admission = admit(&mut buckets, pin(1, method));
        assert!(matches!(admission, Admission::Wait(_)), "{method:?}");
    }
    let elsewhere = admit(&mut buckets, pin(2, LightMethod::Put));
    assert_eq!(
        elsewhere,
        Admission::Go,
        "another channel is another bucket of that name"
    );
}

#[test]
fn shut_out_by_discords_edge_nothing_is_sent_at_all() {
    let (mut buckets, now) = (Buckets::new(50), Instant::now());
    let edge = Limits {
        edge: true,
        ..Limits::default()
    };
    buckets.observe(key(1), 429, &edge, now);
    for priority in [Priority::Background, Priority::Call, Priority::Interaction] {
        let admission = buckets.admit(key(2), priority, now);
        assert_eq!(admission, Admission::Wait(EDGE_WAIT), "{priority:?}");
    }
    assert_eq!(admit(&mut buckets, 2, now + EDGE_WAIT), Admission::Go);
}

#[test]
fn refusals_stop_us_before_discord_does() {
    let (mut buckets, now) = (Buckets::new(50), Instant::now());
    for status in [401, 403, 429].iter().cycle().take(8_000) {
        buckets.observe(key(1), *status, &Limits::default(), now);
    }
    buckets.observe(
        key(1),
        429,
        &Limits {
            shared: true,
            ..Limits::default()
        },
        now,
    );
    buckets.observe(key(1), 404, &Limits::default(), now);
    assert_eq!(
        buckets.budget(now).refused,
        8_000,
        "shared limits and other errors do not count"
    );
    let mut admit = |priority| buckets.admit(key(2), priority, now);
    assert!(matches!(
        admit(Priority::Background),
        Admission::TooManyRefusals(_)
    ));
    assert!(matches!(admit(Priority::Call), Admission::TooManyRefusals(_)));
    assert_eq!(admit(Priority::Interaction), Admission::Go);
}

#[test]
fn the_pace_and_the_global_limit_do_not_hold_answers_to_interactions() {
    let (mut buckets, now) = (Buckets::new(1), Instant::now());
    assert_eq!(admit(&mut buckets, 1, now), Admission::Go);
    assert!(matches!(admit(&mut buckets, 2, now), Admission::Wait(_)));
    assert_eq!(buckets.admit(key(2), Priority::Interaction, now), Admission::Go);
    buckets.observe(
        key(3),
        429,
        &Limits {
            global: true,
            ..refused(30)
        },
        now,
    );
    assert_eq!(buckets.admit(key(4), Priority::Interaction, now), Admission::Go);
}

#[test]
fn memory_stays_bounded_under_any_number_of_channels() {
    let (mut buckets, now) = (Buckets::new(50), Instant::now());
    for channel in 1..=(BUCKETS as u64 * 2) {
        buckets.observe(key(channel), 200, &said(1, 60), now);
    }
    assert!(buckets.known.len() <= BUCKETS);
    for channel in 1..=(BUCKETS as u64 * 2) {
        let limits = Limits {
            bucket: Some(channel),
            ..said(1, 60)
        };
        buckets.observe(key(channel), 200, &limits, now);
    }
    assert!(buckets.known.len() <= BUCKETS && buckets.names.len() <= BUCKETS);
}
