// The guild itself: fetched, edited, joined and left; its audit log and emojis.
import assert from 'node:assert/strict'
import { AuditLogEvent, Events } from 'discord.js'
import { ALICE, BOB, GENERAL, GUILD, until } from '../sim.mjs'

// The smallest PNG there is: one pixel.
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64',
)

export const steps = {
  async fetch(world) {
    const fetched = await world.client.guilds.fetch({ guild: GUILD, force: true, withCounts: true })
    assert.deepEqual([fetched.name, fetched.ownerId, fetched.approximateMemberCount], ['Maid Café', ALICE, 5])
    const there = await world.sim.guild()
    assert.deepEqual([...fetched.roles.cache.keys()].sort(), there.roles.map((role) => role.id).sort())
    assert.deepEqual([fetched.description, fetched.systemChannelId], [there.description, GENERAL])
    assert.deepEqual([...(await world.client.guilds.fetch()).keys()], [GUILD])
  },

  async edit(world) {
    const seen = world.next(Events.GuildUpdate, (_, after) => after.name === 'Tea House')
    const changed = await world.guild.edit({ name: 'Tea House', systemChannel: null, reason: 'new sign' })
    const [before, after] = await seen
    assert.deepEqual([before.name, after.systemChannelId, changed.name], ['Maid Café', null, 'Tea House'])
    assert.equal((await world.sim.guild()).name, 'Tea House')
    await world.guild.edit({ name: 'Maid Café', systemChannel: GENERAL })
    await until(() => world.guild.systemChannelId === GENERAL)
  },

  async 'join-leave'(world) {
    const joined = world.next(Events.GuildCreate, (guild) => guild.name === 'Second')
    const made = await world.sim.call('POST', '/guilds', { name: 'Second', owner: 'bob', bot: ['VIEW_CHANNEL'] })
    const [guild] = await joined
    assert.deepEqual([guild.id, guild.ownerId], [made.id, BOB])
    assert.deepEqual(guild.channels.cache.map((channel) => channel.name), ['general'])
    const gone = world.next(Events.GuildDelete, (left) => left.id === guild.id)
    await guild.leave()
    await gone
    assert.ok(!world.client.guilds.cache.has(guild.id))
    assert.deepEqual((await world.sim.guild(guild.id)).members.map((member) => member.user.id), [BOB])
  },

  async 'audit-log'(world) {
    const seen = world.next(Events.GuildAuditLogEntryCreate, (entry) => entry.action === AuditLogEvent.ChannelCreate)
    const room = await world.guild.channels.create({ name: 'audited', reason: 'to be read' })
    const [live] = await seen
    assert.deepEqual([live.executorId, live.reason, live.targetId], [world.client.user.id, 'to be read', room.id])
    await world.member(BOB).setNickname('Bobby', 'shorter')
    const { entries } = await world.guild.fetchAuditLogs({ limit: 2 })
    assert.deepEqual(entries.map((entry) => entry.action), [AuditLogEvent.MemberUpdate, AuditLogEvent.ChannelCreate])
    const newest = entries.first()
    assert.deepEqual([newest.reason, newest.targetId], ['shorter', BOB])
    assert.deepEqual([newest.changes[0].key, newest.changes[0].new], ['nick', 'Bobby'])
    const only = await world.guild.fetchAuditLogs({ type: AuditLogEvent.ChannelCreate, user: world.client.user })
    assert.deepEqual(only.entries.map((entry) => entry.targetId), [room.id])
    assert.equal((await world.sim.member(BOB)).nick, 'Bobby')
  },

  async emojis(world) {
    const seen = world.next(Events.GuildEmojiCreate)
    const emoji = await world.guild.emojis.create({ attachment: PIXEL, name: 'teapot' })
    assert.equal((await seen)[0].id, emoji.id)
    assert.equal(emoji.name, 'teapot')
    assert.equal((await emoji.fetchAuthor()).id, world.client.user.id)
    const changed = await emoji.setName('kettle')
    assert.equal(changed.name, 'kettle')
    assert.deepEqual((await world.guild.emojis.fetch(undefined, { force: true })).map((entry) => entry.name), ['kettle'])
    const room = await world.room('emojis')
    const sent = await room.send('hot')
    await sent.react(changed)
    assert.equal((await world.sim.message(room.id, sent.id)).reactions[0].emoji.id, emoji.id)
    await changed.delete()
    assert.equal((await world.client.rest.get(`/guilds/${GUILD}/emojis`)).length, 0)
  },
}
