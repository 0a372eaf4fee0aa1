// Members: listed, searched, chunked, joining, nicknamed, timed out, in voice.
import assert from 'node:assert/strict'
import { Events } from 'discord.js'
import { ALICE, BOB, CAROL, DAVE, GARDEN, GUILD, HOMEBOT, LOUNGE } from '../sim.mjs'
import { refused } from '../bot.mjs'

export const steps = {
  async list(world) {
    const everybody = await world.guild.members.list({ limit: 1000, cache: false })
    assert.deepEqual([...everybody.keys()], [HOMEBOT, ALICE, BOB, CAROL, DAVE])
    const page = await world.guild.members.list({ limit: 2, after: ALICE, cache: false })
    assert.deepEqual([...page.keys()], [BOB, CAROL])
    const dave = await world.guild.members.fetch({ user: DAVE, force: true })
    const there = await world.sim.member(DAVE)
    assert.equal(dave.nickname, there.nick)
    assert.equal(dave.nickname, 'Davy')
    assert.deepEqual([...dave.roles.cache.keys()].filter((id) => id !== GUILD).sort(), [...there.roles].sort())
    assert.equal(dave.joinedTimestamp, Date.parse(there.joined_at))
  },

  async search(world) {
    const found = await world.guild.members.search({ query: 'dav', limit: 5 })
    assert.deepEqual([...found.keys()], [DAVE])
    const byNick = await world.guild.members.search({ query: 'Davy' })
    assert.deepEqual(byNick.map((member) => member.nickname), ['Davy'])
    assert.equal((await world.guild.members.search({ query: 'nobody' })).size, 0)
    assert.equal((await world.sim.member(DAVE)).nick, 'Davy')
  },

  async chunk(world) {
    const found = await world.guild.members.fetch({ query: 'ca', limit: 5 })
    assert.deepEqual([...found.keys()], [CAROL])
    const seen = world.next(Events.GuildMembersChunk, (_, __, chunk) => chunk.notFound.length === 1)
    const named = await world.guild.members.fetch({ user: [BOB, DAVE, '42'], force: true })
    assert.deepEqual([...named.keys()].sort(), [BOB, DAVE])
    assert.deepEqual((await seen)[2].notFound, ['42'])
    const everybody = await world.guild.members.fetch()
    assert.equal(everybody.size, (await world.sim.guild()).members.length)
  },

  async 'join-leave'(world) {
    const joined = world.next(Events.GuildMemberAdd, (member) => member.user.username === 'erin')
    await world.sim.call('POST', `/guilds/${GUILD}/members`, { username: 'erin', global_name: 'Erin' })
    const [erin] = await joined
    assert.equal(erin.displayName, 'Erin')
    assert.ok(!erin.user.bot && erin.joinedAt)
    const left = world.next(Events.GuildMemberRemove, (member) => member.id === erin.id)
    await world.sim.call('DELETE', `/guilds/${GUILD}/members/erin`)
    assert.equal((await left)[0].user.username, 'erin')
    assert.ok(!world.guild.members.cache.has(erin.id))
  },

  async nickname(world) {
    const seen = world.next(Events.GuildMemberUpdate, (_, after) => after.id === CAROL && after.nickname === 'Caro')
    const changed = await world.member(CAROL).setNickname('Caro')
    assert.equal(changed.nickname, 'Caro')
    assert.equal((await seen)[1].displayName, 'Caro')
    assert.equal((await world.sim.member(CAROL)).nick, 'Caro')
    await world.member(CAROL).setNickname(null)
    assert.equal((await world.sim.member(CAROL)).nick, null)
    await world.guild.members.me.setNickname('The Maid')
    assert.equal((await world.sim.member(HOMEBOT)).nick, 'The Maid')
    await refused(world.member(ALICE).setNickname('Not hers'), 403, 50013)
  },

  async 'time-out'(world) {
    const room = await world.room('time-out')
    const seen = world.next(Events.GuildMemberUpdate, (_, after) => after.id === BOB && after.communicationDisabledUntil)
    await world.member(BOB).timeout(600_000, 'calm down')
    assert.ok((await seen)[1].isCommunicationDisabled())
    assert.ok((await world.sim.member(BOB)).communication_disabled_until)
    assert.ok(await world.sim.refused('POST', `/channels/${room.id}/messages`, { as: 'bob', content: 'no' }))
    await world.member(BOB).timeout(null)
    assert.equal((await world.sim.member(BOB)).communication_disabled_until, null)
    await world.sim.say(room.id, 'bob', 'thanks')
    await refused(world.member(BOB).timeout(40 * 24 * 3_600_000), 400, 50035)
  },

  async voice(world) {
    const state = async () => (await world.sim.guild()).voice_states.find((entry) => entry.user_id === BOB)
    const change = (fits) => world.next(Events.VoiceStateUpdate, (before, after) => after.id === BOB && fits(after, before))
    const joined = change((after) => after.channelId === LOUNGE)
    await world.sim.call('PUT', `/guilds/${GUILD}/voice/bob`, { channel_id: LOUNGE, self_mute: true })
    const [before, after] = await joined
    assert.ok(!before.channelId && after.selfMute)
    assert.deepEqual([...world.cached(LOUNGE).members.keys()], [BOB])
    const moved = change((after) => after.channelId === GARDEN)
    await after.setChannel(GARDEN)
    await moved
    assert.equal((await state()).channel_id, GARDEN)
    const muted = change((after) => after.serverMute && after.serverDeaf)
    await world.member(BOB).edit({ mute: true, deaf: true })
    await muted
    const left = change((after) => !after.channelId)
    await after.disconnect()
    await left
    assert.ok(!(await state())?.channel_id)
  },
}
