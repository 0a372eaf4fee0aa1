// Channels of every type, their order, overwrites and invites.
import assert from 'node:assert/strict'
import {
  CategoryChannel, ChannelType, Events, ForumChannel, NewsChannel, StageChannel, TextChannel, VoiceChannel,
} from 'discord.js'
import { BOB, GENERAL, GUILD, MEMBER, PARLOUR } from '../sim.mjs'

const updated = (world, fits) => world.next(Events.ChannelUpdate, fits)

export const steps = {
  async create(world) {
    const { channels } = world.guild
    const seen = world.next(Events.ChannelCreate, (channel) => channel.name === 'a-text-room')
    const text = await channels.create({ name: 'A text room', topic: 'about', rateLimitPerUser: 5, nsfw: true, reason: 'needed' })
    assert.deepEqual([text.name, text.topic, text.rateLimitPerUser, text.nsfw], ['a-text-room', 'about', 5, true])
    assert.equal((await seen)[0].id, text.id)
    const voice = await channels.create({ name: 'A voice room', type: ChannelType.GuildVoice, bitrate: 64_000, userLimit: 7 })
    assert.deepEqual([voice.name, voice.bitrate, voice.userLimit], ['A voice room', 64_000, 7])
    const stage = await channels.create({ name: 'A stage', type: ChannelType.GuildStageVoice })
    const category = await channels.create({ name: 'A category', type: ChannelType.GuildCategory })
    const news = await channels.create({ name: 'some-news', type: ChannelType.GuildAnnouncement, parent: category })
    const availableTags = [{ name: 'idea', emoji: { name: '💡' } }]
    const forum = await channels.create({ name: 'a-forum', type: ChannelType.GuildForum, topic: 'rules', availableTags })
    assert.equal(news.parentId, category.id)
    assert.deepEqual([forum.availableTags[0].name, forum.availableTags[0].emoji.name], ['idea', '💡'])
    assert.ok(forum.availableTags[0].id)
    for (const [channel, type] of [[text, 0], [voice, 2], [category, 4], [news, 5], [stage, 13], [forum, 15]]) {
      const there = await world.sim.channel(channel.id)
      assert.deepEqual([there.type, there.name], [type, channel.name])
    }
  },

  async edit(world) {
    const room = await world.room('edit')
    const seen = updated(world, (_, after) => after.id === room.id)
    const changed = await room.edit({
      name: 'edited', topic: 'new', nsfw: true, rateLimitPerUser: 10, defaultAutoArchiveDuration: 60, defaultThreadRateLimitPerUser: 5,
    })
    // The answer to the request may have changed the cache before the event came.
    assert.equal((await seen)[1].name, 'edited')
    assert.deepEqual([changed.topic, changed.nsfw, changed.rateLimitPerUser], ['new', true, 10])
    assert.deepEqual([changed.defaultAutoArchiveDuration, changed.defaultThreadRateLimitPerUser], [60, 5])
    const there = await world.sim.channel(room.id)
    assert.deepEqual([there.name, there.topic, there.rate_limit_per_user, there.nsfw], ['edited', 'new', 10, true])
  },

  async move(world) {
    const first = await world.room('first')
    const second = await world.room('second')
    const seen = updated(world, (_, after) => after.id === second.id)
    await world.guild.channels.setPositions([
      { channel: second.id, position: first.rawPosition }, { channel: first.id, position: second.rawPosition },
    ])
    await seen
    const places = []
    for (const channel of [second, first]) places.push((await world.sim.channel(channel.id)).position)
    assert.ok(places[0] < places[1], String(places))
    const moved = updated(world, (_, after) => after.id === first.id && after.parentId === PARLOUR)
    await first.setParent(PARLOUR, { lockPermissions: false })
    await moved
    assert.equal((await world.sim.channel(first.id)).parent_id, PARLOUR)
  },

  async overwrites(world) {
    const room = await world.room('overwrites')
    const changed = updated(world, (_, after) => after.id === room.id && after.permissionOverwrites.cache.size === 1)
    await room.permissionOverwrites.edit(MEMBER, { SendMessages: false, AddReactions: true }, { reason: 'quiet' })
    await changed
    assert.ok(!room.permissionsFor(BOB).has('SendMessages') && room.permissionsFor(BOB).has('AddReactions'))
    const there = (await world.sim.channel(room.id)).permission_overwrites
    assert.deepEqual(there, [{ id: MEMBER, type: 0, allow: String(1 << 6), deny: String(1 << 11) }])
    assert.ok(await world.sim.refused('POST', `/channels/${room.id}/messages`, { as: 'bob', content: 'no' }))
    await room.permissionOverwrites.edit(world.member(BOB), { SendMessages: true })
    await world.sim.say(room.id, 'bob', 'yes')
    const third = updated(world, (_, after) => after.id === room.id && after.permissionOverwrites.cache.size === 1)
    await room.permissionOverwrites.delete(MEMBER)
    await third
    assert.deepEqual([...room.permissionOverwrites.cache.keys()], [BOB])
  },

  async delete(world) {
    const mine = await world.room('mine')
    const theirs = await world.room('theirs')
    const gone = world.next(Events.ChannelDelete, (channel) => channel.id === mine.id)
    await mine.delete('done')
    assert.equal((await gone)[0].name, 'mine')
    assert.equal(await world.sim.channel(mine.id), undefined)
    const second = world.next(Events.ChannelDelete, (channel) => channel.id === theirs.id)
    await world.sim.call('DELETE', `/channels/${theirs.id}`)
    await second
    assert.ok(!world.client.channels.cache.has(theirs.id))
  },

  async invites(world) {
    const room = await world.room('invites')
    const seen = world.next(Events.InviteCreate, (invite) => invite.channelId === room.id)
    const invite = await room.createInvite({ maxAge: 3600, maxUses: 5, unique: true })
    assert.equal((await seen)[0].code, invite.code)
    assert.deepEqual([invite.maxAge, invite.maxUses, invite.uses, invite.guild.id], [3600, 5, 0, GUILD])
    assert.equal(invite.inviter.id, world.client.user.id)
    assert.ok((await room.fetchInvites()).has(invite.code))
    assert.ok((await world.guild.invites.fetch({ cache: false })).has(invite.code))
    const fetched = await world.client.fetchInvite(invite.code)
    assert.equal(fetched.channel.id, room.id)
    assert.ok(fetched.memberCount)
    const gone = world.next(Events.InviteDelete, (entry) => entry.code === invite.code)
    await invite.delete()
    await gone
    assert.equal((await room.fetchInvites()).size, 0)
  },

  async list(world) {
    const general = await world.client.channels.fetch(GENERAL, { force: true })
    assert.ok(general instanceof TextChannel)
    assert.deepEqual([general.topic, general.parentId], ['Everything else', PARLOUR])
    const everything = await world.guild.channels.fetch()
    assert.deepEqual([...everything.keys()].sort(), (await world.sim.guild()).channels.map((channel) => channel.id).sort())
    for (const kind of [TextChannel, VoiceChannel, CategoryChannel, StageChannel, NewsChannel, ForumChannel]) {
      assert.ok(everything.some((channel) => channel instanceof kind), kind.name)
    }
  },
}
