// Reactions of the bot and of members.
import assert from 'node:assert/strict'
import { Events } from 'discord.js'
import { ALICE, BOB, CAROL, HOMEBOT } from '../sim.mjs'

const reactionsThere = async (world, room, sent) => (await world.sim.message(room.id, sent.id)).reactions ?? []

export const steps = {
  async react(world) {
    const room = await world.room('react')
    const sent = await room.send('well?')
    const mine = world.next(Events.MessageReactionAdd, (_, user) => user.id === HOMEBOT)
    await sent.react('🎉')
    assert.equal((await mine)[0].message.id, sent.id)
    const theirs = world.next(Events.MessageReactionAdd, (_, user) => user.id === BOB)
    await world.sim.react('POST', room.id, sent.id, 'bob', '🎉')
    const [reaction] = await theirs
    assert.deepEqual([reaction.emoji.name, reaction.count, reaction.me], ['🎉', 2, true])
    const fetched = (await room.messages.fetch({ message: sent.id, force: true })).reactions.cache
    assert.deepEqual(fetched.map((entry) => [entry.emoji.name, entry.count, entry.me]), [['🎉', 2, true]])
    assert.equal((await reactionsThere(world, room, sent))[0].count, 2)
  },

  async users(world) {
    const room = await world.room('users')
    const sent = await room.send('well?')
    for (const who of ['alice', 'bob', 'carol']) await world.sim.react('POST', room.id, sent.id, who, '👍')
    const reaction = (await room.messages.fetch({ message: sent.id, force: true })).reactions.cache.first()
    const first = await reaction.users.fetch({ limit: 2 })
    assert.deepEqual([...first.keys()], [ALICE, BOB])
    const rest = await reaction.users.fetch({ after: BOB })
    assert.deepEqual([...rest.keys()], [CAROL])
    assert.equal((await reactionsThere(world, room, sent))[0].count, 3)
  },

  async unreact(world) {
    const room = await world.room('unreact')
    const sent = await room.send('well?')
    const reaction = await sent.react('🎉')
    await world.sim.react('POST', room.id, sent.id, 'bob', '🎉')
    const gone = world.next(Events.MessageReactionRemove, (_, user) => user.id === HOMEBOT)
    await reaction.users.remove()
    assert.equal((await gone)[0].emoji.name, '🎉')
    const theirs = world.next(Events.MessageReactionRemove, (_, user) => user.id === BOB)
    await world.sim.react('DELETE', room.id, sent.id, 'bob', '🎉')
    assert.equal((await theirs)[0].message.id, sent.id)
    assert.deepEqual(await reactionsThere(world, room, sent), [])
  },

  async remove(world) {
    const room = await world.room('remove')
    const sent = await room.send('well?')
    for (const who of ['bob', 'carol']) await world.sim.react('POST', room.id, sent.id, who, '👍')
    const gone = world.next(Events.MessageReactionRemove, (_, user) => user.id === BOB)
    const reaction = (await room.messages.fetch({ message: sent.id, force: true })).reactions.cache.first()
    await reaction.users.remove(BOB)
    await gone
    assert.equal((await reactionsThere(world, room, sent))[0].count, 1)
  },

  async clear(world) {
    const room = await world.room('clear')
    const sent = await room.send('well?')
    for (const emoji of ['👍', '🎉', '❤️']) await world.sim.react('POST', room.id, sent.id, 'bob', emoji)
    const one = world.next(Events.MessageReactionRemoveEmoji, (reaction) => reaction.message.id === sent.id)
    const fetched = await room.messages.fetch({ message: sent.id, force: true })
    await fetched.reactions.cache.get('👍').remove()
    assert.equal((await one)[0].emoji.name, '👍')
    assert.deepEqual((await reactionsThere(world, room, sent)).map((entry) => entry.emoji.name), ['🎉', '❤️'])
    const everything = world.next(Events.MessageReactionRemoveAll, (message) => message.id === sent.id)
    await fetched.reactions.removeAll()
    await everything
    assert.deepEqual(await reactionsThere(world, room, sent), [])
  },
}
