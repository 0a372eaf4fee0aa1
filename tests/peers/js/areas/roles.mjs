// Roles: made, changed, moved, given, taken, deleted; the hierarchy.
import assert from 'node:assert/strict'
import { Events, PermissionFlagsBits } from 'discord.js'
import { BOB, BOSS, CAROL, GUIDE, MEMBER, until } from '../sim.mjs'
import { refused } from '../bot.mjs'

export const steps = {
  async create(world) {
    const seen = world.next(Events.GuildRoleCreate, (role) => role.name === 'Cook')
    const permissions = PermissionFlagsBits.ManageMessages | PermissionFlagsBits.KickMembers
    const role = await world.guild.roles.create({
      name: 'Cook', permissions, colors: { primaryColor: 0x00ff00 }, hoist: true, mentionable: true,
    })
    assert.equal((await seen)[0].id, role.id)
    assert.ok(role.permissions.equals(permissions) && role.colors.primaryColor === 0x00ff00)
    const there = await world.sim.role(role.id)
    assert.deepEqual([there.name, there.color, there.hoist, there.mentionable], ['Cook', 0x00ff00, true, true])
    assert.equal(there.permissions, String(permissions))
    assert.ok((await world.guild.roles.fetch()).has(role.id))
    assert.equal((await world.guild.roles.fetch(role.id, { force: true })).name, 'Cook')
  },

  async edit(world) {
    const role = await world.guild.roles.create({ name: 'Waiter' })
    const seen = world.next(Events.GuildRoleUpdate, (_, after) => after.id === role.id && after.name === 'Head waiter')
    const changed = await role.edit({
      name: 'Head waiter', colors: { primaryColor: 0xff0000 }, permissions: PermissionFlagsBits.ManageMessages,
    })
    assert.ok(changed.name === 'Head waiter' && changed.permissions.has('ManageMessages'))
    const [before] = await seen
    assert.equal(before.name, 'Waiter')
    const there = await world.sim.role(role.id)
    assert.deepEqual([there.name, there.color, there.permissions], ['Head waiter', 0xff0000, String(1 << 13)])
  },

  async positions(world) {
    await world.guild.roles.fetch() // a new role may have moved them
    const [member, guide] = [MEMBER, GUIDE].map((id) => world.guild.roles.cache.get(id))
    assert.ok(member.comparePositionTo(guide) < 0)
    // The answer may be in the cache before the event comes, so that the event changes nothing any more.
    const seen = world.next(Events.GuildRoleUpdate, (_, after) => after.id === MEMBER)
    await world.guild.roles.setPositions([
      { role: member, position: guide.rawPosition }, { role: guide, position: member.rawPosition },
    ])
    await seen
    assert.ok((await world.sim.role(GUIDE)).position < (await world.sim.role(MEMBER)).position)
    await until(() => member.comparePositionTo(guide) > 0)
  },

  async assign(world) {
    const carol = world.member(CAROL)
    const seen = world.next(Events.GuildMemberUpdate, (_, after) => after.id === CAROL && after.roles.cache.has(MEMBER))
    await carol.roles.add(MEMBER, 'welcome')
    assert.ok(!(await seen)[0].roles.cache.has(MEMBER))
    assert.deepEqual((await world.sim.member(CAROL)).roles, [MEMBER])
    const changed = await carol.roles.set([GUIDE])
    assert.ok(changed.roles.cache.has(GUIDE) && !changed.roles.cache.has(MEMBER))
    await carol.roles.remove(GUIDE)
    assert.deepEqual((await world.sim.member(CAROL)).roles, [])
  },

  async delete(world) {
    const role = await world.guild.roles.create({ name: 'Short-lived' })
    await world.member(BOB).roles.add(role)
    const seen = world.next(Events.GuildRoleDelete, (gone) => gone.id === role.id)
    await role.delete('over')
    assert.equal((await seen)[0].name, 'Short-lived')
    assert.equal(await world.sim.role(role.id), undefined)
    assert.deepEqual((await world.sim.member(BOB)).roles, [MEMBER])
    const member = await world.guild.members.fetch({ user: BOB, force: true })
    assert.ok(!member.roles.cache.has(role.id) && member.roles.cache.has(MEMBER))
  },

  async hierarchy(world) {
    const boss = world.guild.roles.cache.get(BOSS)
    assert.ok(!boss.editable && boss.comparePositionTo(world.guild.members.me.roles.highest) > 0)
    await refused(boss.setName('Mine'), 403, 50013)
    await refused(boss.delete(), 403, 50013)
    await refused(world.member(BOB).roles.add(boss), 403, 50013)
    await refused(world.guild.roles.create({ name: 'Too much', permissions: PermissionFlagsBits.Administrator }), 403, 50013)
    assert.equal((await world.sim.role(BOSS)).name, 'Boss')
  },
}
