// Threads: on messages, alone, private, in forums; archived and listed.
import assert from 'node:assert/strict'
import { ChannelFlags, ChannelType, Events, ForumChannel, MessageFlags, ThreadChannel } from 'discord.js'
import { BOB, CAROL, HOMEBOT, MEMBER } from '../sim.mjs'
import { refused } from '../bot.mjs'

const open = (room, name, type = ChannelType.PublicThread, more = {}) => room.threads.create({ name, type, ...more })
const say = (thread, who, content) => ['POST', `/channels/${thread.id}/messages`, { as: who, content }]

export const steps = {
  async 'from-message'(world) {
    const room = await world.room('from-message')
    const sent = await room.send('start here')
    const seen = world.next(Events.ThreadCreate, (thread) => thread.id === sent.id)
    const thread = await sent.startThread({ name: 'talk', autoArchiveDuration: 1440, reason: 'long' })
    assert.equal((await seen)[0].parent, room)
    assert.deepEqual([thread.id, thread.ownerId, thread.autoArchiveDuration, thread.archived], [sent.id, HOMEBOT, 1440, false])
    const written = await thread.send('inside')
    const heard = world.next(Events.MessageCreate, (message) => message.channelId === thread.id && message.author.id === BOB)
    await world.sim.say(thread.id, 'bob', 'me too')
    assert.ok((await heard)[0].channel instanceof ThreadChannel)
    const there = await world.sim.channel(thread.id)
    assert.deepEqual([there.type, there.parent_id, there.message_count], [11, room.id, 2])
    assert.equal((await world.sim.message(thread.id, written.id)).content, 'inside')
    assert.ok((await room.messages.fetch({ message: sent.id, force: true })).flags.has(MessageFlags.HasThread))
  },

  async 'without-message'(world) {
    const room = await world.room('without-message')
    const shown = await open(room, 'open')
    const closed = await open(room, 'closed', ChannelType.PrivateThread, { invitable: false })
    assert.equal(shown.type, ChannelType.PublicThread)
    assert.ok(closed.type === ChannelType.PrivateThread && !closed.invitable)
    assert.deepEqual([(await world.sim.channel(shown.id)).type, (await world.sim.channel(closed.id)).type], [11, 12])
    assert.ok(await world.sim.refused(...say(closed, 'bob', 'let me in')))
  },

  async forum(world) {
    const ideas = await world.room('wishes', 15, { available_tags: [{ name: 'idea', moderated: false }, { name: 'done' }] })
    assert.ok(ideas instanceof ForumChannel)
    assert.deepEqual(ideas.availableTags.map((tag) => tag.name), ['idea', 'done'])
    const [idea, done] = ideas.availableTags.map((tag) => tag.id)
    const thread = await ideas.threads.create({ name: 'More tea', message: { content: 'please' }, appliedTags: [idea] })
    assert.equal(thread.parent, ideas)
    assert.deepEqual(thread.appliedTags, [idea])
    assert.equal((await thread.fetchStarterMessage()).content, 'please')
    assert.deepEqual((await world.sim.channel(thread.id)).applied_tags, [idea])
    assert.equal((await world.sim.last(thread.id)).content, 'please')
    const changed = await thread.edit({ appliedTags: [done], flags: ChannelFlags.Pinned })
    assert.deepEqual(changed.appliedTags, [done])
    assert.ok(changed.flags.has(ChannelFlags.Pinned))
    await assert.rejects(ideas.threads.create({ name: 'empty', message: { content: '' } }), { status: 400 })
  },

  async archive(world) {
    const room = await world.room('archive')
    const thread = await open(room, 'talk')
    const seen = world.next(Events.ThreadUpdate, (_, after) => after.id === thread.id && after.archived)
    const changed = await thread.edit({ archived: true, locked: true, name: 'over' })
    assert.deepEqual([changed.archived, changed.locked, changed.name], [true, true, 'over'])
    await seen
    const { thread_metadata: metadata } = await world.sim.channel(thread.id)
    assert.ok(metadata.archived && metadata.locked)
    assert.ok(await world.sim.refused(...say(thread, 'bob', 'one more')))
    const opened = await changed.edit({ archived: false, locked: false })
    assert.deepEqual([opened.archived, opened.locked], [false, false])
    await world.sim.say(thread.id, 'bob', 'one more')
  },

  async 'archived-lists'(world) {
    const room = await world.room('archived-lists')
    for (const number of [0, 1, 2]) {
      for (const [kind, type] of [['PublicThread', ChannelType.PublicThread], ['PrivateThread', ChannelType.PrivateThread]]) {
        const thread = await open(room, `${kind} ${number}`, type)
        // Pages go by the time of archiving.
        await world.sim.advance(1)
        await thread.setArchived(true)
      }
    }
    const names = ({ threads }) => threads.map((thread) => thread.name)
    const all = await room.threads.fetchArchived()
    assert.deepEqual(names(all), [2, 1, 0].map((number) => `PublicThread ${number}`))
    const newest = await room.threads.fetchArchived({ limit: 2 })
    assert.ok(newest.hasMore && newest.threads.size === 2)
    const rest = await room.threads.fetchArchived({ before: newest.threads.last().archivedAt })
    assert.deepEqual(names(rest), names(all).slice(2))
    const hidden = await room.threads.fetchArchived({ type: 'private', fetchAll: true })
    assert.deepEqual(names(hidden), [2, 1, 0].map((number) => `PrivateThread ${number}`))
    const joined = await room.threads.fetchArchived({ type: 'private' })
    assert.deepEqual(names(joined).sort(), names(hidden).sort())
  },

  async 'active-list'(world) {
    const room = await world.room('active-list')
    const running = await open(room, 'open')
    const closed = await open(room, 'closed')
    await closed.setArchived(true)
    const { threads } = await world.guild.channels.fetchActiveThreads()
    assert.ok(threads.has(running.id) && !threads.has(closed.id))
    assert.ok(!(await world.sim.channel(running.id)).thread_metadata.archived)
  },

  async members(world) {
    const room = await world.room('members')
    const thread = await open(room, 'club', ChannelType.PrivateThread)
    const who = async () => [...(await thread.members.fetch({ cache: false })).keys()].sort()
    assert.deepEqual(await who(), [HOMEBOT])
    const joined = world.next(Events.ThreadMembersUpdate, (added) => added.has(BOB))
    await thread.members.add(BOB)
    assert.equal((await joined)[2].id, thread.id)
    await thread.members.add(CAROL)
    assert.deepEqual(await who(), [HOMEBOT, BOB, CAROL].sort())
    assert.equal((await thread.members.fetch({ member: BOB, force: true })).id, BOB)
    await world.sim.say(thread.id, 'bob', 'thanks')
    const left = world.next(Events.ThreadMembersUpdate, (_, removed) => removed.has(BOB))
    await thread.members.remove(BOB)
    await left
    assert.ok(await world.sim.refused(...say(thread, 'bob', 'hello?')))
    await thread.leave()
    await thread.join()
    assert.ok((await who()).includes(HOMEBOT))
  },

  async overwrites(world) {
    const room = await world.room('overwrites')
    const thread = await open(room, 'quiet')
    const changed = world.next(Events.ChannelUpdate, (_, after) => after.id === room.id)
    await room.permissionOverwrites.edit(MEMBER, { SendMessagesInThreads: false })
    await changed
    assert.ok(!thread.permissionsFor(BOB).has('SendMessagesInThreads'))
    assert.ok(await world.sim.refused(...say(thread, 'bob', 'no')))
    await world.sim.say(thread.id, 'carol', 'but I may')
    await world.sim.call('PUT', `/channels/${room.id}/permissions/${HOMEBOT}`, { deny: ['SEND_MESSAGES_IN_THREADS'] })
    await refused(thread.send('no'), 403, 50013)
  },
}
