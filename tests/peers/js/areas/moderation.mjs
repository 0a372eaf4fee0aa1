// Kicks and bans.
import assert from 'node:assert/strict'
import { Events } from 'discord.js'
import { ALICE, GUILD } from '../sim.mjs'
import { refused } from '../bot.mjs'

/** Lets somebody join. */
async function newcomer(world, username) {
  const joined = world.next(Events.GuildMemberAdd, (member) => member.user.username === username)
  await world.sim.call('POST', `/guilds/${GUILD}/members`, { username })
  return (await joined)[0]
}

async function several(world, name) {
  const members = []
  for (const number of [0, 1, 2]) members.push(await newcomer(world, `${name}${number}`))
  return members
}

export const steps = {
  async kick(world) {
    const member = await newcomer(world, 'kicked')
    const left = world.next(Events.GuildMemberRemove, (gone) => gone.id === member.id)
    await member.kick('noise')
    await left
    assert.equal(await world.sim.member(member.id), undefined)
    await refused(world.member(ALICE).kick(), 403, 50013)
  },

  async ban(world) {
    const room = await world.room('ban')
    const member = await newcomer(world, 'banned')
    await world.sim.say(room.id, 'banned', 'spam')
    const kept = await world.sim.say(room.id, 'bob', 'not spam')
    const banned = world.next(Events.GuildBanAdd, (ban) => ban.user.id === member.id)
    const left = world.next(Events.GuildMemberRemove, (gone) => gone.id === member.id)
    await member.ban({ reason: 'spam', deleteMessageSeconds: 3600 })
    assert.equal((await banned)[0].guild, world.guild)
    await left
    assert.equal(await world.sim.member(member.id), undefined)
    assert.deepEqual((await world.sim.messages(room.id)).map((message) => message.id), [kept.id])
  },

  async bans(world) {
    const members = await several(world, 'pest')
    for (const member of members) await world.guild.bans.create(member, { reason: `is ${member.user.username}` })
    const listed = await world.guild.bans.fetch({ cache: false })
    assert.ok(members.every((member) => listed.has(member.id)))
    const page = await world.guild.bans.fetch({ limit: 1, after: members[0].id, cache: false })
    assert.deepEqual([...page.keys()], [members[1].id])
    assert.equal((await world.guild.bans.fetch({ user: members[2], force: true })).reason, 'is pest2')
    await refused(world.guild.bans.fetch({ user: ALICE, force: true }), 404, 10026)
    assert.equal(await world.sim.member(members[0].id), undefined)
  },

  async unban(world) {
    const member = await newcomer(world, 'forgiven')
    await member.ban()
    const lifted = world.next(Events.GuildBanRemove, (ban) => ban.user.id === member.id)
    await world.guild.bans.remove(member, 'sorry')
    await lifted
    assert.ok(!(await world.guild.bans.fetch({ cache: false })).has(member.id))
    await newcomer(world, 'forgiven')
    assert.ok(await world.sim.member(member.id))
  },

  async 'bulk-ban'(world) {
    const members = await several(world, 'raider')
    const result = await world.guild.bans.bulkCreate([...members, ALICE], { reason: 'raid' })
    assert.deepEqual([...result.bannedUsers].sort(), members.map((member) => member.id).sort())
    assert.deepEqual(result.failedUsers, [ALICE])
    for (const member of members) assert.equal(await world.sim.member(member.id), undefined)
  },
}
